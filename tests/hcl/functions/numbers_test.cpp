#include "hcl/functions/call.h"
#include "hcl/functions/double_math.h"

namespace nmgr::hcl {

TEST_CASE("abs, ceil, floor and signum") {
  CHECK(Show("abs", {Num("-1.5")}) == "1.5");
  CHECK(Show("abs", {Num("-0")}) == "0");
  CHECK(Show("ceil", {Num("1.1")}) == "2");
  CHECK(Show("ceil", {Num("-1.9")}) == "-1");
  CHECK(Show("floor", {Num("-1.1")}) == "-2");
  CHECK(Show("floor", {Num("1e30")}) == "1000000000000000000000000000000");
  CHECK(Call("floor", {Num("-inf")}).as_number().is_infinite());
  CHECK(Show("signum", {Num("-7")}) == "-1");
  CHECK(Show("signum", {Num("0")}) == "0");
  CHECK(FaultAt("signum", {Num("1.5")}) == -1);
}

TEST_CASE("log and pow go through doubles, to the last bit of Go's") {
  CHECK(Show("log", {Num("1000"), Num("10")}) == "2.9999999999999996");
  CHECK(Show("log", {Num("8"), Num("2")}) == "3");
  CHECK(Call("log", {Num("0"), Num("10")}).as_number().is_infinite());
  CHECK(FaultAt("log", {Num("-1"), Num("10")}) == -1);
  CHECK(FaultAt("log", {Num("1e400"), Num("10")}) == -1);
  CHECK(Show("pow", {Num("2"), Num("64")}) == "18446744073709550000");
  CHECK(Show("pow", {Num("2"), Num("0.5")}) == "1.4142135623730951");
  CHECK(Show("pow", {Num("1.1"), Num("2")}) == "1.2100000000000002");
  CHECK(Show("pow", {Num("-2"), Num("3")}) == "-8");
  CHECK(FaultAt("pow", {Num("-2"), Num("0.5")}) == -1);
  CHECK(Call("pow", {Num("10"), Num("1e9")}).as_number().is_infinite());
}

TEST_CASE("Powers at the edges of doubles") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(functions::Power(0.0, -1) == infinity);
  CHECK(functions::Power(-0.0, -3) == -infinity);
  CHECK(std::signbit(functions::Power(-0.0, 3)));
  CHECK(functions::Power(-infinity, 3) == -infinity);
  CHECK(functions::Power(-infinity, -2) == 0);
  CHECK(functions::Power(0.5, infinity) == 0);
  CHECK(functions::Power(-1, -infinity) == 1);
  CHECK(functions::Power(2, -1074) == 0x1p-1074);
  CHECK(functions::Power(2, 1e300) == infinity);
  CHECK(std::isnan(functions::NaturalLog(-1)));
}

TEST_CASE("max and min") {
  CHECK(Show("max", {Num("1.5"), Num("-2"), Text("10")}) == "10");
  CHECK(Show("min", {Num("1.5"), Num("-2"), Text("10")}) == "-2");
  CHECK(FaultAt("max", {}) == -1);
  CHECK(FaultAt("min", {Num("1"), Value::Null()}) == 1);
}

TEST_CASE("parseint") {
  CHECK(Show("parseint", {Text("FF"), Num("16")}) == "255");
  CHECK(Show("parseint", {Text("-10"), Num("10")}) == "-10");
  CHECK(Show("parseint", {Text("aA"), Num("62")}) == "656");
  CHECK(FaultAt("parseint", {Text("1.5"), Num("10")}) == 0);
  CHECK(FaultAt("parseint", {Text("0x1"), Num("16")}) == 0);
  CHECK(FaultAt("parseint", {Text(""), Num("10")}) == 0);
  CHECK(FaultAt("parseint", {Num("10"), Num("10")}) == 0);
  CHECK(FaultAt("parseint", {Text("1"), Num("63")}) == 1);
  CHECK(FaultAt("parseint", {Text("1"), Num("10.5")}) == 1);
}

TEST_CASE("range counts up and down, up to 1024 numbers") {
  CHECK(Show("range", {Num("3")}) == "[0,1,2]");
  CHECK(Show("range", {Num("-2")}) == "[0,-1]");
  CHECK(Show("range", {Num("5"), Num("3")}) == "[5,4]");
  CHECK(Show("range", {Num("0"), Num("1"), Num("0.25")}) == "[0,0.25,0.5,0.75]");
  CHECK(Show("range", {Num("1"), Num("1")}) == "[]");
  CHECK(Call("range", {Num("1024")}).size() == 1024);
  CHECK(FaultAt("range", {Num("1025")}) == -1);
  CHECK(FaultAt("range", {Num("0"), Num("10"), Num("0")}) == -1);
  CHECK(FaultAt("range", {Num("0"), Num("10"), Num("-1")}) == 1);
  CHECK(FaultAt("range", {Num("inf")}) == -1);
  CHECK(FaultAt("range", {}) == -1);
}

}  // namespace nmgr::hcl
