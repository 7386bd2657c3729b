#include <catch2/catch.hpp>

#include "nmgr/hcl/value/convert.h"

using namespace nmgr::hcl;

namespace {

std::string Unified(const std::vector<Type>& types, bool allow_unsafe = true) {
  const std::optional<Type> type = Unify(types, allow_unsafe);
  return type ? type->ToJson() : "none";
}

const Type kNumber = Type::Number();
const Type kString = Type::String();
const Type kBool = Type::Bool();

Type ObjectType(std::vector<TypeAttribute> attributes) {
  return Type::Object(std::move(attributes));
}

}  // namespace

TEST_CASE("primitive types unify to string or not at all") {
  CHECK(Unified({}) == "none");
  CHECK(Unified({kNumber}) == R"("number")");
  CHECK(Unified({kNumber, kString}) == R"("string")");
  CHECK(Unified({kBool, kString, kNumber}) == R"("string")");
  CHECK(Unified({kNumber, kBool}) == "none");
  CHECK(Unified({kNumber, Type::Dynamic()}) == R"("number")");
  CHECK(Unified({kNumber, Type::Dynamic()}, false) == R"("dynamic")");
  CHECK(Unified({kNumber, Type::List(kNumber)}) == "none");
}

TEST_CASE("tuples unify by position, or to a list") {
  CHECK(Unified({Type::Tuple({kNumber}), Type::Tuple({})}) == R"(["list","number"])");
  CHECK(Unified({Type::Tuple({kNumber}), Type::Tuple({kString})}) == R"(["tuple",["string"]])");
  CHECK(Unified({Type::Tuple({kNumber, kBool}), Type::Tuple({kNumber})}) == "none");
  CHECK(Unified({Type::Tuple({kNumber}), Type::List(kString)}) == R"(["list","string"])");
  CHECK(Unified({Type::Tuple({kNumber}), Type::Dynamic()}) == R"("dynamic")");
  CHECK(Unified({Type::Tuple({}), Type::Object({})}) == "none");
}

TEST_CASE("objects unify by name, or to a map") {
  CHECK(Unified({ObjectType({{"a", kNumber}}), ObjectType({})}) == R"(["map","number"])");
  CHECK(Unified({ObjectType({{"a", kNumber}}), ObjectType({{"b", kString}})}) ==
        R"(["map","string"])");
  CHECK(Unified({ObjectType({{"a", kNumber}}), ObjectType({{"a", kNumber}, {"b", kBool}})}) ==
        "none");
  CHECK(Unified({ObjectType({{"a", kNumber}}), ObjectType({{"a", kString}})}) ==
        R"(["object",{"a":"string"}])");
  CHECK(Unified({ObjectType({{"a", kNumber}}), Type::Map(kString)}) == R"(["map","string"])");
  CHECK(Unified({ObjectType({}), Type::Map(kString)}) == R"(["map","string"])");
}

TEST_CASE("collections unify by their elements, and sets give way") {
  CHECK(Unified({Type::List(kNumber), Type::List(kString)}) == R"(["list","string"])");
  CHECK(Unified({Type::Map(kNumber), Type::Map(kBool)}) == "none");
  CHECK(Unified({Type::Set(kNumber), Type::List(kNumber)}) == R"(["list","number"])");
  CHECK(Unified({Type::Set(kNumber), Type::Tuple({kNumber})}) == R"(["set","number"])");
  CHECK(Unified({Type::List(kNumber), Type::Dynamic()}) == R"("dynamic")");
}

TEST_CASE("many equal types unify quickly") {
  std::vector<Type> types;
  for (int i = 0; i < 100000; ++i) types.push_back(i % 2 == 0 ? kNumber : kString);
  CHECK(Unified(types) == R"("string")");
}

TEST_CASE("types at the bound of nesting unify") {
  Type numbers = kNumber;
  Type strings = kString;
  Type mixed = kNumber;
  for (int i = 0; i < Type::kMaxDepth; ++i) {
    numbers = Type::Tuple({numbers});
    strings = Type::Tuple({strings});
    mixed = i % 2 == 0 ? Type::List(mixed) : Type::Object({{"k", mixed}});
  }
  CHECK(Unify(std::vector<Type>{numbers, strings}) == strings);
  CHECK_FALSE(Unify(std::vector<Type>{numbers, mixed}));
  CHECK(Unify(std::vector<Type>{mixed, mixed}) == mixed);
}
