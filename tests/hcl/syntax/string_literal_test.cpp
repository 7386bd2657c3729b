#include <catch2/catch.hpp>

#include "hcl/syntax/parser.h"
#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::ExpressionText;

TEST_CASE("Escapes of quoted strings") {
  struct Row {
    std::string_view text;
    std::string_view value;
  };
  const Row rows[] = {
      {R"("\r\t\"\\")", "'\r\t\"\\'"},
      {R"("\n")", "'\\n'"},
      {R"("\u0041\u00e9\u20AC")", "'A\xC3\xA9\xE2\x82\xAC'"},
      {R"("\U0001F600")", "'\xF0\x9F\x98\x80'"},
      {R"("\U0010FFFF")", "'\xF4\x8F\xBF\xBF'"},
      {R"("\u00411")", "'A1'"},
      {R"("e\u0301")", "'\xC3\xA9'"},
      {R"("\\n")", "'\\n'"},
      {R"("a$b%c")", "'a$b%c'"},
      {R"("$$ %% $$x")", "'$$ %% $$x'"},
      {R"("$$$${x}")", "'$$${x}'"},
      {R"("%$${x}$%%{y}")", "'%${x}$%{y}'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(ExpressionText(row.text) == row.value);
  }
}

TEST_CASE("Bad escapes are reported where they are, and stay") {
  struct Row {
    std::string_view text;
    Span span;
    std::string_view hint;
  };
  const Row rows[] = {
      {R"("ab\q")", {3, 5}, "\"\\q\""},
      {R"("\0")", {1, 3}, "\"\\0\""},
      {R"("\{")", {1, 3}, "\"\\{\""},
      {R"("\$")", {1, 3}, "\"\\$\""},
      {"\"\\\xC3\xA9\"", {1, 4}, "\"\\\xC3\xA9\""},
      {R"("\u12")", {1, 5}, "four"},
      {R"("\u12G4")", {1, 5}, "four"},
      {R"("\U123")", {1, 6}, "eight"},
      {R"("\uD800")", {1, 7}, "U+D800"},
      {R"("\U00110000")", {1, 11}, "U+110000"},
      {R"("x${a}\q")", {6, 8}, "\"\\q\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    const ExpressionPtr tree = ParseExpression(test::Source(row.text), diagnostics);
    REQUIRE(diagnostics.size() == 1);
    CHECK(diagnostics.items()[0].summary == "Invalid escape sequence");
    CHECK(*diagnostics.items()[0].subject == row.span);
    CHECK(diagnostics.items()[0].detail.find(row.hint) != std::string::npos);
  }
  Diagnostics diagnostics;
  const ExpressionPtr tree = ParseExpression(test::Source(R"("a\qb")"), diagnostics);
  CHECK(test::TreeText::Of(tree->root()) == R"('a\qb')");
}

TEST_CASE("Sequence escapes alone") {
  CHECK(UnescapeSequences("") == "");
  CHECK(UnescapeSequences("a\\n$${b}%%{c}$$") == "a\\n${b}%{c}$$");
  CHECK(UnescapeSequences("$$${") == "$${");
}

}  // namespace
}  // namespace nmgr::hcl
