#include "hcl/functions/call.h"

namespace nmgr::hcl {

TEST_CASE("Unions and intersections bring elements to one type") {
  CHECK(Call("setunion", {Texts({"b", "a"}), TextSet({"c"})}) == TextSet({"a", "b", "c"}));
  CHECK(Call("setunion", {Tuple({Num("1")}), Tuple({Text("1")})}) == TextSet({"1"}));
  CHECK(Call("setintersection", {Texts({"a", "b"}), Texts({"b", "c"}), Texts({"b"})}) ==
        TextSet({"b"}));
  CHECK(Show("setintersection", {Texts({"a"}), Tuple({})}) == "[]");
  CHECK(FaultAt("setunion", {Tuple({Num("1")}), Tuple({True()})}) == -1);
  CHECK(FaultAt("setunion", {Text("a")}) == 0);
  CHECK(FaultAt("setunion", {Texts({}), Text("a")}) == 1);
}

TEST_CASE("setproduct keeps the order of lists") {
  CHECK(Show("setproduct", {Texts({"b", "a"}), Tuple({Num("2"), Num("1")})}) ==
        R"([["b",2],["b",1],["a",2],["a",1]])");
  CHECK(Call("setproduct", {Texts({"a"}), TextSet({"x"})}).kind() == Kind::kSet);
  CHECK(Show("setproduct", {Texts({"a"}), Tuple({})}) == "[]");
  CHECK(FaultAt("setproduct", {Texts({"a"})}) == -1);
  CHECK(FaultAt("setproduct", {Texts({"a"}), Num("1")}) == 1);
  CHECK(FaultAt("setproduct", {Tuple({Num("1"), Tuple({})}), Texts({"a"})}) == 0);
}

TEST_CASE("A product beyond the bound is refused before it is made") {
  Values many(1000, Text("a"));
  const Value list = Value::List(Type::String(), many);
  CHECK(FaultAt("setproduct", {list, list, list, list, list, list, list, list}) == -1);
  CHECK(FaultAt("setproduct", {list, list}) == -1);
}

}  // namespace nmgr::hcl
