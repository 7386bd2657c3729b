#include "hcl/syntax/lexical_errors.h"

#include <catch2/catch.hpp>

#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::hcl {
namespace {

Diagnostics ErrorsOf(std::string text) {
  Diagnostics diagnostics;
  ParseBody(std::make_shared<SourceFile>("t.hcl", std::move(text)), diagnostics);
  return diagnostics;
}

struct ErrorRow {
  std::string_view text;
  std::string_view summary;
  std::string_view hint;  // part of the detail
};

TEST_CASE("Each lexical fault says what to do") {
  const ErrorRow rows[] = {
      {"a = \"\xFF\"", "Invalid character encoding", "UTF-8"},
      {"a = @", "Invalid character", "no meaning"},
      {"a = \xE2\x80\x9Cx\xE2\x80\x9D", "Invalid character", "straight quote"},
      {"a = 'x'", "Invalid character", "double quotes"},
      {"a = `x`", "Invalid character", "heredoc"},
      {"a = 1; b = 2", "Invalid character", "a line of its own"},
      {"a = b & c", "Unsupported operator", "\"&&\""},
      {"a = b | c", "Unsupported operator", "\"||\""},
      {"a = 1 ^ 2", "Unsupported operator", "no bitwise"},
      {"a = ~1", "Unsupported operator", "\"!\""},
      {"a = \"x\ny\"", "Invalid multi-line string", "closing quote"},
      {"a = \"x\\\ny\"", "Invalid character", "backslash"},
      {"a = 1\rb = 2", "Invalid character", "line feed"},
      {"a = <<A\nx\ry\nA\n", "Invalid character", "line feed"},
  };
  for (const ErrorRow& row : rows) {
    CAPTURE(row.text);
    const Diagnostics diagnostics = ErrorsOf(std::string(row.text));
    REQUIRE_FALSE(diagnostics.empty());
    CHECK(diagnostics.items()[0].summary == row.summary);
    CHECK(diagnostics.items()[0].detail.find(row.hint) != std::string::npos);
  }
}

TEST_CASE("Lexical faults of the whole text come before the parser's") {
  const Diagnostics diagnostics = ErrorsOf("a = \nb = 'x'\n");
  REQUIRE(diagnostics.size() == 2);
  CHECK(diagnostics.items()[0].subject->begin == 9);
  CHECK(diagnostics.items()[1].subject->begin == 4);
}

TEST_CASE("A fault that is everywhere is not reported everywhere") {
  CHECK(ErrorsOf(std::string(5000, '@')).size() < 50);
  CHECK(ErrorsOf("a = \"" + std::string(100, '\xFF') + "\"").size() == 2);
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "a = \"x\n";
  CHECK(ErrorsOf(lines).size() <= 20 + kMaxErrors);
}

}  // namespace
}  // namespace nmgr::hcl
