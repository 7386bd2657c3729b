#include <catch2/catch.hpp>

#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::ExpressionText;
using test::TemplateText;

void CheckTemplates(std::initializer_list<test::TreeRow> rows) {
  test::CheckTrees(ExpressionText, rows);
}

TEST_CASE("Parser: Quoted templates") {
  CheckTemplates({{R"("")", "''"},
                  {R"("a")", "'a'"},
                  {R"("${a}")", "(wrap a)"},
                  {R"("${a} ")", "(tmpl a ' ')"},
                  {R"("x${a}y${b}")", "(tmpl 'x' a 'y' b)"},
                  {R"("${a}${b}")", "(tmpl a b)"},
                  {R"("$${a}")", "'${a}'"},
                  {R"("$$${a}")", "'$${a}'"},
                  {R"("$${a}${b}%%{c}")", "(tmpl '${a}' b '%{c}')"},
                  {R"("a\"b\\c\td")", "'a\"b\\c\td'"},
                  {R"("${"x${a}"}")", "(wrap (tmpl 'x' a))"},
                  {R"("${ 1 + 2 }")", "(wrap (+ 1 2))"},
                  {"\"${\n1\n+\n2\n}\"", "(wrap (+ 1 2))"},
                  {R"("${ { a = 1 }.a }")", "(wrap {a: 1}.a)"}});
}

TEST_CASE("Parser: Strip markers take white space from the literals beside them") {
  CheckTemplates({{R"("a ${~ b ~} c")", "(tmpl 'a' b 'c')"},
                  {R"("a \n ${~ b ~} \n c")", "(tmpl 'a' b 'c')"},
                  {R"(" ${~ b ~} ")", "(tmpl '' b '')"},
                  {R"("${~ b ~}")", "(wrap b)"},
                  {R"("a ${~ b } ${ c ~} d")", "(tmpl 'a' b ' ' c 'd')"},
                  {"\"a\xE2\x80\x83${~ b ~}\xC2\xA0\"", "(tmpl 'a' b '')"},
                  {R"("a $${~ b}")", "'a ${~ b}'"}});
  // In heredocs and bare templates no further than their line.
  CheckTemplates({{"<<E\na\n  ${~ b ~}\n  c\nE\n", "(tmpl 'a\\n' b '  c\\n')"},
                  {"<<E\na\n${~ b ~} c\nE\n", "(tmpl 'a' b 'c\\n')"},
                  {"<<E\n\n\n${~ b }\nE\n", "(tmpl '\\n' b '\\n')"}});
  CHECK(TemplateText("a\n  ${~ b ~}  \n  c") == "(tmpl 'a\\n' b '  c')");
  // A '$' or '%' takes the byte between it and the line end into a literal of its own.
  CHECK(TemplateText("a$ \n${~ b }") == "(tmpl 'a$ ' b)");
  CHECK(TemplateText("a%% \n${~ b }") == "(tmpl 'a%% ' b)");
  CHECK(TemplateText("a$\t\r\n${~ b }") == "(tmpl 'a$\t' b)");
  CHECK(TemplateText("a$\r\n${~ b }") == "(tmpl 'a$\r' b)");
  CHECK(TemplateText("a$$\r\n${~ b }") == "(tmpl 'a$$' b)");
  CHECK(TemplateText("a$  \n${~ b }") == "(tmpl 'a$' b)");
  CHECK(TemplateText("a$\n${~ b }") == "(tmpl 'a$' b)");
  CHECK(TemplateText("a$ ${~ b }") == "(tmpl 'a$' b)");
}

TEST_CASE("Parser: Heredocs keep their lines") {
  CheckTemplates({{"<<E\nE\n", "''"},
                  {"<<E\na\nE\n", "'a\\n'"},
                  {"<<E\n  a\n\n b\nE\n", "'  a\\n\\n b\\n'"},
                  {"<<E\na\\n\"$${b}\"\nE\n", "'a\\n\"${b}\"\\n'"},
                  {"<<E\n${a}\nE\n", "(tmpl a '\\n')"},
                  {"<<E\na${b}c\nE\n", "(tmpl 'a' b 'c\\n')"}});
}

