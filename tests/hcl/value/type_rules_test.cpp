#include "hcl/value/type_rules.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/value/convert.h"

using namespace nmgr::hcl;

TEST_CASE("safe conversions lose nothing") {
  CHECK(ConversionExists(Type::Number(), Type::String(), false));
  CHECK(ConversionExists(Type::Bool(), Type::String(), false));
  CHECK_FALSE(ConversionExists(Type::String(), Type::Number(), false));
  CHECK(ConversionExists(Type::String(), Type::Number(), true));
  CHECK_FALSE(ConversionExists(Type::Number(), Type::Bool()));
  CHECK_FALSE(ConversionExists(Type::List(Type::String()), Type::Set(Type::String()), false));
  CHECK(ConversionExists(Type::Set(Type::String()), Type::List(Type::String()), false));
  CHECK(ConversionExists(Type::Tuple({Type::Number()}), Type::List(Type::String()), false));
  CHECK_FALSE(ConversionExists(Type::String(), Type::List(Type::String())));
  CHECK_FALSE(ConversionExists(Type::Dynamic(), Type::String(), false));
  CHECK(ConversionExists(Type::String(), Type::Dynamic(), false));
}

TEST_CASE("objects convert to objects of fewer attributes, maps to objects unsafely") {
  const Type ab = Type::Object({{"a", Type::Number()}, {"b", Type::Bool()}});
  const Type a = Type::Object({{"a", Type::String()}});
  CHECK(ConversionExists(ab, a, false));
  CHECK_FALSE(ConversionExists(a, ab));
  CHECK(ConversionExists(a, Type::Object({{"a", Type::Number()}, {"c", Type::Bool(), true}})));
  CHECK(ConversionExists(Type::Map(Type::String()), a));
  CHECK_FALSE(ConversionExists(Type::Map(Type::String()), a, false));
  CHECK_FALSE(ConversionExists(Type::Map(Type::Number()), Type::Object({{"x", Type::Bool()}})));
  CHECK(ConversionExists(Type::Map(Type::Number()), Type::Object({{"x", Type::Bool(), true}})));
}

TEST_CASE("dynamic parts take the place of what was there") {
  const Type tuple = Type::Tuple({Type::Number(), Type::String()});
  CHECK(ReplaceDynamic(tuple, Type::List(Type::Dynamic())) == Type::List(Type::String()));
  CHECK(ReplaceDynamic(Type::Map(Type::Bool()), Type::Object({{"a", Type::Dynamic()}})) ==
        Type::Object({{"a", Type::Bool()}}));
  CHECK(ReplaceDynamic(Type::Dynamic(), Type::List(Type::Dynamic())) ==
        Type::List(Type::Dynamic()));
  CHECK(ReplaceDynamic(Type::Number(), Type::String()) == Type::String());
}

TEST_CASE("one type can be more general than another") {
  CHECK(CompareGenerality(Type::String(), Type::Number()) < 0);
  CHECK(CompareGenerality(Type::Bool(), Type::String()) > 0);
  CHECK(CompareGenerality(Type::Bool(), Type::Number()) == 0);
  CHECK(CompareGenerality(Type::Dynamic(), Type::Number()) > 0);
  CHECK(CompareGenerality(Type::List(Type::Number()), Type::Set(Type::String())) < 0);
  CHECK(CompareGenerality(Type::Set(Type::Number()), Type::Tuple({})) > 0);
  CHECK(CompareGenerality(Type::Map(Type::Number()), Type::Object({})) < 0);
  CHECK(CompareGenerality(Type::Tuple({Type::String(), Type::Bool()}),
                          Type::Tuple({Type::Bool(), Type::String()})) == 0);
}
