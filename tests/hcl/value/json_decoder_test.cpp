#include <catch2/catch.hpp>

#include "nmgr/hcl/value/json.h"

using namespace nmgr::hcl;

namespace {

// "TYPE VALUE", or "! MESSAGE".
std::string Decoded(std::string_view text) {
  const nmgr::Expected<Value> value = DecodeJson(text);
  if (!value) return "! " + value.error().message;
  return value->type().ToJson() + " " + *EncodeJson(*value);
}

bool Fails(std::string_view text) { return Decoded(text).starts_with("! "); }

}  // namespace

TEST_CASE("JSON becomes objects and tuples") {
  CHECK(Decoded("1.50") == R"("number" 1.5)");
  CHECK(Decoded("-0") == R"("number" -0)");
  CHECK(Decoded("1E+2") == R"("number" 100)");
  CHECK(Decoded("null") == R"("dynamic" null)");
  CHECK(Decoded(" [1] \n") == R"(["tuple",["number"]] [1])");
  CHECK(
      Decoded(R"({"b": 1, "a": {"c": [1, 2]}})") ==
      R"(["object",{"a":["object",{"c":["tuple",["number","number"]]}],"b":"number"}] {"a":{"c":[1,2]},"b":1})");
  CHECK(Decoded("0.1").size() == std::string(R"("number" 0.1)").size());
  CHECK(Decoded("123456789012345678901234567890") == R"("number" 123456789012345678901234567890)");
}

TEST_CASE("escapes are decoded, lone surrogates replaced, text normalised") {
  CHECK(DecodeJson(R"("\"\\\/\b\f\n\r\tA")")->as_string() == "\"\\/\b\f\n\r\tA");
  CHECK(DecodeJson(R"("\ud83d\ude00")")->as_string() == "😀");
  CHECK(DecodeJson(R"("\ud800x")")->as_string() == "\uFFFDx");
  CHECK(DecodeJson(R"("\ud800\ud83d\ude00")")->as_string() == "\uFFFD😀");
  CHECK(DecodeJson(R"("\ud800\u0041")")->as_string() == "\uFFFDA");
  CHECK(DecodeJson(R"("\udc00")")->as_string() == "\uFFFD");
  CHECK(DecodeJson(R"("e\u0301")")->as_string() == "é");
}

TEST_CASE("of equal properties the last counts, if the types are equal") {
  CHECK(Decoded(R"({"a": 1, "a": 2})") == R"(["object",{"a":"number"}] {"a":2})");
  CHECK(Decoded(R"({"a": 1, "a": "x"})") ==
        "! duplicate \"a\" property in the JSON object that ends at byte 18");
  CHECK(Fails(R"({"a": null, "a": 1})"));
}

TEST_CASE("anything but JSON is refused, with the place") {
  CHECK(Decoded("") == "! unexpected end of JSON, a value is missing");
  CHECK(Decoded("{") == "! unexpected end of JSON, a property name in quotes is missing");
  CHECK(Decoded("[1,]") == "! invalid character ']' where a value should be at byte 3");
  CHECK(Decoded("'a'") == "! invalid character ''' where a value should be at byte 0");
  CHECK(Decoded("1 2") == "! extraneous data after the JSON value at byte 2");
  for (const char* text : {" ",
                           "nul",
                           "NaN",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "1e",
                           "-",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "\"",
                           "\"\n\"",
                           R"("\x")",
                           R"("\u12")",
                           R"("\u12g4")",
                           "// c\n1",
                           "tru",
                           "1e99999999999999999999",
                           "[",
                           "[1",
                           "{\"a\":",
                           "\"\\",
                           R"({"e\u0301":1})",
                           "#"}) {
    CAPTURE(text);
    CHECK(Fails(text));
  }
}

TEST_CASE("a stray bracket after the value is ignored, as Go's decoder ignores it") {
  CHECK(Decoded("{}}") == R"(["object",{}] {})");
  CHECK(Decoded("1]x") == R"("number" 1)");
}

TEST_CASE("nesting is limited") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(DecodeJson(nested(kMaxJsonNesting)));
  CHECK_FALSE(DecodeJson(nested(kMaxJsonNesting + 1)));
  CHECK_FALSE(DecodeJson(std::string(1000000, '[')));
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK_FALSE(DecodeJson(objects));
}