TEST_CASE("Parser: Flush heredocs lose the white space that all lines have in common") {
  CheckTemplates({{"<<-E\n  a\n  b\n  E\n", "'a\\nb\\n'"},
                  {"<<-E\n    a\n  b\nE\n", "'  a\\nb\\n'"},
                  {"<<-E\n  a\n\n \n  b\nE\n", "'a\\n\\n \\nb\\n'"},
                  {"<<-E\n\ta\n  b\nE\n", "'a\\n b\\n'"},
                  {"<<-E\n\xE2\x80\x83 a\n  b\nE\n", "'a\\nb\\n'"},
                  {"<<-E\n  a ${b}\n    ${c}\n  E\n", "(tmpl 'a ' b '\\n  ' c '\\n')"},
                  {"<<-E\n${b}\n  c\nE\n", "(tmpl b '\\n  c\\n')"},
                  {"<<-E\n  $${b}\n    c\nE\n", "'${b}\\n  c\\n'"},
                  {"<<-E\nE\n", "''"},
                  {"<<-E\n  \n    \nE\n", "'  \\n    \\n'"},
                  {"<<-E\n  %{ if b ~}\n  x\n  %{ endif ~}\n  E\n",
                   "(tmpl '' (if b (tmpl '  x\\n') (tmpl '')) '')"},
                  {"<<-E\r\n  a\r\n   b\r\n  E\r\n", "'a\r\\n b\r\\n'"}});
}

TEST_CASE("Parser: Bare templates") {
  CHECK(TemplateText("").empty() == false);
  CHECK(TemplateText("") == "''");
  CHECK(TemplateText("a \"b\"\n") == "'a \"b\"\\n'");
  CHECK(TemplateText("${a}") == "(wrap a)");
  CHECK(TemplateText("a ${b}") == "(tmpl 'a ' b)");
  CHECK(TemplateText("\\n $${a}") == "'\\n ${a}'");
  CHECK(TemplateText("${~ a ~} \rx ${b} $${c}") == "(tmpl a '\rx ${b} ${c}')");
}

TEST_CASE("Parser: Spans of templates and their literals") {
  Diagnostics diagnostics;
  const ExpressionPtr tree =
      ParseExpression(test::Source("<<-E\n  ab ${c}\n  d\n  E  \n"), diagnostics);
  const SourceFile& file = *tree->source();
  CHECK(file.TextOf(tree->root().span) == "<<-E\n  ab ${c}\n  d\n  E  ");
  const auto& parts = As<TemplateExpr>(tree->root()).parts;
  REQUIRE(parts.size() == 3);
  CHECK(file.TextOf(parts[0]->span) == "ab ");
  CHECK(file.TextOf(parts[1]->span) == "c");
  CHECK(file.TextOf(parts[2]->span) == "\n  d\n");
}

TEST_CASE("Parser: Broken templates") {
  CheckTemplates({{R"("a)", "1:3 Unterminated template string"},
                  {"<<E\na", "2:2 Unterminated template string"},
                  {R"("${}")", "1:4 Invalid expression"},
                  {R"("${a b}")", "1:6 Extra characters after interpolation expression"},
                  {R"("x ${a:-b}")", "1:7 Extra characters after interpolation expression"},
                  {R"("x ${a")", "1:2 Unclosed template interpolation sequence"},
                  {R"("x ${"b} c")", "1:2 Unclosed template interpolation sequence"},
                  {R"("${a ~ }")", "1:6 Unsupported operator"},
                  {R"("${")", "1:5 Unterminated template string"},
                  {"<<E\nx ${#a}\nE\n", "2:1 Unclosed template interpolation sequence"},
                  {"<<E\n${a\nE\n", "3:1 Extra characters after interpolation expression"}});
  CHECK(TemplateText("${") == "1:3 Missing expression");
  CHECK(TemplateText("x ${a") == "1:1 Unclosed template interpolation sequence");
}

}  // namespace
}  // namespace nmgr::hcl
