// Which variables an expression refers to, names bound by its for-expressions left out.
#include <algorithm>

#include "hcl/eval/evaluator.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

class ReferenceWalk {
 public:
  void Visit(const Expr& expr);
  std::vector<const TraversalExpr*> found;

 private:
  void VisitFor(const ForExpr& loop);
  void VisitAll(std::span<const Expr* const> exprs) {
    for (const Expr* expr : exprs) Visit(*expr);
  }
  bool IsBound(std::string_view name) const {
    return std::find(bound_.begin(), bound_.end(), name) != bound_.end();
  }
  std::vector<std::string_view> bound_;
};

void ReferenceWalk::VisitFor(const ForExpr& loop) {
  Visit(*loop.collection);
  const std::size_t outer = bound_.size();
  if (!loop.key_name.empty()) bound_.push_back(loop.key_name);
  bound_.push_back(loop.value_name);
  if (loop.key != nullptr) Visit(*loop.key);
  Visit(*loop.value);
  if (loop.condition != nullptr) Visit(*loop.condition);
  bound_.resize(outer);
}

void ReferenceWalk::Visit(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
    case ExprKind::kSplatItem:
    case ExprKind::kInvalid:
      return;
    case ExprKind::kTraversal:
      if (!IsBound(As<TraversalExpr>(expr).root)) found.push_back(&As<TraversalExpr>(expr));
      return;
    case ExprKind::kTemplate:
      return VisitAll(As<TemplateExpr>(expr).parts);
    case ExprKind::kTemplateWrap:
      return Visit(*As<TemplateWrapExpr>(expr).wrapped);
    case ExprKind::kParentheses:
      return Visit(*As<ParenthesesExpr>(expr).inner);
    case ExprKind::kRelativeTraversal:
      return Visit(*As<RelativeTraversalExpr>(expr).source);
    case ExprKind::kIndex:
      Visit(*As<IndexExpr>(expr).collection);
      return Visit(*As<IndexExpr>(expr).key);
    case ExprKind::kSplat:
      Visit(*As<SplatExpr>(expr).source);
      return Visit(*As<SplatExpr>(expr).each);
    case ExprKind::kCall:
      return VisitAll(As<CallExpr>(expr).arguments);
    case ExprKind::kConditional:
      Visit(*As<ConditionalExpr>(expr).condition);
      Visit(*As<ConditionalExpr>(expr).if_true);
      return Visit(*As<ConditionalExpr>(expr).if_false);
    case ExprKind::kBinary:
      Visit(*As<BinaryExpr>(expr).left);
      return Visit(*As<BinaryExpr>(expr).right);
    case ExprKind::kUnary:
      return Visit(*As<UnaryExpr>(expr).operand);
    case ExprKind::kTuple:
      return VisitAll(As<TupleExpr>(expr).items);
    case ExprKind::kObject:
      for (const ObjectItem& item : As<ObjectExpr>(expr).items) {
        if (!item.bare_key) Visit(*item.key);
        Visit(*item.value);
      }
      return;
    case ExprKind::kFor:
      return VisitFor(As<ForExpr>(expr));
    case ExprKind::kTemplateFor:
      return VisitFor(*As<TemplateForExpr>(expr).loop);
  }
}

}  // namespace

std::vector<const TraversalExpr*> References(const Expr& expr) {
  ReferenceWalk walk;
  walk.Visit(expr);
  return std::move(walk.found);
}

namespace {

// The text with U+FFFD for every byte that is no UTF-8: a comment within a reference may hold any.
std::string Utf8Of(std::string text) {
  if (IsValidUtf8(text)) return text;
  std::string valid;
  for (std::string_view rest = text; !rest.empty();) {
    std::size_t length = 0;
    AppendCodePoint(DecodeCodePoint(rest, length), valid);
    rest.remove_prefix(length);
  }
  return valid;
}

}  // namespace

std::string LiteralReference(std::string_view text, Span reference, std::int64_t& budget) {
  const std::string_view name = text.substr(reference.begin, reference.end - reference.begin);
  std::size_t open = reference.begin;
  while (open > 0 && text[open - 1] == ' ') --open;
  budget -= static_cast<std::int64_t>(reference.end - open);
  const bool bracketed = open >= 2 && text[open - 1] == '{' && text[open - 2] == '$';
  if (!bracketed) return Utf8Of("${" + std::string(name) + "}");

  std::string result(text.substr(open - 2, reference.end - (open - 2)));
  // Starts one byte late and repeats what it has passed at every brace, as Nomad does.
  for (std::size_t at = reference.end + 1; at < text.size() && budget >= 0; ++at, --budget) {
    if (text[at] == '}') {
      result += text.substr(reference.end, at - reference.end);
      budget -= static_cast<std::int64_t>(at - reference.end);
    } else if (text[at] != ' ') {
      result += '}';
      break;
    }
  }
  return Utf8Of(std::move(result));
}

Span StartSpan(const Expr& expr, const SourceFile& file) {
  switch (expr.kind) {
    case ExprKind::kLiteral: {
      const std::string_view text = file.TextOf(expr.span);
      if (!text.starts_with('"') && !text.starts_with("<<")) return expr.span;
      const Value& value = As<LiteralExpr>(expr).value;
      if (value.kind() != Kind::kString || value.as_string().empty()) {
        return {expr.span.end, expr.span.end};
      }
      const std::size_t skip = text.starts_with('"') ? 1 : text.find('\n') + 1;
      return {expr.span.begin + static_cast<std::uint32_t>(skip), expr.span.end};
    }
    case ExprKind::kTemplate: {
      const auto& parts = As<TemplateExpr>(expr).parts;
      return parts.empty() ? Span{expr.span.end, expr.span.end} : StartSpan(*parts[0], file);
    }
    case ExprKind::kIndex:
      return As<IndexExpr>(expr).open_span;
    case ExprKind::kSplat:
      return As<SplatExpr>(expr).marker_span;
    case ExprKind::kCall:
      return {As<CallExpr>(expr).name_span.begin, As<CallExpr>(expr).open_span.end};
    case ExprKind::kConditional:
      return StartSpan(*As<ConditionalExpr>(expr).condition, file);
    case ExprKind::kBinary:
      return StartSpan(*As<BinaryExpr>(expr).left, file);
    case ExprKind::kUnary:
      return As<UnaryExpr>(expr).symbol_span;
    case ExprKind::kTuple:
      return As<TupleExpr>(expr).open_span;
    case ExprKind::kObject:
      return As<ObjectExpr>(expr).open_span;
    case ExprKind::kFor:
      return As<ForExpr>(expr).open_span;
    case ExprKind::kTemplateFor:
      return As<TemplateForExpr>(expr).loop->open_span;
    case ExprKind::kParentheses:
      return StartSpan(*As<ParenthesesExpr>(expr).inner, file);
    case ExprKind::kTemplateWrap:
    case ExprKind::kTraversal:
    case ExprKind::kRelativeTraversal:
    case ExprKind::kSplatItem:
    case ExprKind::kInvalid:
      return expr.span;
  }
  return expr.span;
}

}  // namespace nmgr::hcl
