#include "nmgr/hcl/write/flat.h"

#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"
#include "nmgr/hcl/value/json.h"
#include "support/repeat.h"

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

TEST_CASE("a number with more digits than a literal keeps is written as what makes it") {
  const std::string digits = "1" + nmgr::testing::Repeat("234567890", 40);
  const Number many = *Number::ParseInteger(digits, 10);
  CHECK(Literal(Value::Of(many)) == "(parseint(\"" + digits + "\", 10))");
  CHECK(Literal(Value::Of(*Number::Subtract(many, many))) == "0");
  const Number three = Number::FromInt(3);
  const auto power = [](const char* text) { return *Number::Parse(text); };
  for (const Number& number :
       {many, many.Negated(), *Number::Divide(many, three), *Number::Divide(three, many),
        *Number::Multiply(many, power("1e20000")), *Number::Divide(many, power("1e20000")),
        *Number::Multiply(many, many), *Number::Divide(*Number::Multiply(many, many), three)}) {
    const std::string text = number.ToString();
    INFO(text);
    CHECK(Eval(Literal(Value::Of(number))) == *EncodeJson(Value::Of(number)));
  }
}
