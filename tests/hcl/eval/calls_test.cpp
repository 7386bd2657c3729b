#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"

namespace nmgr::hcl {

TEST_CASE("Calls check name and number of arguments at their places") {
  CHECK(Eval("upper(\"a\")") == "\"A\"");
  CHECK(Eval("nope(1)") == "1:1 Call to unknown function");
  CHECK(EvalDetail("uper(1)").find("\"upper\"") != std::string::npos);
  CHECK(Eval("a::b(1)") == "1:1 Call to unknown function");
  CHECK(Eval("upper()") == "1:7 Not enough function arguments");
  CHECK(Eval("upper(\"a\", \"b\")") == "1:13 Too many function arguments");
  CHECK(Eval("upper(\"a\", (1 + 2))") == "1:13 Too many function arguments");
}

TEST_CASE("Faults of an argument point to it, others to the call") {
  CHECK(Eval("upper([])") == "1:7 Invalid function argument");
  CHECK(Eval("upper(null)") == "1:7 Invalid function argument");
  CHECK(Eval("join(\",\", [nope])") == "1:12 Unknown variable");
  CHECK(Eval("try()") == "1:1 Error in function call");
}

TEST_CASE("The last argument can be expanded") {
  CHECK(Eval("max([1, 5, 3]...)") == "5");
  CHECK(Eval("max(9, [1, 5]...)") == "9");
  CHECK(Eval("max(null...)") == "1:5 Invalid expanding argument value");
  CHECK(Eval("max(5...)") == "1:5 Invalid expanding argument value");
  CHECK(Eval("upper([\"a\", \"b\"]...)") == "1:7 Too many function arguments");
}

TEST_CASE("try and can evaluate without reporting") {
  CHECK(Eval("try(nope, 1)") == "1");
  CHECK(Eval("try({a = 1}.b, {a = 1}.a)") == "1");
  CHECK(Eval("try(nope, alsonope)") == "1:1 Error in function call");
  CHECK(Eval("can(nope)") == "false");
  CHECK(Eval("can(1 + 1)") == "true");
  CHECK(Eval("can(upper([]))") == "false");
}

TEST_CASE("convert takes a type") {
  CHECK(EvalType("convert([1], list(string))") == "[\"list\",\"string\"]");
  CHECK(Eval("convert(\"x\", number)") == "1:10 Invalid function argument");
  CHECK(Eval("convert(1, nope)") == "1:12 Invalid type specification");
  CHECK(Eval("convert([1, 2]...)") == "1:9 Invalid type specification");
}

TEST_CASE("Functions that read files are refused where there are none") {
  CHECK(Eval("file(\"x\")") == "1:1 Error in function call");
}

}  // namespace nmgr::hcl
