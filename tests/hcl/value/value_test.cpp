#include "nmgr/hcl/value/value.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace nmgr::hcl;

TEST_CASE("a value is two words") { CHECK(sizeof(Value) == 16); }

TEST_CASE("values say what they are") {
  CHECK(Value().is_null());
  CHECK(Value().type().is_dynamic());
  CHECK(Value::Bool(true).as_bool());
  CHECK(Value::OfInt(5).as_number().ToInt64() == 5);
  CHECK(Value::OfInt(5, 64).as_number().precision() == 64);
  CHECK(Value::Of(*Number::Parse("0.1")).as_number().ToString() == "0.1");
  CHECK(Value::Of("abc").as_string() == "abc");
  CHECK(Value::Of("").as_string().empty());
  CHECK(Value::Of(std::string("e\u0301")).as_string() == "é");
  const Value null = Value::Null(Type::List(Type::String()));
  CHECK(null.is_null());
  CHECK(null.kind() == Kind::kList);
  CHECK(null.type() == Type::List(Type::String()));
  const Value unknown = Value::Unknown(Type::Number());
  CHECK_FALSE(unknown.is_known());
  CHECK_FALSE(unknown.is_null());
  CHECK_FALSE(unknown.has_content());
  CHECK(unknown.type() == Type::Number());
}

TEST_CASE("fields are sorted by bytes, the last of equal keys counts") {
  const Value object = Value::Object({{"b", Value::OfInt(1)},
                                      {"a", Value::OfInt(2)},
                                      {"b", Value::OfInt(3)},
                                      {"é", Value::OfInt(4)},
                                      {"e\u0301", Value::OfInt(5)}});
  REQUIRE(object.size() == 3);
  CHECK(object.fields()[0].key == "a");
  CHECK(*object.Find("b") == Value::OfInt(3));
  CHECK(*object.Find("é") == Value::OfInt(5));
  CHECK(object.Find("c") == nullptr);
}

TEST_CASE("types of content are computed from it") {
  const Value value = Value::Object({{"a", Value::Tuple({Value::OfInt(1), Value()})},
                                     {"m", Value::Map(Type::Bool(), {{"k", Value::Bool(true)}})}});
  CHECK(value.type().ToJson() ==
        R"(["object",{"a":["tuple",["number","dynamic"]],"m":["map","bool"]}])");
  CHECK(Value::SameType(value, value));
  CHECK_FALSE(Value::SameType(value, Value::Object({})));
  CHECK(
      Value::SameType(Value::Null(Type::Tuple({Type::Bool()})), Value::Tuple({Value::Bool(true)})));
}

TEST_CASE("elements without a type get that of their collection") {
  const Value list = Value::List(Type::String(), {Value(), Value::Of("a")});
  CHECK(list.elements()[0].type() == Type::String());
  CHECK(list.elements()[0].is_null());
  CHECK(Value::Map(Type::Bool(), {{"k", Value::Unknown()}}).Find("k")->type() == Type::Bool());
}

TEST_CASE("unknowns are found wherever they are") {
  CHECK(Value::Tuple({Value::OfInt(1), Value()}).IsWhollyKnown());
  const Value nested = Value::Object({{"a", Value::Tuple({Value::Unknown()})}});
  CHECK(nested.is_known());
  CHECK_FALSE(nested.IsWhollyKnown());
}

TEST_CASE("values nest no deeper than the bound") {
  Value value = Value::OfInt(1);
  for (int i = 0; i < Type::kMaxDepth; ++i) value = Value::Tuple({value});
  CHECK(value.depth() == Type::kMaxDepth);
  CHECK(value.IsWhollyKnown());
  CHECK(value.type().depth() == Type::kMaxDepth);
  CHECK_FALSE(Value::Tuple({value}).is_known());
  CHECK_FALSE(Value::Object({{"k", value}}).is_known());
}

TEST_CASE("copies share what they hold, also between threads") {
  const Value value = Value::Tuple({Value::Of("text"), Value::OfInt(7)});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([value] {
      for (int n = 0; n < 1000; ++n) {
        Value copy = value;
        Value moved = std::move(copy);
        copy = moved.elements()[0];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(value.elements()[0].as_string() == "text");
}

TEST_CASE("a value can be assigned from its own part") {
  Value value = Value::Tuple({Value::Tuple({Value::Of("inner")})});
  value = value.elements()[0];
  value = value.elements()[0];
  CHECK(value.as_string() == "inner");
}
