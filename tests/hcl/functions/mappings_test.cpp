#include "hcl/functions/call.h"

namespace nmgr::hcl {

TEST_CASE("keys and values") {
  const Value object = Object({{"b", Num("1")}, {"a", Text("x")}});
  CHECK(Call("keys", {object}) == Tuple({Text("a"), Text("b")}));
  CHECK(Call("values", {object}) == Tuple({Text("x"), Num("1")}));
  CHECK(Call("keys", {Map({{"b", Text("1")}, {"a", Text("2")}})}) == Texts({"a", "b"}));
  CHECK(Call("values", {Map({})}) == Texts({}));
  CHECK(Show("keys", {Value::Unknown(Type::Object({{"k", Type::Bool(), false}}))}) == R"(["k"])");
  CHECK(FaultAt("keys", {Texts({})}) == 0);
  CHECK(FaultAt("values", {Texts({})}) == -1);
}

TEST_CASE("lookup converts the default to a map's element type") {
  CHECK(Show("lookup", {Map({{"a", Text("x")}}), Text("a"), Text("y")}) == "x");
  CHECK(Show("lookup", {Map({{"a", Text("x")}}), Text("b"), Num("5")}) == "5");
  CHECK(Call("lookup", {Map({}), Text("b"), Num("5")}).kind() == Kind::kString);
  CHECK(Call("lookup", {Object({}), Text("b"), Num("5")}).kind() == Kind::kNumber);
  CHECK(FaultAt("lookup", {Map({}), Text("b"), Tuple({})}) == 2);
  CHECK(FaultAt("lookup", {Map({}), Text("b"), Value::Null()}) == 2);
  CHECK(FaultAt("lookup", {Texts({}), Text("b"), Num("5")}) == 0);
}

TEST_CASE("merge: later wins, equal types stay") {
  CHECK(Show("merge", {Object({{"a", Num("1")}, {"b", Num("2")}}), Object({{"b", Text("x")}})}) ==
        R"({"a":1,"b":"x"})");
  CHECK(Call("merge", {Map({{"a", Text("1")}}), Map({{"b", Text("2")}})}).kind() == Kind::kMap);
  CHECK(Call("merge", {Map({{"a", Text("1")}}), Object({})}).kind() == Kind::kObject);
  CHECK(Show("merge", {}) == "{}");
  CHECK(Show("merge", {Value::Null(), Object({{"a", Num("1")}})}) == R"({"a":1})");
  CHECK(FaultAt("merge", {Object({}), Texts({})}) == -1);
  CHECK(FaultAt("merge", {Value::Null(), Texts({"a"})}) == -1);
}

TEST_CASE("zipmap") {
  CHECK(Call("zipmap", {Texts({"b", "a"}), Texts({"1", "2"})}) ==
        Map({{"b", Text("1")}, {"a", Text("2")}}));
  CHECK(Show("zipmap", {Texts({"a", "a"}), Tuple({Num("1"), Text("x")})}) == R"({"a":"x"})");
  CHECK(FaultAt("zipmap", {Texts({"a"}), Texts({})}) == -1);
  CHECK(FaultAt("zipmap", {Tuple({Value::Null()}), Texts({"x"})}) == -1);
  CHECK(FaultAt("zipmap", {Texts({"a"}), Text("x")}) == -1);
}

}  // namespace nmgr::hcl
