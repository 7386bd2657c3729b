#include "hcl/value/set_order.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/value/json.h"

using namespace nmgr::hcl;

namespace {

std::string SetOf(const Type& element, Values values) {
  return *EncodeJson(Value::Set(element, std::move(values)));
}

Value StringOf(const char* text) { return Value::Of(text); }
Value NumberOf(const char* text) { return Value::Of(*Number::Parse(text)); }

}  // namespace

TEST_CASE("sets of primitive values have their natural order") {
  CHECK(SetOf(Type::String(), {StringOf("b"), StringOf("B"), StringOf("a"), StringOf("é"),
                               StringOf("b")}) == R"(["B","a","b","é"])");
  CHECK(SetOf(Type::Number(), {NumberOf("10"), NumberOf("9"), NumberOf("-1"), NumberOf("9.5"),
                               NumberOf("9")}) == "[-1,9,9.5,10]");
  CHECK(SetOf(Type::Bool(), {Value::Bool(true), Value::Bool(false), Value::Bool(true)}) ==
        "[false,true]");
  CHECK(SetOf(Type::String(), {Value(), StringOf("a"), Value()}) == R"(["a",null])");
}

TEST_CASE("0 and -0 are two elements, equal fractions one") {
  CHECK(Value::Set(Type::Number(), {NumberOf("0"), NumberOf("-0")}).size() == 2);
  CHECK(Value::Set(Type::Number(), {NumberOf("0.1"), Value::Of(Number::FromDouble(0.1))}).size() ==
        1);
}

TEST_CASE("equal numbers are one element, whatever stands between them") {
  CHECK(Value::Set(Type::Number(), {NumberOf("0"), NumberOf("-0"), NumberOf("0")}).size() == 2);
  CHECK(Value::Set(Type::Number(), {NumberOf("0"), NumberOf("-0")}) ==
        Value::Set(Type::Number(), {NumberOf("-0"), NumberOf("0")}));
  // Numerically the double lies above the literal, and the third number between the two.
  CHECK(Value::Set(Type::Number(), {NumberOf("0.1"), NumberOf("0.1000000000000000001"),
                                    Value::Of(Number::FromDouble(0.1))})
            .size() == 2);
}

TEST_CASE("other sets are ordered by the text of their elements") {
  const auto object = [](const char* number) { return Value::Object({{"c", NumberOf(number)}}); };
  const Type type = Type::Object({{"c", Type::Number()}});
  CHECK(SetOf(type, {object("1"), object("10"), object("2"), object("1")}) ==
        R"([{"c":10},{"c":1},{"c":2}])");
  const auto map = [](const char* key) {
    return Value::Map(Type::Bool(), {{key, Value::Bool(true)}});
  };
  CHECK(SetOf(Type::Map(Type::Bool()), {map("b"), map("a\n"), map("a"), map("\u00A0")}) ==
        "[{\"\u00A0\":true},{\"a\":true},{\"a\\n\":true},{\"b\":true}]");
  CHECK(SetOf(Type::List(Type::Bool()),
              {Value::List(Type::Bool(), {Value::Bool(true)}), Value::List(Type::Bool(), {}),
               Value::Null(Type::List(Type::Bool())),
               Value::List(Type::Bool(), {Value::Bool(false)})}) == "[[false],[true],[],null]");
}

TEST_CASE("elements alike in ten digits stay apart, in one order whatever the input") {
  const Type type = Type::Tuple({Type::Number()});
  const Value a = Value::Tuple({NumberOf("12345678901")});
  const Value b = Value::Tuple({NumberOf("12345678902")});
  CHECK(Value::Set(type, {a, b}) == Value::Set(type, {b, a}));
  CHECK(Value::Set(type, {a, b, a}).size() == 2);
  CHECK(CompareInSet(type, a, b) < 0);
  CHECK(CompareInSet(type, b, a) > 0);
  CHECK(CompareInSet(type, a, a) == 0);
}

TEST_CASE("unknown elements are never the same") {
  CHECK(Value::Set(Type::String(), {Value::Unknown(), Value::Unknown(), StringOf("a")}).size() ==
        3);
}
