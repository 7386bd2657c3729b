#include <catch2/catch.hpp>

#include "hcl/syntax/tree_check.h"
#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::BodyText;
using test::Source;

void CheckBodies(std::initializer_list<test::TreeRow> rows) { test::CheckTrees(BodyText, rows); }

TEST_CASE("Parser: Attributes") {
  CheckBodies({{"", ""},
               {"\n# c\n\n", ""},
               {"a = 1\nb = 2\n", "a = 1; b = 2;"},
               {"a = 1", "a = 1;"},
               {"a = 1 # c", "a = 1;"},
               {"a = 1 # c\nb = 2", "a = 1; b = 2;"},
               {"a = 1 /* c\n */\nb = 2", "a = 1; b = 2;"},
               {"a = [1,\n2]\n", "a = [1 2];"},
               {"a = (1\n+ 2)\n", "a = (paren (+ 1 2));"},
               {"for = 1\nif = 2\ntrue = 3\n", "for = 1; if = 2; true = 3;"},
               {"a = {}\na {}\n", "a = {}; a {}"},
               {"a = <<E\nx\nE\nb = 1\n", "a = 'x\\n'; b = 1;"}});
}

TEST_CASE("Parser: Blocks") {
  CheckBodies({{"a {}", "a {}"},
               {"a {\n}\n", "a {}"},
               {"a { b = 1 }\n", "a {b = 1;}"},
               {"a { b = [1,\n2] }\n", "a {b = [1 2];}"},
               {"a {\n  b = 1\n  c {\n    d = 2\n  }\n}\n", "a {b = 1; c {d = 2;}}"},
               {"a \"b\" c \"d e\" {}", "a \"b\" \"c\" \"d e\" {}"},
               {R"(a "$${x} %%{y} \"q\" \u00e9" {})", "a \"${x} %{y} \"q\" \xC3\xA9\" {}"},
               {"a {\n# c\n}", "a {}"},
               {"a { # c\n}", "a {}"},
               {"a /* c */ {}", "a {}"},
               {"a {}\na {}\n", "a {} a {}"}});
}

TEST_CASE("Parser: Broken bodies, the place of the first error") {
  CheckBodies({{"a =\nb = 2\n", "1:4 Invalid expression"},
               {"a =", "1:4 Missing expression"},
               {"a 1\n", "1:1 Argument or block definition required"},
               {"a\n", "1:1 Argument or block definition required"},
               {"1 = 2\n", "1:1 Argument or block definition required"},
               {"\"a\" = 1\n", "1:1 Invalid argument name"},
               {"a.b = 1\n", "1:1 Argument or block definition required"},
               {"a = 1,\n", "1:6 Unexpected comma after argument"},
               {"a = 1 b = 2\n", "1:7 Missing newline after argument"},
               {"a = 1\na = 2\n", "2:1 Attribute redefined"},
               {"a {} b {}\n", "1:6 Missing newline after block definition"},
               {"a {\n", "1:3 Unclosed configuration block"},
               {"a {\n  b {\n", "2:5 Unclosed configuration block"},
               {"a {\n  b = [1,\n", "3:1 Missing expression"},
               {"}\n", "1:1 Argument or block definition required"},
               {"a { b = 1\n}\n", "1:10 Invalid single-argument block definition"},
               {"a { b = 1, c = 2 }\n", "1:10 Invalid single-argument block definition"},
               {"a { b = 1 c = 2 }\n", "1:11 Invalid single-argument block definition"},
               {"a { b = \"\\q\", c = 2 }\n", "1:13 Invalid single-argument block definition"},
               {"a { b {} }\n", "1:5 Argument definition required"},
               {"a { 1 }\n", "1:5 Argument or block definition required"},
               {"a { b }\n", "1:5 Argument or block definition required"},
               {"a { b = 1", "1:3 Unclosed configuration block"},
               {"a \"x\"\n{}\n", "1:6 Invalid block definition"},
               {"a \"x\" = {}\n", "1:7 Invalid block definition"},
               {"a x.y {}\n", "1:4 Invalid block definition"},
               {"a \"${x}\" {}\n", "1:4 Invalid string literal"},
               {"a \"%{x}\" {}\n", "1:4 Invalid string literal"},
               {"a \"\\q\" {}\n", "1:4 Invalid escape sequence"},
               {"a \"x\n\" {}\n", "1:5 Invalid multi-line string"},
               {"a \"x", "1:5 Unterminated string literal"}});
}

TEST_CASE("Parser: An error in one item leaves the others in the tree") {
  Diagnostics diagnostics;
  const BodyPtr tree =
      ParseBody(Source("a = 1 2\njob \"x\" {\n  b = ]\n  c = 3\n}\nd = 4\n"), diagnostics);
  CHECK(diagnostics.size() == 1);
  CHECK(test::TreeText::Of(tree->root()) == "a = 1; job \"x\" {b = invalid; c = 3;} d = 4;");
}

TEST_CASE("Parser: Names set twice are found in large bodies too") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("a{} = 1\n", i);
  CHECK(BodyText(text).find("Attribute") == std::string::npos);
  CHECK(BodyText(text + "a150 = 2\n") == "201:1 Attribute redefined");
  CHECK(BodyText(text + "x = 1\nx = 2\n") == "202:1 Attribute redefined");
  Diagnostics diagnostics;
  ParseBody(Source("one = 1\none = 2\n"), diagnostics);
  CHECK(diagnostics.items()[0].detail.find("line 1, column 1") != std::string::npos);
}

TEST_CASE("Parser: Spans of items") {
  const std::string_view text = "a = 1 + 2 # c\nb \"x\" y {\n  c = \"d\"\n}\n";
  Diagnostics diagnostics;
  const BodyPtr tree = ParseBody(Source(text), diagnostics);
  const SourceFile& file = *tree->source();
  const Attribute& attribute = *tree->root().items[0].attribute;
  CHECK(file.TextOf(attribute.name_span) == "a");
  CHECK(file.TextOf(attribute.equals_span) == "=");
  CHECK(file.TextOf(attribute.span) == "a = 1 + 2");
  const Block& block = *tree->root().items[1].block;
  CHECK(file.TextOf(block.HeaderSpan()) == "b \"x\" y");
  CHECK(file.TextOf(block.labels[0].span) == "\"x\"");
  CHECK(file.TextOf(block.open_span) == "{");
  CHECK(file.TextOf(block.close_span) == "}");
  CHECK(file.TextOf(block.body->span) == "{\n  c = \"d\"\n}");
  CHECK(file.TextOf(block.body->items[0].attribute->expr->span) == "\"d\"");
}

}  // namespace
}  // namespace nmgr::hcl
