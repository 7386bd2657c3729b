#include <catch2/catch.hpp>

#include "hcl/syntax/tree_check.h"
#include "hcl/syntax/tree_text.h"

namespace nmgr::hcl {
namespace {

using test::ExpressionText;

void CheckPostfix(std::initializer_list<test::TreeRow> rows) {
  test::CheckTrees(ExpressionText, rows);
}

TEST_CASE("Parser: Constant steps belong to a traversal") {
  CheckPostfix({{"a.b.c", "a.b.c"},
                {"a . b", "a.b"},
                {"a[0]", "a[0]"},
                {"a[\"k\"].b", "a['k'].b"},
                {"a[<<E\nk\nE\n]", "a['k\\n']"},
                {"a.0.b", "a[0].b"},
                {"a[\n0\n]", "a[0]"},
                {"(a).b", "(paren a).b"},
                {"[1][0]", "[1][0]"},
                {"f().b.c[1]", "(call f).b.c[1]"},
                {"true.b", "true.b"},
                {"a.for.if", "a.for.if"}});
}

TEST_CASE("Parser: Computed steps are index expressions") {
  CheckPostfix({{"a[b]", "(index a b)"},
                {"a.b[c].d", "(index a.b c).d"},
                {"a[(0)]", "(index a (paren 0))"},
                {"a[-1]", "(index a (neg 1))"},
                {"a[\"${b}\"]", "(index a (wrap b))"},
                {"a[b][c]", "(index (index a b) c)"}});
}

TEST_CASE("Parser: Splats") {
  CheckPostfix({{"a.*", "(splat a @)"},
                {"a.*.b.c", "(splat a @.b.c)"},
                {"a.*.b.0", "(splat a @.b[0])"},
                {"a.*.b[0]", "(splat a @.b)[0]"},
                {"a[*]", "(splat a @)"},
                {"a[*].b[0]", "(splat a @.b[0])"},
                {"a[*].b[*].c", "(splat a (splat @.b @.c))"},
                {"a[*][b]", "(splat a (index @ b))"},
                {"a.b[*].c", "(splat a.b @.c)"},
                {"a.*[0].*", "(splat (splat a @)[0] @)"}});
}

TEST_CASE("Parser: The tail of a splat holds the item that it applies to") {
  for (const std::string_view text :
       {"a.*", "a.*.b.0", "a[*].b[c]", "a.*.b[*].c.d", "a.*[0].*.b"}) {
    CAPTURE(text);
    Diagnostics diagnostics;
    const ExpressionPtr tree = ParseExpression(test::Source(text), diagnostics);
    test::TreeCheck check(*tree->source());
    check.Check(tree->root());
    CHECK(check.fault().empty());
  }
}

TEST_CASE("Parser: Calls") {
  CheckPostfix({{"f()", "(call f)"},
                {"f(1, a)", "(call f 1 a)"},
                {"f(1,)", "(call f 1)"},
                {"f(\n1,\n2\n)", "(call f 1 2)"},
                {"f(a...)", "(call f a...)"},
                {"f(1, a ...)", "(call f 1 a...)"},
                {"a::b::c(1)", "(call a::b::c 1)"},
                {"a :: b ()", "(call a::b)"},
                {"f (1)", "(call f 1)"},
                {"f(g(1))", "(call f (call g 1))"}});
}

TEST_CASE("Parser: Broken steps and calls") {
  CheckPostfix({{"a.", "1:3 Invalid attribute name"},
                {"a..b", "1:3 Invalid attribute name"},
                {"a.\"b\"", "1:3 Invalid attribute name"},
                {"a.0.1", "1:3 Invalid legacy index syntax"},
                {"a.*.0.1", "1:3 Invalid legacy index syntax"},
                {"a.*.*", "1:5 Nested splat expression not allowed"},
                {"a.*.", "1:3 Invalid attribute name"},
                {"a[]", "1:3 Invalid expression"},
                {"a[0,1]", "1:6 Missing close bracket on index"},
                {"a[*,1]", "1:6 Missing close bracket on splat index"},
                {"a[0", "1:4 Missing close bracket on index"},
                {"f(", "1:3 Missing expression"},
                {"f(1", "1:1 Unterminated function call"},
                {"f(,1)", "1:3 Invalid expression"},
                {"f(1 2)", "1:5 Missing argument separator"},
                {"f(a..., 1)", "1:4 Missing closing parenthesis"},
                {"a::1()", "1:4 Missing function name"},
                {"a::b", "1:5 Missing open parenthesis"},
                {"::b()", "1:1 Invalid expression"}});
}

}  // namespace
}  // namespace nmgr::hcl
