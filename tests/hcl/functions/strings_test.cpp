#include "hcl/functions/call.h"

namespace nmgr::hcl {

TEST_CASE("Case follows the simple mappings of Unicode") {
  CHECK(Show("upper", {Text("éàß")}) == "ÉÀß");
  CHECK(Show("lower", {Text("ΣΑΣ")}) == "σασ");
  CHECK(Show("lower", {Text("İ")}) == "i");
  CHECK(Show("title", {Text("it's o'clock, foo_bar 1st")}) == "It'S O'Clock, Foo_bar 1st");
  CHECK(Show("title", {Text("ǆa it’s")}) == "ǅa It’s");
}

TEST_CASE("Characters are grapheme clusters") {
  CHECK(Show("strlen", {Text("👩‍👩‍👧‍👦e\u0301\r\n")}) == "3");
  CHECK(Show("strrev", {Text("ab👍🏽")}) == "👍🏽ba");
  CHECK(Show("reverse", {Text("🇩🇪🇫🇷")}) == "🇫🇷🇩🇪");
  CHECK(FaultAt("reverse", {Tuple({Text("a")})}) == 0);
}

TEST_CASE("substr") {
  const auto substr = [](std::string_view text, std::string_view offset, std::string_view length) {
    return Show("substr", {Text(text), Num(offset), Num(length)});
  };
  CHECK(substr("hello world", "6", "5") == "world");
  CHECK(substr("hello", "1", "-1") == "ello");
  CHECK(substr("hello", "2", "0").empty());
  CHECK(substr("hello", "5", "1").empty());
  CHECK(substr("hello", "-2", "1") == "l");
  CHECK(substr("hello", "-10", "3") == "hel");
  CHECK(substr("hello", "-3", "0") == "llo");
  CHECK(substr("🇩🇪🇫🇷x", "1", "1") == "🇫🇷");
  CHECK(substr("abc", "9223372036854775807", "1").empty());
  CHECK(FaultAt("substr", {Text("abc"), Num("1.5"), Num("1")}) == -1);
}

TEST_CASE("join and split") {
  CHECK(Show("join", {Text(","), Texts({"a", "b"}), Texts({}), Texts({"c"})}) == "a,b,c");
  CHECK(Show("join", {Text(","), Tuple({Num("1"), True()})}) == "1,true");
  CHECK(FaultAt("join", {Text(",")}) == -1);
  CHECK(FaultAt("join", {Text(","), Texts({"a"}), Tuple({Text("b"), Value::Null()})}) == 2);
  CHECK(Show("split", {Text(","), Text("a,,b")}) == R"(["a","","b"])");
  CHECK(Show("split", {Text(","), Text("")}) == R"([""])");
  CHECK(Show("split", {Text(""), Text("aé")}) == R"(["a","é"])");
  CHECK(Show("split", {Text(""), Text("")}) == "[]");
}

TEST_CASE("replace is literal") {
  CHECK(Show("replace", {Text("a.b.c"), Text("."), Text("/")}) == "a/b/c");
  CHECK(Show("replace", {Text("aé"), Text(""), Text("-")}) == "-a-é-");
  CHECK(Show("replace", {Text("aaa"), Text("aa"), Text("b")}) == "ba");
  CHECK(Show("replace", {Text("abc"), Text("/a|b/"), Text("x")}) == "abc");
}

TEST_CASE("Trimming") {
  CHECK(Show("chomp", {Text("x\r\n\n\r")}) == "x");
  CHECK(Show("trim", {Text("éhié"), Text("éi")}) == "h");
  CHECK(Show("trim", {Text("xx"), Text("x")}).empty());
  CHECK(Show("trimspace", {Text("\u00a0 x\u2003\n")}) == "x");
  CHECK(Show("trimspace", {Text("\u200bx")}) == "\u200bx");
  CHECK(Show("trimprefix", {Text("aab"), Text("a")}) == "ab");
  CHECK(Show("trimsuffix", {Text("abb"), Text("b")}) == "ab");
  CHECK(Show("trimsuffix", {Text("b"), Text("bb")}) == "b");
}

TEST_CASE("indent") {
  CHECK(Show("indent", {Num("2"), Text("a\nb\n")}) == "a\n  b\n  ");
  CHECK(Show("indent", {Num("1000000000"), Text("a")}) == "a");
  CHECK(FaultAt("indent", {Num("-1"), Text("a\n")}) == -1);
  CHECK(FaultAt("indent", {Num("9007199254740993"), Text("a")}) == -1);
  CHECK(FaultAt("indent", {Num("1000000000"), Text("a\n")}) == -1);
}

TEST_CASE("Growing a text ends at the bound") {
  const std::string many(8000, 'a');
  CHECK(FaultAt("replace", {Text(many), Text("a"), Text(std::string(20000, 'b'))}) == -1);
  CHECK(FaultAt("join", {Text(std::string(40U << 20U, ',')), Texts({"a", "b", "c"})}) == -1);
}

}  // namespace nmgr::hcl
