#include "nmgr/hcl/value/number.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

using namespace nmgr::hcl;

namespace {

Number Num(const char* text) {
  const std::optional<Number> number = Number::Parse(text);
  REQUIRE(number);
  return *number;
}

Number Int64(std::int64_t value) { return Number::FromInt(value, Number::kIntegerPrecision); }

std::string Text(const std::optional<Number>& number) {
  return number ? number->ToString() : "undefined";
}

std::string Repeat(char c, std::size_t count) { return std::string(count, c); }

}  // namespace

TEST_CASE("numbers that are equal have the same hash") {
  const auto hash = [](const Number& number) { return number.Hash(); };
  const auto parsed = [](std::string_view text) { return *Number::Parse(text); };
  CHECK(hash(Number::FromInt(7, 64)) == hash(parsed("7.0")));
  CHECK(hash(parsed("0")) == hash(parsed("-0")));
  CHECK(hash(*Number::ParseInteger("36893488147419103232", 10)) == hash(parsed("1p65")));
  CHECK(hash(Number::FromDouble(36893488147419103232.0)) == hash(parsed("1p65")));
  CHECK(hash(Number::FromDouble(0.5)) == hash(parsed("0.5")));
  CHECK(hash(parsed("36893488147419103232")) != hash(parsed("36893488147419103233")));
  CHECK(hash(parsed("36893488147419103232")) != hash(parsed("73786976294838206464")));
  CHECK(hash(parsed("1e400")) != hash(parsed("-1e400")));
}

TEST_CASE("numbers are read and printed in plain decimal") {
  for (const char* text : {"0", "1", "-1", "42", "0.5", "1.5", "123456789.123456789", "0.00000015",
                           "9223372036854775807", "-9223372036854775808", "9223372036854775808",
                           "12345678901234567890", "+Inf", "-Inf", "-0"}) {
    CAPTURE(text);
    CHECK(Num(text).ToString() == text);
  }
  CHECK(Num("1.10").ToString() == "1.1");
  CHECK(Num("1e21").ToString() == "1000000000000000000000");
  CHECK(Num("1.5e-7").ToString() == "0.00000015");
  CHECK(Num("007").ToString() == "7");
  CHECK(Num("+1").ToString() == "1");
  CHECK(Num(".5").ToString() == "0.5");
  CHECK(Num("5.").ToString() == "5");
  CHECK(Num("1p4").ToString() == "16");
  CHECK(Num("1P-1").ToString() == "0.5");
  CHECK(Num("1E+2").ToString() == "100");
  CHECK(Num("inf").is_infinite());
  CHECK(Num("-Inf").is_negative());
  CHECK(Num("1e100").ToString() == "1" + Repeat('0', 100));
}

TEST_CASE("other spellings of numbers are refused") {
  for (const char* text :
       {"", " 1", "1 ", "0x10", "1_000", "NaN", "Infinity", "INF", "--1", "1e", ".", "abc"}) {
    CAPTURE(text);
    CHECK_FALSE(Number::Parse(text));
  }
}

TEST_CASE("a literal of many digits is rounded once") {
  const char* text =
      "1."
      "11117611454653767831040466798688144895799528279018556447519671765009780787431437317514208377"
      "558324"
      "672056485655328699953121072930611321574969739407229859293516088224603413561770";
  CHECK(Num(text).ToString() ==
        "1."
        "111176114546537678310404667986881448957995282790185564475196717650097807874314373175142083"
        "7755"
        "83246720564856553286999531210729306113215749697394072298593");
}

TEST_CASE("quotients print the digits that their precision calls for") {
  CHECK(Text(Number::Divide(Int64(1), Int64(3))) == "0.33333333333333333334");
  CHECK(Text(Number::Divide(Int64(10), Int64(3))) == "3.3333333333333333333");
  CHECK(Text(Number::Divide(Int64(16), Int64(3))) == "5.3333333333333333335");
  CHECK(Text(Number::Divide(Num("1"), Num("3"))) == "0." + Repeat('3', 154) + "5");
  CHECK(Text(Number::Divide(Num("2"), Num("3"))) == "0." + Repeat('6', 153) + "7");
  CHECK(Text(Number::Divide(Num("1"), Int64(3))) == "0." + Repeat('3', 154) + "5");
  CHECK(Number::FromDouble(std::sqrt(2.0)).ToString() == "1.4142135623730951");
  CHECK(Number::FromDouble(std::pow(2, 64)).ToString() == "18446744073709550000");
  CHECK(Number::FromDouble(std::pow(2, 60)).ToString() == "1152921504606847000");
  CHECK(Number::FromDouble(0.1).ToString() == "0.1");
  CHECK(Number::FromDouble(5e-324).ToString() == "0." + Repeat('0', 323) + "4940656458412465");
}

