#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"

namespace nmgr::hcl {

TEST_CASE("For-expressions make tuples and objects") {
  CHECK(Eval("[for x in [1, 2] : x * 10]") == "[10,20]");
  CHECK(Eval("[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]") == "[\"0a\",\"1b\"]");
  CHECK(Eval("[for k, v in {b = 1, a = 2} : \"${k}${v}\"]") == "[\"a2\",\"b1\"]");
  CHECK(Eval("[for k, v in convert([\"b\", \"a\"], set(string)) : \"${k}${v}\"]") ==
        "[\"aa\",\"bb\"]");
  CHECK(Eval("{for x in [1, 2] : \"k${x}\" => x}") == "{\"k1\":1,\"k2\":2}");
  CHECK(Eval("{for x in [1, 2, 3] : x % 2 => x...}") == "{\"0\":[2],\"1\":[1,3]}");
  CHECK(Eval("[for x in [1, 2, 3] : x if x > 1]") == "[2,3]");
  CHECK(EvalType("[for x in [1] : x]") == "[\"tuple\",[\"number\"]]");
}

TEST_CASE("For-expressions refuse what they cannot walk") {
  CHECK(Eval("[for x in null : x]") == "1:11 Iteration over null value");
  CHECK(Eval("[for x in \"abc\" : x]") == "1:11 Iteration over non-iterable value");
  CHECK(Eval("{for x in [1, 2] : \"k\" => x}") == "1:20 Duplicate object key");
  CHECK(Eval("{for x in [1] : null => x}") == "1:17 Invalid object key");
  CHECK(Eval("{for x in [1] : [] => x}") == "1:17 Invalid object key");
}

TEST_CASE("The condition is tried before the first round") {
  CHECK(Eval("[for x in [] : x if nope]") == "1:21 Unknown variable");
  CHECK(Eval("[for x in [] : x if 1]") == "1:21 Invalid 'for' condition");
  CHECK(Eval("[for x in [] : x if null]") == "1:21 Condition is null");
  CHECK(Eval("[for x in [] : x if x.a.b[0]]") == "[]");
  CHECK(Eval("[for x in [] : nope]") == "[]");
  CHECK(Eval("[for x in [1, null] : x if x]") == "1:28 Invalid 'for' condition");
}

TEST_CASE("Inner names shadow outer ones") {
  Scope scope;
  scope.Set("var", Value::Of("outer"));
  CHECK(Eval("[for var in [1] : var]", {&scope}) == "[1]");
  CHECK(Eval("[[for var in [1] : var], var]", {&scope}) == "[[1],\"outer\"]");
  CHECK(Eval("[for x in [1] : [for x in [2] : x]]", {&scope}) == "[[2]]");
}

TEST_CASE("Splats apply their tail to each element") {
  CHECK(Eval("[{n = 1}, {n = 2}][*].n") == "[1,2]");
  CHECK(Eval("[{n = [1, 2]}, {n = [3]}].*.n[0]") == "[1,2]");
  CHECK(Eval("[{n = [1, 2]}, {n = [3]}][*].n[0]") == "[1,3]");
  CHECK(Eval("{n = 1}[*].n") == "[1]");
  CHECK(Eval("\"x\"[*]") == "[\"x\"]");
  CHECK(Eval("(null)[*]") == "[]");
  CHECK(Eval("[[{n = 1}]][*][*].n") == "[[1]]");
  CHECK(Eval("[{n = 1}][*].m") == "1:13 Unsupported attribute");
}

TEST_CASE("The tail of an empty splat is still looked at") {
  CHECK(Eval("convert([], list(object({n = string})))[*].m") == "1:43 Unsupported attribute");
  CHECK(EvalType("convert([], list(object({n = string})))[*].n") == "[\"list\",\"string\"]");
  CHECK(Eval("convert(null, list(string))[*]") == "1:1 Splat of null value");
}

}  // namespace nmgr::hcl
