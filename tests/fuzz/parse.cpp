// Spans nest, heights are right, a tree without holes goes with no error and the reverse; an
// expression means the same in parentheses.

#include "nmgr/hcl/syntax/parse.h"

#include "fuzz/fuzz.h"
#include "hcl/syntax/tree_check.h"
#include "hcl/syntax/tree_text.h"

namespace nmgr::fuzz {
namespace {

using hcl::Diagnostics;
using hcl::ExprKind;
using hcl::test::TreeText;

template <class Tree>
void CheckTree(const Tree& tree, const Diagnostics& diagnostics) {
  hcl::test::TreeCheck check(*tree.source());
  check.Check(tree.root());
  RequireNone(check.fault());
  Require(!check.has_holes() || diagnostics.HasErrors(), "a tree with holes and no error");
  Require(diagnostics.error_count() == diagnostics.size(), "the parser gives errors only");
  Require(diagnostics.size() <= 2 * static_cast<std::size_t>(hcl::kMaxErrors), "too many errors");
  Lines(diagnostics);
}

// The steps of a traversal follow each other and end where it ends.
void CheckTraversal(const hcl::TraversalExpr& expr, const hcl::SourceFile& source) {
  Require(source.TextOf(expr.root_span) == expr.root, "the root name is not that of the text");
  std::uint32_t end = expr.root_span.end;
  for (const hcl::TraversalStep& step : expr.steps) {
    Require(step.span.begin >= end && step.span.begin < step.span.end, "steps overlap");
    end = step.span.end;
  }
  Require(end == expr.span.end, "the steps do not end with the traversal");
}

void CheckExpression(std::string_view text) {
  Diagnostics diagnostics;
  const hcl::ExpressionPtr tree = hcl::ParseExpression(Source(text), diagnostics);
  CheckTree(*tree, diagnostics);
  if (tree->root().kind == ExprKind::kTraversal && !diagnostics.HasErrors()) {
    CheckTraversal(hcl::As<hcl::TraversalExpr>(tree->root()), *tree->source());
  }
  const bool is_high = tree->root().height > hcl::kMaxNesting / 2;
  if (diagnostics.HasErrors() || is_high || text.starts_with("\xEF\xBB\xBF")) return;
  const hcl::ExpressionPtr inner =
      hcl::ParseExpression(Source("(" + std::string(text) + "\n)"), diagnostics);
  Require(!diagnostics.HasErrors(),
          "an expression is wrong in parentheses only: " + Lines(diagnostics));
  Require(TreeText::Of(inner->root()) == "(paren " + TreeText::Of(tree->root()) + ")",
          "parentheses change an expression");
}

}  // namespace

void Parse(std::string_view text) {
  Diagnostics diagnostics;
  const hcl::BodyPtr body = hcl::ParseBody(Source(text), diagnostics);
  CheckTree(*body, diagnostics);
  CheckExpression(text);
  Diagnostics of_template;
  const hcl::ExpressionPtr tree = hcl::ParseTemplate(Source(text), of_template);
  CheckTree(*tree, of_template);
}

}  // namespace nmgr::fuzz
