#include "hcl/value/decimal.h"

#include <catch2/catch.hpp>

using namespace nmgr::hcl;

namespace {

std::string Rounded(std::string digits, std::int64_t count, bool more = false) {
  Decimal decimal{std::move(digits), 2, more};
  decimal.Round(count);
  return decimal.digits + "e" + std::to_string(decimal.exponent);
}

}  // namespace

TEST_CASE("digits round half to even, by all that follows") {
  CHECK(Rounded("125", 2) == "12e2");
  CHECK(Rounded("135", 2) == "14e2");
  CHECK(Rounded("125", 2, true) == "13e2");
  CHECK(Rounded("1251", 2) == "13e2");
  CHECK(Rounded("996", 2) == "1e3");
  CHECK(Rounded("5", 0) == "e0");
  CHECK(Rounded("51", 0) == "1e3");
  CHECK(Rounded("1004", 3) == "1e2");
  CHECK(Rounded("125", 7) == "125e2");
  CHECK(Rounded("125", -1) == "125e2");
}

TEST_CASE("the pieces of a literal are read") {
  const auto read = ReadDecimalLiteral("-0012.50e-3");
  REQUIRE(read);
  CHECK(read->negative);
  CHECK(read->digits == "1250");
  CHECK(read->exponent_of_5 == -5);
  CHECK(read->exponent_of_2 == -5);
  const auto binary = ReadDecimalLiteral("1.5p4");
  REQUIRE(binary);
  CHECK(binary->exponent_of_5 == -1);
  CHECK(binary->exponent_of_2 == 3);
}

TEST_CASE("what is no decimal literal is refused") {
  for (const char* text : {"", "+", ".", "e1", "1e", "1e+", "1e+-1", "1e--1", "1.2.3", "1_0", "0x1",
                           " 1", "1 ", "1e99999999999999999999", "--1", "+-1", "1e1.5"}) {
    CAPTURE(text);
    CHECK_FALSE(ReadDecimalLiteral(text));
  }
}