TEST_CASE("sums and products are those of 512 bits") {
  CHECK(Text(Number::Add(Num("0.1"), Num("0.2"))) == "0.3");
  CHECK(Text(Number::Add(Num("1.1"), Num("2.2"))) == "3.3" + Repeat('0', 152) + "2");
  CHECK(Text(Number::Add(Num("9223372036854775807"), Num("1"))) == "9223372036854775808");
  CHECK(Text(Number::Subtract(Num("-9223372036854775808"), Num("1"))) == "-9223372036854775809");
  CHECK(Text(Number::Multiply(Num("9223372036854775807"), Num("9223372036854775807"))) ==
        "85070591730234615847396907784232501249");
  CHECK(Text(Number::Multiply(Num("0.1"), Num("3"))) == "0.3");
  CHECK(Number::Equal(*Number::Multiply(*Number::Divide(Num("1"), Num("3")), Num("3")), Num("1")));
}

TEST_CASE("the precision of a result is that of Go's big.Float") {
  CHECK(Number::Add(Int64(1), Num("1"))->precision() == 512);
  CHECK(Number::Add(Int64(1), Int64(1))->precision() == 64);
  CHECK(Number::Divide(Number::FromDouble(1), Int64(3))->precision() == 64);
  CHECK(Number::Multiply(Number::FromDouble(3), Number::FromDouble(3))->precision() == 53);
  const Number wide = Number::FromDouble(9007199254740991);
  CHECK(Number::Multiply(wide, wide)->precision() == 106);
  CHECK(Number::Modulo(Int64(7), Num("4"))->precision() == 64);
  CHECK(Number::ParseInteger("zz", 36)->precision() == 64);
  CHECK(Number::ParseInteger(Repeat('f', 40), 16)->precision() == 160);
  CHECK(Num("1.5").Floor().precision() == 512);
}

TEST_CASE("zeros have signs, infinities have limits") {
  const Number zero;
  const Number minus_zero = zero.Negated();
  CHECK(minus_zero.ToString() == "-0");
  CHECK(minus_zero.is_negative());
  CHECK(minus_zero.Sign() == 0);
  CHECK(Number::Equal(zero, minus_zero));
  CHECK(minus_zero.ToInt64() == 0);
  CHECK(Text(Number::Add(minus_zero, zero)) == "0");
  CHECK(Text(Number::Multiply(zero, Num("-1"))) == "-0");
  CHECK(Text(Number::Divide(zero, Num("-5"))) == "-0");
  CHECK(Text(Number::Divide(Num("1"), zero)) == "+Inf");
  CHECK(Text(Number::Divide(Num("-1"), zero)) == "-Inf");
  const Number infinity = Number::Infinity(false);
  CHECK(Text(Number::Divide(zero, zero)) == "undefined");
  CHECK(Text(Number::Subtract(infinity, infinity)) == "undefined");
  CHECK(Text(Number::Multiply(infinity, zero)) == "undefined");
  CHECK(Text(Number::Divide(infinity, infinity)) == "undefined");
  CHECK(Text(Number::Modulo(infinity, Num("2"))) == "undefined");
  CHECK(Text(Number::Modulo(Num("2"), infinity)) == "undefined");
  CHECK(Text(Number::Add(infinity, Num("1"))) == "+Inf");
  CHECK(Number::Compare(infinity, Num("1e400")) == 1);
  CHECK(Number::Equal(infinity, Number::Infinity(false)));
  CHECK_FALSE(Number::Equal(infinity, Number::Infinity(true)));
  CHECK(std::isinf(infinity.ToDouble()));
}

