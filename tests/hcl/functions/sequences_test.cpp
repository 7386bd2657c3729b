#include "hcl/functions/call.h"

namespace nmgr::hcl {

namespace {

Value Numbers(std::initializer_list<std::int64_t> numbers) {
  Values values;
  for (const std::int64_t number : numbers) values.push_back(Value::OfInt(number));
  return Value::List(Type::Number(), std::move(values));
}

}  // namespace

TEST_CASE("length counts elements, not attributes or characters") {
  CHECK(Show("length", {Texts({"a", "b"})}) == "2");
  CHECK(Show("length", {Map({{"a", Text("x")}})}) == "1");
  CHECK(FaultAt("length", {Object({{"a", Text("x")}})}) == -1);
  CHECK(FaultAt("length", {Text("abc")}) == -1);
}

TEST_CASE("chunklist") {
  CHECK(Show("chunklist", {Texts({"a", "b", "c"}), Num("2")}) == R"([["a","b"],["c"]])");
  CHECK(Show("chunklist", {Texts({"a", "b"}), Num("0")}) == R"([["a","b"]])");
  CHECK(Show("chunklist", {Texts({}), Num("0")}) == "[]");
  CHECK(Show("chunklist", {Texts({"a"}), Num("9223372036854775807")}) == R"([["a"]])");
  CHECK(FaultAt("chunklist", {Texts({"a"}), Num("-1")}) == -1);
  CHECK(FaultAt("chunklist", {Tuple({Num("1"), Tuple({})}), Num("1")}) == 0);
}

TEST_CASE("coalesce and coalescelist") {
  CHECK(Show("coalesce", {Value::Null(Type::String()), Text(""), Text("b")}).empty());
  CHECK(Show("coalesce", {Num("1"), Text("2")}) == "1");
  CHECK(Call("coalesce", {Num("1"), Text("2")}).kind() == Kind::kString);
  CHECK(FaultAt("coalesce", {}) == -1);
  CHECK(FaultAt("coalesce", {Num("1"), True()}) == -1);
  CHECK(FaultAt("coalesce", {Value::Null(Type::String())}) == -1);
  CHECK(Show("coalescelist", {Texts({}), Tuple({Num("1")})}) == "[1]");
  CHECK(FaultAt("coalescelist", {Texts({})}) == -1);
  CHECK(FaultAt("coalescelist", {Value::Null()}) == -1);
}

TEST_CASE("compact and distinct") {
  CHECK(Show("compact", {Tuple({Text("a"), Text(""), Value::Null(), Num("1")})}) == R"(["a","1"])");
  CHECK(Show("distinct", {Tuple({Num("1"), Text("1"), Text("a"), Text("a")})}) == R"(["1","a"])");
  CHECK(Show("distinct", {Tuple({Object({{"a", Num("1")}}), Object({{"a", Num("1.0")}})})}) ==
        R"([{"a":1}])");
  CHECK(FaultAt("distinct", {Tuple({Num("1"), True()})}) == 0);
}

TEST_CASE("distinct is quick with many elements") {
  Values many;
  for (int i = 0; i < 50000; ++i) many.push_back(Object({{"a", Value::OfInt(i % 40000)}}));
  CHECK(Call("distinct", {Value::List(many[0].type(), many)}).size() == 40000);
}

TEST_CASE("concat gives a list of lists, else a tuple") {
  CHECK(Call("concat", {Texts({"a"}), Numbers({1})}) == Texts({"a", "1"}));
  CHECK(Call("concat", {Texts({"a"}), Tuple({Num("1")})}) == Tuple({Text("a"), Num("1")}));
  CHECK(FaultAt("concat", {}) == -1);
  CHECK(FaultAt("concat", {Texts({"a"}), TextSet({"b"})}) == 1);
}

TEST_CASE("contains never converts") {
  CHECK(Show("contains", {Tuple({Num("1"), Text("a")}), Num("1.0")}) == "true");
  CHECK(Show("contains", {Tuple({Num("1")}), Text("1")}) == "false");
  CHECK(Show("contains", {Tuple({Value::Null()}), Value::Null(Type::String())}) == "true");
  CHECK(Show("contains", {Tuple({Value::Unknown()}), Text("1")}) == "unknown \"bool\"");
  CHECK(FaultAt("contains", {Object({}), Text("1")}) == -1);
}

TEST_CASE("element wraps around, index does not") {
  CHECK(Show("element", {Texts({"a", "b"}), Num("3")}) == "b");
  CHECK(Show("element", {Tuple({Num("1"), Text("b")}), Num("-1")}) == "b");
  CHECK(Show("element", {Texts({"a"}), Num("-9223372036854775808")}) == "a");
  CHECK(FaultAt("element", {Texts({}), Num("0")}) == -1);
  CHECK(FaultAt("element", {TextSet({"a"}), Num("0")}) == -1);
  CHECK(FaultAt("element", {Texts({"a"}), Num("0.5")}) == -1);
  CHECK(Show("index", {Texts({"a", "b"}), Num("1")}) == "b");
  CHECK(Show("index", {Map({{"k", Text("v")}}), Text("k")}) == "v");
  CHECK(FaultAt("index", {Texts({"a"}), Num("1")}) == -1);
  CHECK(FaultAt("index", {Texts({"a"}), Text("0")}) == -1);
  CHECK(FaultAt("index", {Tuple({Text("a")}), Num("-1")}) == -1);
  CHECK(FaultAt("index", {Object({{"k", Text("v")}}), Text("k")}) == -1);
}

TEST_CASE("flatten reaches any depth") {
  const Value nested =
      Tuple({Num("1"), Tuple({Texts({"a"}), Tuple({Tuple({True()})})}), Value::Null()});
  CHECK(Show("flatten", {nested}) == R"([1,"a",true,null])");
  CHECK(FaultAt("flatten", {Map({})}) == -1);
  CHECK(Show("flatten", {Tuple({Value::Unknown()})}) == "unknown \"dynamic\"");
}

TEST_CASE("slice and sort") {
  CHECK(Show("slice", {Texts({"a", "b", "c"}), Num("1"), Num("2")}) == R"(["b"])");
  CHECK(Call("slice", {Tuple({Num("1"), Text("b")}), Num("0"), Num("0")}) == Tuple({}));
  CHECK(FaultAt("slice", {Texts({"a"}), Num("1"), Num("0")}) == 1);
  CHECK(FaultAt("slice", {Texts({"a"}), Num("0"), Num("2")}) == 2);
  CHECK(FaultAt("slice", {TextSet({"a"}), Num("0"), Num("1")}) == 0);
  CHECK(Show("sort", {Tuple({Text("b"), Text("a"), Text("é"), Text("Z"), Num("10")})}) ==
        R"(["10","Z","a","b","é"])");
  CHECK(FaultAt("sort", {Tuple({Text("b"), Value::Null()})}) == -1);
}

}  // namespace nmgr::hcl
