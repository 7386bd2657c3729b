#include <catch2/catch.hpp>

#include "nmgr/hcl/value/convert.h"

using namespace nmgr::hcl;

TEST_CASE("messages name what is required, and what is there if that helps") {
  CHECK(MismatchMessage(Type::Tuple({}), Type::String()) == "string required, but have tuple");
  CHECK(MismatchMessage(Type::Number(), Type::Bool()) == "bool required, but have number");
  CHECK(MismatchMessage(Type::String(), Type::Number()) == "number required");
  CHECK(MismatchMessage(Type::String(), Type::List(Type::Dynamic())) ==
        "list of dynamic required, but have string");
  CHECK(MismatchMessage(Type::Tuple({}), Type::Object({})) == "object required, but have tuple");
  CHECK(MismatchMessage(Type::Object({}), Type::List(Type::Dynamic())) ==
        "list of any single type required");
  CHECK(MismatchMessage(Type::List(Type::Tuple({})), Type::List(Type::Bool())) ==
        "incorrect list element type: bool required, but have tuple");
  CHECK(MismatchMessage(Type::List(Type::Bool()), Type::Map(Type::Bool())) ==
        "map of bool required");
}

TEST_CASE("messages about objects list what is missing first") {
  const auto object = [](std::vector<const char*> names) {
    std::vector<TypeAttribute> attributes;
    for (const char* name : names) attributes.push_back({name, Type::Bool()});
    return Type::Object(std::move(attributes));
  };
  CHECK(MismatchMessage(object({}), object({"a"})) == "attribute \"a\" is required");
  CHECK(MismatchMessage(object({"x"}), object({"a", "b"})) ==
        "attributes \"a\" and \"b\" are required");
  CHECK(MismatchMessage(object({}), object({"c", "a", "b"})) ==
        "attributes \"a\", \"b\", and \"c\" are required");
  CHECK(MismatchMessage(Type::Object({{"a", Type::Number()}}), object({"a"})) ==
        "attribute \"a\": bool required, but have number");
}