TEST_CASE("the rest of a division has the sign of the left operand") {
  CHECK(Text(Number::Modulo(Num("7"), Num("3"))) == "1");
  CHECK(Text(Number::Modulo(Num("-7"), Num("3"))) == "-1");
  CHECK(Text(Number::Modulo(Num("7"), Num("-3"))) == "1");
  CHECK(Text(Number::Modulo(Num("-6"), Num("3"))) == "0");
  CHECK(Text(Number::Modulo(Num("5.5"), Num("2"))) == "1.5");
  CHECK(Text(Number::Modulo(Num("5"), Num("0"))) == "5");
  CHECK(Text(Number::Modulo(Num("-9223372036854775808"), Num("-1"))) == "0");
}

TEST_CASE("integers are told, rounded and taken out exactly") {
  CHECK(Num("1e400").is_integer());
  CHECK_FALSE(Num("1.5").is_integer());
  CHECK_FALSE(Num("inf").is_integer());
  CHECK(Num("-1.5").Truncated().ToString() == "-1");
  CHECK(Num("-1.5").Floor().ToString() == "-2");
  CHECK(Num("1.2").Ceiling().ToString() == "2");
  CHECK(Num("-0.5").Ceiling().ToString() == "0");
  CHECK(Num("-0").Floor().ToString() == "0");
  CHECK(Num("-inf").Floor().ToString() == "-Inf");
  CHECK(Num("9223372036854775807").ToInt64() == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(Num("9223372036854775808").ToInt64());
  CHECK_FALSE(Num("0.5").ToInt64());
  CHECK_FALSE(Num("inf").ToInt64());
  CHECK(Num("-9223372036854775808").Negated().ToString() == "9223372036854775808");
}

TEST_CASE("equality is by value for integers and by shortest text for fractions") {
  CHECK(Number::Equal(Number::FromDouble(0.1), Num("0.1")));
  CHECK(Number::Compare(Number::FromDouble(0.1), Num("0.1")) == 1);
  CHECK(Number::Equal(Num("1"), Int64(1)));
  CHECK_FALSE(Number::Equal(Num("0.1"), Num("-0.1")));
  CHECK_FALSE(Number::Equal(Number::FromDouble(1.0 / 3), *Number::Divide(Num("1"), Num("3"))));
  CHECK_FALSE(Number::Equal(Num("1e200"), *Number::Add(Num("1e150"), Num("1e200"))));
  CHECK(Number::Equal(Num("1e200"), *Number::Add(Num("1"), Num("1e200"))));
}

TEST_CASE("texts of the format verbs are Go's") {
  struct Case {
    const char* number;
    char verb;
    int precision;
    const char* text;
  };
  const Case cases[] = {
      {"0.1", 'e', -1, "1e-01"},
      {"0.1", 'e', 3, "1.000e-01"},
      {"0.1", 'E', 0, "1E-01"},
      {"0.1", 'f', 0, "0"},
      {"0.1", 'f', 2, "0.10"},
      {"0.1", 'g', 3, "0.1"},
      {"2.675", 'f', 2, "2.67"},
      {"2.345", 'f', 2, "2.34"},
      {"2.675", 'G', 2, "2.7"},
      {"1e21", 'g', -1, "1e+21"},
      {"1e21", 'E', 0, "1E+21"},
      {"123456.789", 'g', 3, "1.23e+05"},
      {"0.000012345", 'e', 3, "1.235e-05"},
      {"0.000012345", 'f', 2, "0.00"},
      {"0.000012345", 'G', 2, "1.2E-05"},
      {"99999.5", 'E', 0, "1E+05"},
      {"99999.5", 'g', -1, "99999.5"},
      {"1000000", 'g', -1, "1e+06"},
      {"999999", 'g', -1, "999999"},
      {"0.0001", 'g', -1, "0.0001"},
      {"0.00001", 'g', -1, "1e-05"},
      {"1000000", 'g', 10, "1000000"},
      {"9.995", 'E', 0, "1E+01"},
      {"123456789.123456789", 'g', 10, "123456789.1"},
      {"0.5", 'f', 0, "0"},
      {"1.5", 'f', 0, "2"},
      {"2.5", 'f', 0, "2"},
      {"0.5", 'e', 3, "5.000e-01"},
      {"0", 'e', -1, "0e+00"},
      {"0", 'f', 3, "0.000"},
      {"0", 'g', -1, "0"},
      {"-0", 'f', 1, "-0.0"},
      {"-3", 'f', 1, "-3.0"},
      {"inf", 'f', 2, "+Inf"},
      {"-inf", 'g', -1, "-Inf"},
      {"5", 'g', 0, "5"},
      {"15", 'g', 1, "2e+01"},
      {"1e-7", 'f', -1, "0.0000001"},
      {"0.96", 'f', 1, "1.0"},
      {"0.06", 'f', 1, "0.1"},
      {"0.04", 'f', 1, "0.0"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.number, c.verb, c.precision);
    CHECK(Num(c.number).Format(c.verb, c.precision) == c.text);
  }
}

TEST_CASE("integers are written and read in other bases") {
  CHECK(Num("255").ToBase(16) == "ff");
  CHECK(Num("-5").ToBase(2) == "-101");
  CHECK(Num("8").ToBase(8) == "10");
  CHECK(Num("-0").ToBase(10) == "0");
  CHECK(Num("18446744073709551616").ToBase(16) == "10000000000000000");
  CHECK(Num("-18446744073709551616").ToBase(10) == "-18446744073709551616");
  CHECK(Number::FromDouble(std::pow(2, 64)).ToBase(10) == "18446744073709551616");
  CHECK(Text(Number::ParseInteger("ff", 16)) == "255");
  CHECK(Text(Number::ParseInteger("-FF", 16)) == "-255");
  CHECK(Text(Number::ParseInteger("+101", 2)) == "5");
  CHECK(Text(Number::ParseInteger("a", 37)) == "10");
  CHECK(Text(Number::ParseInteger("A", 37)) == "36");
  CHECK(Text(Number::ParseInteger("Z", 62)) == "61");
  CHECK(Text(Number::ParseInteger("-0", 10)) == "0");
  CHECK(Text(Number::ParseInteger("123456789012345678901234567890", 10)) ==
        "123456789012345678901234567890");
  for (const char* text : {"", "-", "2", "1 ", "1_0", "0x1", "1.0"}) {
    CAPTURE(text);
    CHECK_FALSE(Number::ParseInteger(text, 2));
  }
}

TEST_CASE("giant numbers stay bounded") {
  CHECK(Num("1e1000000000").is_infinite());
  CHECK(Num("-1e1000000000").ToString() == "-Inf");
  CHECK(Num("1e-1000000000").ToString() == "0");
  CHECK_FALSE(Number::Parse("1e99999999999"));
  CHECK(Num("0e99999999999").is_zero());
  const Number giant = Num("1e600000000");
  CHECK(giant.ToString() == "1e+600000000");
  CHECK(Number::Parse(giant.ToString())->ToString() == giant.ToString());
  CHECK(Num("1e-600000000").ToString() == "1e-600000000");
  CHECK(Num("1e9999").ToString().size() == 10000);
  CHECK(Num("1e10001").ToString() == "1e+10001");
  CHECK(giant.Format('f', 2) == "1e+600000000");
  CHECK(giant.ToBase(2) == "1e+600000000");
  CHECK(Num("3.5").Format('f', 2000000000).size() ==
        static_cast<std::size_t>(Number::kMaxDigits) + 2);
  CHECK(Text(Number::Multiply(giant, giant)) == "+Inf");
  CHECK(Text(Number::Add(giant, Num("0.5"))) == "1e+600000000");
  CHECK(Text(Number::Modulo(giant, Num("7.5"))) != "undefined");
  CHECK(std::isinf(giant.ToDouble()));
  CHECK_FALSE(Number::Equal(giant, Num("1e-600000000")));
  CHECK(Num(Repeat('7', 500000).c_str()).precision() == 512);
  CHECK_FALSE(Number::ParseInteger(Repeat('7', 100001), 10));
}

TEST_CASE("copies of a wide number are one value, also between threads") {
  const Number wide = Num("0.1");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([wide] {
      for (int n = 0; n < 1000; ++n) {
        Number copy = wide;
        Number other = std::move(copy);
        copy = other;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wide.ToString() == "0.1");
  Number moved = Num("0.25");
  const Number taken = std::move(moved);
  CHECK(taken.ToString() == "0.25");
}
