#include "hcl/functions/call.h"

namespace nmgr::hcl {

namespace {

std::string Format(std::string_view format, Values values) {
  values.insert(values.begin(), Text(format));
  return Show("format", values);
}

int FormatFaultAt(std::string_view format, Values values) {
  values.insert(values.begin(), Text(format));
  return FaultAt("format", values);
}

}  // namespace

TEST_CASE("%v shows a value by its type") {
  CHECK(Format("%v", {Text("a")}) == "a");
  CHECK(Format("%v", {Num("1234567")}) == "1.234567e+06");
  CHECK(Format("%v", {Value::Null()}) == "null");
  CHECK(Format("%v", {Tuple({Num("1"), Text("<")})}) == "[1,\"\\u003c\"]");
  CHECK(Format("%#v", {Text("a\"")}) == "\"a\\\"\"");
  CHECK(Format("%05v|%-5v|", {Num("12"), Num("12")}) == "00012|12   |");
}

TEST_CASE("Integers of any size in four bases") {
  CHECK(Format("%d", {Num("100000000000000000000")}) == "100000000000000000000");
  CHECK(Format("%b %o %x %X", {Num("10"), Num("8"), Num("-255"), Num("255")}) == "1010 10 -ff FF");
  CHECK(Format("%#b %#o %#x %#X", {Num("10"), Num("8"), Num("255"), Num("255")}) ==
        "0b1010 010 0xff 0XFF");
  CHECK(Format("%5d|%-5d|%05d|%+d|% d", {Num("42"), Num("42"), Num("-42"), Num("1"), Num("1")}) ==
        "   42|42   |-0042|+1| 1");
  CHECK(Format("%.3d|%08.3d|%.0d|", {Num("5"), Num("5"), Num("0")}) == "005|     005||");
  CHECK(FormatFaultAt("%d", {Num("1.5")}) == -1);
  CHECK(FormatFaultAt("%x", {Text("ff")}) == -1);
}

TEST_CASE("Fractions round half to even on their exact value") {
  CHECK(Format("%.0f %.0f %.2f", {Num("0.5"), Num("2.5"), Num("2.345")}) == "0 2 2.34");
  CHECK(Format("%f|%8.3f|%-8.3f|%08.3f",
               {Num("1"), Num("3.14159"), Num("3.14159"), Num("-3.14159")}) ==
        "1.000000|   3.142|3.142   |-003.142");
  CHECK(Format("%e %.2E %g %.3g %G",
               {Num("1"), Num("123456.789"), Num("1e21"), Num("1234.5"), Num("1e-10")}) ==
        "1.000000e+00 1.23E+05 1e+21 1.23e+03 1E-10");
  CHECK(Format("%5f|%05f", {Num("inf"), Num("-inf")}) == " +Inf| -Inf");
}

TEST_CASE("Strings are cut and padded by characters") {
  CHECK(Format("%5s|%-5s|%05s|%-05s|", {Text("é"), Text("ab"), Text("ab"), Text("ab")}) ==
        "    é|ab   |000ab|ab000|");
  CHECK(Format("%.1s %.0s %.s", {Text("👍🏽x"), Text("ab"), Text("ab")}) == "👍🏽 ab ab");
  CHECK(Format("%q", {Text("<é\n>")}) == "\"\\u003cé\\n\\u003e\"");
  CHECK(Format("%t %5t", {Text("true"), True()}) == "true true");
  CHECK(FormatFaultAt("%t", {Num("1")}) == -1);
  CHECK(FormatFaultAt("%s", {Tuple({})}) == -1);
  CHECK(FormatFaultAt("%s", {Value::Null()}) == -1);
}

TEST_CASE("Indices choose values, and all must be used") {
  CHECK(Format("%[2]s %[1]s", {Text("a"), Text("b")}) == "b a");
  CHECK(Format("%[2]s %s", {Text("a"), Text("b"), Text("c")}) == "b c");
  CHECK(Format("100%%", {}) == "100%");
  CHECK(FormatFaultAt("%s %s", {Text("a")}) == -1);
  CHECK(FormatFaultAt("%s", {Text("a"), Text("b")}) == 2);
  CHECK(FormatFaultAt("a", {Text("b")}) == 1);
  CHECK(FormatFaultAt("%[4]s", {Text("a")}) == -1);
}

TEST_CASE("Bad format strings are refused with their place") {
  for (const char* format :
       {"%", "%z", "%!", "%é", "%[0]s", "%[x]s", "%[1", "%[1]5d", "%*d", "%s%"}) {
    INFO(format);
    CHECK(FormatFaultAt(format, {Num("1")}) == -1);
  }
  const FunctionResult result = Try("format", {Text("ab%!"), Num("1")});
  CHECK(result.error().message == "unrecognized format character '!' at offset 3");
}

TEST_CASE("Widths beyond reason are refused") {
  CHECK(FormatFaultAt("%1000000000d", {Num("1")}) == -1);
  CHECK(FormatFaultAt("%99999999999999999999s", {Text("a")}) == -1);
  CHECK(FormatFaultAt("%.1000000000f", {Num("1")}) == -1);
  CHECK(FormatFaultAt("%[99999999999999999999]d", {Num("1")}) == -1);
}

TEST_CASE("formatlist repeats single values beside sequences of one length") {
  CHECK(Show("formatlist", {Text("%s-%s"), Texts({"a", "b"}), Text("x")}) == R"(["a-x","b-x"])");
  CHECK(Show("formatlist", {Text("%s"), TextSet({"b", "a"})}) == R"(["a","b"])");
  CHECK(Show("formatlist", {Text("%s"), Texts({})}) == "[]");
  CHECK(Show("formatlist", {Text("hello")}) == R"(["hello"])");
  CHECK(FaultAt("formatlist", {Text("%s%s"), Texts({"a", "b"}), Texts({"c"})}) == 2);
  CHECK(FaultAt("formatlist", {Text("%d"), Tuple({Num("1.5")})}) == -1);
  CHECK(Show("formatlist", {Text("%s"), Tuple({Text("a"), Value::Unknown(Type::String())})}) ==
        R"(unknown ["list","string"])");
}

}  // namespace nmgr::hcl
