#include "nmgr/hcl/value/type.h"

#include <catch2/catch.hpp>

using namespace nmgr::hcl;

TEST_CASE("types compare by structure") {
  CHECK(Type::List(Type::String()) == Type::List(Type::String()));
  CHECK_FALSE(Type::List(Type::String()) == Type::List(Type::Number()));
  CHECK_FALSE(Type::List(Type::String()) == Type::Set(Type::String()));
  CHECK(Type() == Type::Dynamic());
  CHECK(Type::Tuple({}) == Type::Tuple({}));
  CHECK_FALSE(Type::Tuple({Type::String()}) == Type::Tuple({}));
  CHECK(Type::Object({{"b", Type::Bool()}, {"a", Type::String()}}) ==
        Type::Object({{"a", Type::String()}, {"b", Type::Bool()}}));
  CHECK_FALSE(Type::Object({{"a", Type::Bool(), true}}) == Type::Object({{"a", Type::Bool()}}));
}

TEST_CASE("attributes are sorted, the last of equal names counts") {
  const Type type = Type::Object({{"b", Type::Bool()}, {"a", Type::Bool()}, {"b", Type::String()}});
  REQUIRE(type.attributes().size() == 2);
  CHECK(type.attributes()[0].name == "a");
  CHECK(*type.FindAttribute("b") == Type::String());
  CHECK(type.FindAttribute("c") == nullptr);
  CHECK(Type::Object({{"e\u0301", Type::Bool()}}).FindAttribute("é") != nullptr);
}

TEST_CASE("types have names and a JSON form") {
  CHECK(Type::Dynamic().FriendlyName() == "dynamic");
  CHECK(Type::Dynamic().ConstraintName() == "any type");
  CHECK(Type::List(Type::Set(Type::String())).FriendlyName() == "list of set of string");
  CHECK(Type::Map(Type::Dynamic()).FriendlyName() == "map of dynamic");
  CHECK(Type::Map(Type::Dynamic()).ConstraintName() == "map of any single type");
  CHECK(Type::Tuple({Type::Bool()}).FriendlyName() == "tuple");
  CHECK(Type::Object({}).FriendlyName() == "object");
  CHECK(Type::Object(
            {{"a\"", Type::List(Type::Number())}, {"b", Type::Tuple({Type::Bool(), Type()})}})
            .ToJson() ==
        R"(["object",{"a\"":["list","number"],"b":["tuple",["bool","dynamic"]]}])");
  CHECK(Type::Object({{"a", Type::Bool(), true}}).ToJson() == R"(["object",{"a":"bool"},["a"]])");
  CHECK(Type::Tuple({}).ToJson() == R"(["tuple",[]])");
}

TEST_CASE("dynamic and optional parts are seen from outside") {
  const Type type = Type::List(Type::Object({{"a", Type::Dynamic(), true}}));
  CHECK(type.HasDynamic());
  CHECK(type.HasOptional());
  CHECK(type.WithoutOptional() == Type::List(Type::Object({{"a", Type::Dynamic()}})));
  CHECK_FALSE(Type::List(Type::String()).HasDynamic());
  CHECK_FALSE(type.WithoutOptional().HasOptional());
}

TEST_CASE("types nest no deeper than the bound") {
  Type type = Type::String();
  for (int i = 0; i < Type::kMaxDepth; ++i) type = Type::List(type);
  CHECK(type.depth() == Type::kMaxDepth);
  CHECK(Type::List(type).is_dynamic());
  CHECK(type == type.WithoutOptional());
}
