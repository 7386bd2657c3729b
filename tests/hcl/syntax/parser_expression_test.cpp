#include <catch2/catch.hpp>

#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::ExpressionText;

void CheckExpressions(std::initializer_list<test::TreeRow> rows) {
  test::CheckTrees(ExpressionText, rows);
}

TEST_CASE("Parser: Terms") {
  CheckExpressions({{"1", "1"},
                    {"1.50", "1.5"},
                    {"1e3", "1000"},
                    {"007", "7"},
                    {"123456789012345678", "123456789012345678"},
                    {"1234567890123456789012", "1234567890123456789012"},
                    {"true", "true"},
                    {"false", "false"},
                    {"null", "null"},
                    {"a", "a"},
                    {"trueish", "trueish"},
                    {"(1)", "(paren 1)"},
                    {"\"a\"", "'a'"}});
}

TEST_CASE("Parser: Precedence, low to high, and association to the left") {
  CheckExpressions({{"1 + 2 * 3", "(+ 1 (* 2 3))"},
                    {"1 * 2 + 3", "(+ (* 1 2) 3)"},
                    {"1 - 2 - 3", "(- (- 1 2) 3)"},
                    {"8 / 4 % 3 * 2", "(* (% (/ 8 4) 3) 2)"},
                    {"a || b && c", "(|| a (&& b c))"},
                    {"a && b || c", "(|| (&& a b) c)"},
                    {"a == b && c != d", "(&& (== a b) (!= c d))"},
                    {"a == b > c", "(== a (> b c))"},
                    {"1 < 2 < 3", "(< (< 1 2) 3)"},
                    {"1 <= 2 == 3 >= 4", "(== (<= 1 2) (>= 3 4))"},
                    {"1 + 2 < 3 * 4", "(< (+ 1 2) (* 3 4))"},
                    {"(1 + 2) * 3", "(* (paren (+ 1 2)) 3)"},
                    {"-1 * 2", "(* (neg 1) 2)"},
                    {"-a.b[0]", "(neg a.b[0])"},
                    {"!a && b", "(&& (not a) b)"},
                    {"--1", "(neg (neg 1))"},
                    {"!!true", "(not (not true))"},
                    {"1 - -1", "(- 1 (neg 1))"}});
}

TEST_CASE("Parser: Conditionals") {
  CheckExpressions({{"a ? b : c", "(if a b c)"},
                    {"a ? b : c ? d : e", "(if a b (if c d e))"},
                    {"a ? b ? c : d : e", "(if a (if b c d) e)"},
                    {"a || b ? c : d + 1", "(if (|| a b) c (+ d 1))"},
                    {"a ? b", "1:6 Missing false expression in conditional"},
                    {"a ? : b", "1:5 Invalid expression"},
                    {"a ? b : ", "1:9 Missing expression"}});
}

TEST_CASE("Parser: Line ends mean nothing in a lone expression") {
  CheckExpressions({{"1\n+\n2\n", "(+ 1 2)"}, {"\n\n1", "1"}, {"a # c\n", "a"}});
}

TEST_CASE("Parser: Broken expressions") {
  CheckExpressions({{"", "1:1 Missing expression"},
                    {"1 +", "1:4 Missing expression"},
                    {"* 1", "1:1 Invalid expression"},
                    {"+1", "1:1 Invalid expression"},
                    {"1 2", "1:3 Extra characters after expression"},
                    {"(1", "1:3 Unbalanced parentheses"},
                    {"(1 2)", "1:4 Unbalanced parentheses"},
                    {"()", "1:2 Invalid expression"},
                    {"1..2", "1:1 Invalid number literal"},
                    {"1e5.5", "1:1 Invalid number literal"},
                    {"'x'", "1:1 Invalid character"}});
}

TEST_CASE("Parser: A bad number has the type of one all the same") {
  Diagnostics diagnostics;
  const ExpressionPtr tree = ParseExpression(test::Source("1.2.3"), diagnostics);
  REQUIRE(tree->root().kind == ExprKind::kLiteral);
  CHECK(As<LiteralExpr>(tree->root()).value == Value::Unknown(Type::Number()));
}

}  // namespace
}  // namespace nmgr::hcl
