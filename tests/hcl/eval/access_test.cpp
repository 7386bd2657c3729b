#include <catch2/catch.hpp>

#include "hcl/eval/eval_support.h"

namespace nmgr::hcl {

TEST_CASE("Attributes of objects and maps") {
  CHECK(Eval("{a = 1}.a") == "1");
  CHECK(Eval("{a = 1}.b") == "1:8 Unsupported attribute");
  CHECK(EvalDetail("{image = 1}.imaeg").find("\"image\"") != std::string::npos);
  CHECK(Eval("convert({a = 1}, map(number)).a") == "1");
  CHECK(Eval("convert({a = 1}, map(number)).b") == "1:30 Missing map element");
  CHECK(Eval("(null).a") == "1:7 Attempt to get attribute from null value");
  CHECK(Eval("\"x\".a") == "1:4 Unsupported attribute");
  CHECK(Eval("[1].a") == "1:4 Unsupported attribute");
  CHECK(EvalDetail("convert([{n = 1}], list(object({n = number}))).n").find("\"n\"") !=
        std::string::npos);
}

TEST_CASE("Indices of sequences") {
  CHECK(Eval("[10, 20][1]") == "20");
  CHECK(Eval("[10, 20][\"1\"]") == "20");
  CHECK(Eval("[10, 20][1.0]") == "20");
  CHECK(Eval("[10, 20][0 + 1]") == "20");
  CHECK(Eval("[10, 20][2]") == "1:9 Invalid index");
  CHECK(Eval("[10, 20][-1]") == "1:9 Invalid index");
  CHECK(Eval("[10, 20][0.5]") == "1:9 Invalid index");
  CHECK(Eval("[10, 20][\"a\"]") == "1:9 Invalid index");
  CHECK(Eval("[10, 20][null]") == "1:9 Invalid index");
  CHECK(Eval("convert([1], set(number))[0]") == "1:26 Invalid index");
  CHECK(Eval("(null)[0]") == "1:7 Attempt to index null value");
  CHECK(Eval("\"abc\"[0]") == "1:6 Invalid index");
}

TEST_CASE("Indices of maps and objects") {
  CHECK(Eval("{a = 1}[\"a\"]") == "1");
  CHECK(Eval("{\"0\" = 1}[0]") == "1");
  CHECK(Eval("{a = 1}[\"b\"]") == "1:8 Invalid index");
  CHECK(Eval("{a = 1}[0]") == "1:8 Invalid index");
  CHECK(Eval("{a = 1}[[]]") == "1:8 Invalid index");
}

}  // namespace nmgr::hcl
