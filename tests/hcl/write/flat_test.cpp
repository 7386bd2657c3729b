#include "nmgr/hcl/write/flat.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/value/json.h"

using namespace nmgr::hcl;

namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendQuoted(text, out);
  return out;
}

std::string Literal(const Value& value) {
  std::string out;
  AppendLiteral(value, out);
  return out;
}

}  // namespace

TEST_CASE("quoted text means itself") {
  CHECK(Quoted("plain") == R"("plain")");
  CHECK(Quoted("a\"b\\c\n\r\t") == R"("a\"b\\c\n\r\t")");
  CHECK(Quoted("${NOMAD_PORT_http}") == R"("$${NOMAD_PORT_http}")");
  CHECK(Quoted("%{ if x }") == R"("%%{ if x }")");
  CHECK(Quoted("$${x}") == R"("$$${x}")");
  CHECK(Quoted("100% $5 $$ $") == R"("100% $5 $$ $")");
  CHECK(Quoted("\x01\x7Fé\u2028") == "\"\\u0001\\u007fé\u2028\"");
}

TEST_CASE("literals need no evaluation") {
  CHECK(Literal(Value()) == "null");
  CHECK(Literal(Value::Bool(false)) == "false");
  CHECK(Literal(Value::Of(*Number::Parse("1.5e21"))) == "1500000000000000000000");
  CHECK(Literal(Value::Of(Number::Infinity(false))) == "(1 / 0)");
  CHECK(Literal(Value::Of(Number::Infinity(true))) == "(-1 / 0)");
  CHECK(Literal(*DecodeJson(R"({"b":[1,"${x}",null],"a\"":{}})")) ==
        R"({"a\"" = {}, "b" = [1, "$${x}", null]})");
  CHECK(Literal(Value::Set(Type::String(), {Value::Of("b"), Value::Of("a")})) == R"(["a", "b"])");
  CHECK(Literal(Value::Tuple({})) == "[]");
}
