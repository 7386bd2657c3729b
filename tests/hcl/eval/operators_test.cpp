#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"

namespace nmgr::hcl {

TEST_CASE("Arithmetic converts its operands to numbers") {
  CHECK(Eval("1 + \"2\"") == "3");
  CHECK(Eval("7 % 3") == "1");
  CHECK(Eval("2 * 3 - 1") == "5");
  CHECK(Eval("-\"5\"") == "-5");
  CHECK(Eval("1 + true") == "1:5 Invalid operand");
  CHECK(Eval("[] + 1") == "1:1 Invalid operand");
  CHECK(Eval("1 + null") == "1:1 Operation failed");
  CHECK(Eval("0 / 0") == "1:1 Operation failed");
  CHECK(Eval("-null") == "1:1 Operation failed");
  CHECK(Eval("-\"x\"") == "1:2 Invalid operand");
}

TEST_CASE("Order is of numbers only") {
  CHECK(Eval("\"1\" < 2") == "true");
  CHECK(Eval("2 <= 2") == "true");
  CHECK(Eval("1 >= 2") == "false");
  CHECK(Eval("\"a\" < \"b\"") == "1:1 Invalid operand");
}

TEST_CASE("Logical operators evaluate both sides") {
  CHECK(Eval("true && \"false\"") == "false");
  CHECK(Eval("true || nope") == "1:9 Unknown variable");
  CHECK(Eval("false && nope") == "1:10 Unknown variable");
  CHECK(Eval("!\"true\"") == "false");
  CHECK(Eval("!1") == "1:2 Invalid operand");
}

TEST_CASE("Equality never converts") {
  CHECK(Eval("1 == \"1\"") == "false");
  CHECK(Eval("[1] == [1]") == "true");
  CHECK(Eval("null == null") == "true");
  CHECK(Eval("null != 1") == "true");
}

}  // namespace nmgr::hcl
