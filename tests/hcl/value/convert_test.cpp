#include "nmgr/hcl/value/convert.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/value/json.h"

using namespace nmgr::hcl;

namespace {

// "TYPE VALUE", or "! MESSAGE".
std::string To(const Type& target, const Value& value) {
  const Converted converted = Convert(value, target);
  if (!converted) return "! " + converted.error();
  return (*converted).type().ToJson() + " " + *EncodeJson(*converted);
}

std::string To(const Type& target, const char* json) { return To(target, *DecodeJson(json)); }

}  // namespace

TEST_CASE("primitive values convert to strings and back") {
  CHECK(To(Type::String(), "1.50") == R"("string" "1.5")");
  CHECK(To(Type::String(), "true") == R"("string" "true")");
  CHECK(To(Type::String(), Value::Of(Number::Infinity(true))) == R"("string" "-Inf")");
  CHECK(To(Type::Number(), R"("1e3")") == R"("number" 1000)");
  CHECK(To(Type::Number(), R"("x")") == "! a number is required");
  CHECK(To(Type::Bool(), R"("1")") == R"("bool" true)");
  CHECK(To(Type::Bool(), R"("false")") == R"("bool" false)");
  CHECK(To(Type::Bool(), R"("True")") ==
        "! a bool is required; to convert from string, use lowercase \"true\"");
  CHECK(To(Type::Bool(), R"("FALSE")") ==
        "! a bool is required; to convert from string, use lowercase \"false\"");
  CHECK(To(Type::Bool(), R"("yes")") == "! a bool is required");
  CHECK(To(Type::Bool(), "1") == "! bool required, but have number");
  CHECK(To(Type::Number(), "true") == "! number required, but have bool");
  CHECK(To(Type::String(), "[]") == "! string required, but have tuple");
}

TEST_CASE("null and unknown keep their state") {
  CHECK(To(Type::Number(), "null") == R"("number" null)");
  CHECK(To(Type::List(Type::String()), Value::Null(Type::Tuple({Type::Bool()}))) ==
        R"(["list","string"] null)");
  CHECK(To(Type::List(Type::Dynamic()), Value::Null(Type::Tuple({Type::Bool()}))) ==
        R"(["list","bool"] null)");
  const Converted unknown = Convert(Value::Unknown(Type::Number()), Type::String());
  REQUIRE(unknown);
  CHECK(*unknown == Value::Unknown(Type::String()));
  CHECK(To(Type::Dynamic(), "null") == R"("dynamic" null)");
}

TEST_CASE("tuples become lists and sets") {
  CHECK(To(Type::List(Type::String()), R"(["a",1,true,null])") ==
        R"(["list","string"] ["a","1","true",null])");
  CHECK(To(Type::Set(Type::Number()), R"([3,"1",3])") == R"(["set","number"] [1,3])");
  CHECK(To(Type::List(Type::Dynamic()), R"([1,"a"])") == R"(["list","string"] ["1","a"])");
  CHECK(To(Type::List(Type::Dynamic()), "[1,true]") ==
        "! all list elements must have the same type");
  CHECK(To(Type::Set(Type::Dynamic()), "[[1],{}]") == "! all set elements must have the same type");
  CHECK(To(Type::List(Type::Dynamic()), "[]") == R"(["list","dynamic"] [])");
  CHECK(To(Type::List(Type::Number()), R"([1,"x"])") == "! element 1: a number is required");
  CHECK(To(Type::List(Type::Number()), R"([1,[]])") ==
        "! element 1: number required, but have tuple");
  CHECK(To(Type::List(Type::List(Type::Dynamic())), R"([[1],["a"]])") ==
        R"(["list",["list","string"]] [["1"],["a"]])");
  CHECK(To(Type::Set(Type::List(Type::Dynamic())), R"([[1],["a"]])") ==
        "! element types must all match for conversion to set");
  CHECK(To(Type::Tuple({Type::String()}), "[1]") == R"(["tuple",["string"]] ["1"])");
  CHECK(To(Type::Tuple({Type::String()}), "[1,2]") == "! tuple required");
}

TEST_CASE("collections convert among themselves") {
  const Value list = Value::List(Type::String(), {Value::Of("2"), Value::Of("1"), Value::Of("2")});
  CHECK(To(Type::Set(Type::Number()), list) == R"(["set","number"] [1,2])");
  CHECK(To(Type::List(Type::Dynamic()), list) == R"(["list","string"] ["2","1","2"])");
  CHECK(To(Type::Map(Type::String()), list) == "! map of string required");
  CHECK(To(Type::List(Type::Bool()), list) == "! element 0: a bool is required");
  CHECK(To(Type::List(Type::Map(Type::String())), list) ==
        "! incorrect list element type: map of string required, but have string");
}

TEST_CASE("objects become maps and narrower objects") {
  CHECK(To(Type::Map(Type::String()), R"({"a":1,"b":"x"})") ==
        R"(["map","string"] {"a":"1","b":"x"})");
  CHECK(To(Type::Map(Type::Dynamic()), R"({"a":1,"b":true})") ==
        "! all map elements must have the same type");
  CHECK(To(Type::Map(Type::Dynamic()), "{}") == R"(["map","dynamic"] {})");
  CHECK(To(Type::Map(Type::Number()), R"({"a":{"b":1}})") ==
        "! element \"a\": number required, but have object");
  const Type a = Type::Object({{"a", Type::Number()}});
  CHECK(To(a, R"({"a":"5","b":1})") == R"(["object",{"a":"number"}] {"a":5})");
  CHECK(To(a, R"({"a":"x"})") == "! attribute \"a\": a number is required");
  CHECK(To(a, R"({"b":1})") == "! attribute \"a\" is required");
  const Type optional =
      Type::Object({{"a", Type::Number()}, {"b", Type::List(Type::Bool()), true}});
  CHECK(To(optional, R"({"a":1})") ==
        R"(["object",{"a":"number","b":["list","bool"]}] {"a":1,"b":null})");
}

TEST_CASE("maps become objects if they have the keys") {
  const Value map = Value::Map(Type::String(), {{"a", Value::Of("1")}, {"b", Value::Of("x")}});
  CHECK(To(Type::Object({{"a", Type::Number()}}), map) == R"(["object",{"a":"number"}] {"a":1})");
  CHECK(To(Type::Object({{"b", Type::Number()}}), map) == "! element \"b\": a number is required");
  CHECK(To(Type::Object({{"c", Type::Number()}}), map) ==
        "! map has no element for required attribute \"c\"");
  CHECK(To(Type::Object({{"c", Type::Number(), true}}), map) ==
        R"(["object",{"c":"number"}] {"c":null})");
  CHECK(To(Type::Object({{"a", Type::List(Type::Bool()), true}}), map) ==
        "! map element type is incompatible with attribute \"a\": list of bool required, but have "
        "string");
}

TEST_CASE("faults deep inside name their place") {
  const Type type = Type::List(Type::Object({{"ports", Type::Map(Type::Number())}}));
  CHECK(To(type, R"([{"ports":{"http":80}},{"ports":{"http":"x"}}])") ==
        "! element 1: attribute \"ports\": element \"http\": a number is required");
}

TEST_CASE("values at the bound of nesting convert") {
  Value value = Value::OfInt(1);
  Type type = Type::String();
  for (int i = 0; i < Type::kMaxDepth; ++i) {
    value = Value::Tuple({value});
    type = Type::List(type);
  }
  const Converted converted = Convert(value, type);
  REQUIRE(converted);
  CHECK((*converted).depth() == Type::kMaxDepth);
}
