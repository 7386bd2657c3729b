#include "hcl/functions/call.h"
#include "hcl/functions/regex_syntax.h"

namespace nmgr::hcl {

namespace {

std::string Replace(std::string_view text, std::string_view pattern, std::string_view replacement) {
  return Show("regex_replace", {Text(text), Text(pattern), Text(replacement)});
}

bool PatternIsRefused(std::string_view pattern) {
  return FaultAt("regex_replace", {Text("x"), Text(pattern), Text("")}) == -1;
}

}  // namespace

TEST_CASE("Matches are leftmost first and replaced one after the other") {
  CHECK(Replace("hello", "l+", "L") == "heLo");
  CHECK(Replace("xyz", "x|xy|xyz", "-") == "-yz");
  CHECK(Replace("aaa", "^a", "b") == "baa");
  CHECK(Replace("abc", "", "-") == "-a-b-c-");
  CHECK(Replace("baac", "a*", "-") == "-b-c-");
  CHECK(Replace("日本", ".", "x") == "xx");
  CHECK(Replace("a日b", "\\B", "-") == "a日b");
  CHECK(Replace("日本", "\\B", "-") == "-日-本-");
}

TEST_CASE("Replacements name groups as Go's do") {
  CHECK(Replace("ab", "(a)(b)", "$2-${1}-$0-$$") == "b-a-ab-$");
  CHECK(Replace("ab", "(?P<first>a)", "[$first][$first_x][${first}x]") == "[a][][ax]b");
  CHECK(Replace("ab", "(a)", "$1x|${1}x|$9|$01|$|${|$é") == "|ax|||$|${|b");
  CHECK(Replace("b", "(?P<n>a)|(?P<n>b)", "<$n>") == "<b>");
}

TEST_CASE("Syntax is Go's where RE2's differs") {
  CHECK(Replace("ab", "(?<n>b)", "<$n>") == "a<b>");
  CHECK(Replace("aα", "\\p{greek}", "x") == "ax");
  CHECK(Replace("aA1", "\\p{Letter}|[\\p{decimal number}]", "x") == "xxx");
  CHECK(Replace("aé", "[^\\p{ASCII}]", "x") == "ax");
  CHECK(Replace("a1", "\\P{L}", "x") == "ax");
  CHECK(Replace("aA1", "\\p{LC}", "x") == "xx1");
  CHECK(PatternIsRefused("\\C"));
  CHECK(PatternIsRefused("(?P<é>x)"));
  CHECK(PatternIsRefused("(?<n"));
  CHECK(PatternIsRefused("\\p{Nonsense}"));
  CHECK(*functions::TranslateRegex("\\Q(?<n>\\E(?<n>[(?<n>])") == "\\Q(?<n>\\E(?P<n>[(?<n>])");
}

TEST_CASE("Malformed and unsupported patterns are refused") {
  for (const char* pattern :
       {"[", "(", "(?=a)", "a{2,1}", "*", "a**", "\\1", "a{1001}", "[z-a]", "\\"}) {
    INFO(pattern);
    CHECK(PatternIsRefused(pattern));
  }
}

TEST_CASE("Patterns made to be large or slow end in an error") {
  CHECK(PatternIsRefused(std::string(1 << 20U, 'a')));
  CHECK(PatternIsRefused(std::string(100000, '(')));
  CHECK(PatternIsRefused("((((a{100}){10}){10}){10})"));
  std::string classes;
  for (int i = 0; i < 1000; ++i) classes += "\\pL";
  CHECK(PatternIsRefused(classes));
  CHECK(FaultAt("regex_replace",
                {Text(std::string(4000000, 'a')), Text("[a-q][^u-z]{13}x"), Text("")}) == -1);
}

}  // namespace nmgr::hcl
