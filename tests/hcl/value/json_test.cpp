#include "nmgr/hcl/value/json.h"

#include <catch2/catch.hpp>

using namespace nmgr::hcl;

namespace {

std::string JsonOf(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

}  // namespace

TEST_CASE("strings are escaped as Go escapes them") {
  CHECK(JsonOf("") == R"("")");
  CHECK(JsonOf("a\"b\\c") == R"("a\"b\\c")");
  CHECK(JsonOf("\b\f\n\r\t\x01\x1F") == R"("\b\f\n\r\t\u0001\u001f")");
  CHECK(JsonOf("<a&b>") == R"("\u003ca\u0026b\u003e")");
  CHECK(JsonOf("\u2028\u2029\u2027") == "\"\\u2028\\u2029\u2027\"");
  CHECK(JsonOf("é€😀\x7F/") == "\"é€😀\x7F/\"");
  CHECK(JsonOf(std::string_view("\0", 1)) == R"("\u0000")");
}

TEST_CASE("values become compact JSON") {
  CHECK(*EncodeJson(Value()) == "null");
  CHECK(*EncodeJson(Value::Tuple({})) == "[]");
  CHECK(*EncodeJson(Value::Object({})) == "{}");
  CHECK(*EncodeJson(Value::Object(
            {{"b", Value::Tuple({Value::Bool(true), Value::Null(Type::String())})},
             {"a", Value::Of(*Number::Parse("1.50"))}})) == R"({"a":1.5,"b":[true,null]})");
  CHECK(*EncodeJson(Value::Set(Type::String(), {Value::Of("b"), Value::Of("a")})) ==
        R"(["a","b"])");
  CHECK(*EncodeJson(Value::Of(*Number::Parse("1e21"))) == "1000000000000000000000");
  CHECK(*EncodeJson(Value::Of(*Number::Parse("-0"))) == "-0");
}

TEST_CASE("infinities and unknowns have no JSON") {
  CHECK(EncodeJson(Value::Of(Number::Infinity(false))).error().code == nmgr::ErrorCode::kInvalid);
  CHECK_FALSE(EncodeJson(Value::Tuple({Value::Unknown()})));
}
