// Recovery: which errors are reported after the first, and what of the tree is left.
#include "hcl/syntax/parser.h"

#include <catch2/catch.hpp>

#include "hcl/syntax/tree_check.h"
#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

std::string Errors(std::string_view text) {
  Diagnostics diagnostics;
  ParseBody(test::Source(text), diagnostics);
  std::string out;
  for (const Diagnostic& item : diagnostics.items()) {
    const SourcePos pos = item.file->PosAt(item.subject->begin);
    if (!out.empty()) out += ", ";
    out += fmt::format("{}:{}", pos.line, pos.column);
  }
  return out;
}

TEST_CASE("After the first error what may follow from it is kept back") {
  CHECK(Errors("a = (1\nb = 2\nc {\n  d = ]\n}\ne = 5\n") == "2:1");
  CHECK(Errors("a = ]\nb = ]\n") == "1:5");
  CHECK(Errors("a = <<E \nx\nE\n") == "1:5, 2:1, 3:1");
  CHECK(Errors("a { b = 1\n}\nc { d = 1\n}\n") == "1:10, 3:10");
  CHECK(Errors("a = \"\\q\"\nb = \"\\w\"\n") == "1:6, 2:6");
  CHECK(Errors("a = 1\na = 2\na = 3\n") == "2:1, 3:1");
}

TEST_CASE("Errors are limited in number") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a\n";
  Diagnostics diagnostics;
  ParseBody(test::Source(text), diagnostics);
  CHECK(diagnostics.size() == static_cast<std::size_t>(kMaxErrors));
}

TEST_CASE("The subject is what a reader sees as the wrong piece") {
  struct Row {
    std::string_view text;
    std::string_view subject;
  };
  const Row rows[] = {
      {"a = 1 \"long string\"\n", "\""},         {"a = 1 <<E\nx\nE\n", "<<E\n"},
      {"a = \"one two ${b", "one two "},         {"a = \"$5 ${b", "$"},
      {"a = <<E\none\ntwo ${#b}\nE\n", "one\n"}, {"a = f(1\nb = 2\n", "b"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    const BodyPtr tree = ParseBody(test::Source(row.text), diagnostics);
    REQUIRE(diagnostics.HasErrors());
    CHECK(tree->source()->TextOf(*diagnostics.items()[0].subject) == row.subject);
  }
}

TEST_CASE("Every error has a summary, a detail of whole sentences and a place in the text") {
  const std::string_view broken[] = {
      "a = ",           "a = @",    "a = (",       "a = [1 2]",     "a = {b}", "a = f(",
      "a = \"${\"",     "a {",      "\"a\" = 1",   "a b",           "a = b.",  "a = [for x]",
      "a = \"%{ x }\"", "a = 1..2", "a = \"\\q\"", "a \"${b}\" {}",
  };
  for (const std::string_view text : broken) {
    CAPTURE(text);
    Diagnostics diagnostics;
    const BodyPtr tree = ParseBody(test::Source(text), diagnostics);
    REQUIRE(diagnostics.HasErrors());
    for (const Diagnostic& item : diagnostics.items()) {
      CHECK_FALSE(item.summary.empty());
      CHECK(item.summary.back() != '.');
      REQUIRE_FALSE(item.detail.empty());
      CHECK((item.detail.back() == '.' || item.detail.back() == '?'));
      REQUIRE(item.subject);
      CHECK(item.subject->end <= text.size());
      CHECK(item.subject->begin <= item.subject->end);
    }
    test::TreeCheck check(*tree->source());
    check.Check(tree->root());
    CHECK(check.fault().empty());
  }
}

}  // namespace
}  // namespace nmgr::hcl
