// What holds for every tree, that of a broken text too: spans nest and lie in the text, heights are
// right. Tests and fuzzers call it.
#pragma once

#include <algorithm>
#include <string>

#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::hcl::test {

class TreeCheck {
 public:
  explicit TreeCheck(const SourceFile& source)
      : whole_{0, static_cast<std::uint32_t>(source.text().size())} {}

  // Empty if all is well, else the first fault.
  const std::string& fault() const { return fault_; }

  // Whether a kInvalid node was met.
  bool has_holes() const { return has_holes_; }

  void Check(const Body& body) { CheckBody(body, whole_); }
  void Check(const Expr& expr) { CheckExpr(expr, whole_); }

 private:
  void Inside(Span inner, Span outer, const char* what) {
    if (inner.begin <= inner.end && inner.begin >= outer.begin && inner.end <= outer.end) return;
    if (!fault_.empty()) return;
    fault_ = std::string(what) + " " + Text(inner) + " is not inside " + Text(outer);
  }
  static std::string Text(Span span) {
    return std::to_string(span.begin) + "-" + std::to_string(span.end);
  }

  void CheckBody(const Body& body, Span outer) {
    Inside(body.span, outer, "body");
    Inside(body.end_span, outer, "body end");
    std::uint32_t after = 0;
    for (const BodyItem& item : body.items) {
      if ((item.attribute != nullptr) == (item.block != nullptr))
        fault_ = "neither attribute nor block";
      const std::uint32_t begin =
          item.attribute != nullptr ? item.attribute->span.begin : item.block->type_span.begin;
      if (begin < after) fault_ = "items out of order";
      after = begin + 1;
      if (item.attribute != nullptr) {
        CheckAttribute(*item.attribute, outer);
      } else {
        CheckBlock(*item.block, outer);
      }
    }
  }
  void CheckAttribute(const Attribute& attribute, Span outer) {
    Inside(attribute.span, outer, "attribute");
    Inside(attribute.name_span, attribute.span, "attribute name");
    Inside(attribute.equals_span, attribute.span, "equals sign");
    CheckExpr(*attribute.expr, outer);
  }
  void CheckBlock(const Block& block, Span outer) {
    Inside(block.type_span, outer, "block type");
    Inside(block.HeaderSpan(), outer, "block header");
    for (const Label& label : block.labels) Inside(label.span, block.HeaderSpan(), "label");
    Inside(block.open_span, outer, "opening brace");
    Inside(block.close_span, outer, "closing brace");
    CheckBody(*block.body, outer);
  }

  void Child(const Expr& child, const Expr& parent, const char* what) {
    Inside(child.span, parent.span, what);
    CheckExpr(child, parent.span);
    if (child.height >= parent.height && fault_.empty())
      fault_ = "a child is as high as its parent";
  }
  void Steps(std::span<const TraversalStep> steps, const Expr& parent) {
    for (const TraversalStep& step : steps) Inside(step.span, parent.span, "step");
  }

  void CheckExpr(const Expr& expr, Span outer) {
    Inside(expr.span, outer, "expression");
    if (expr.height < 1 || expr.height > kMaxTreeHeight) fault_ = "height out of range";
    switch (expr.kind) {
      case ExprKind::kLiteral:
      case ExprKind::kSplatItem:
        return;
      case ExprKind::kInvalid:
        has_holes_ = true;
        return;
      case ExprKind::kTemplate:
        for (const Expr* part : As<TemplateExpr>(expr).parts) Child(*part, expr, "template part");
        return;
      case ExprKind::kTemplateWrap:
        return Child(*As<TemplateWrapExpr>(expr).wrapped, expr, "wrapped expression");
      case ExprKind::kTraversal:
        Inside(As<TraversalExpr>(expr).root_span, expr.span, "root name");
        return Steps(As<TraversalExpr>(expr).steps, expr);
      case ExprKind::kRelativeTraversal:
        Child(*As<RelativeTraversalExpr>(expr).source, expr, "traversed expression");
        return Steps(As<RelativeTraversalExpr>(expr).steps, expr);
      case ExprKind::kIndex:
        Child(*As<IndexExpr>(expr).collection, expr, "indexed expression");
        Inside(As<IndexExpr>(expr).brackets_span, expr.span, "brackets");
        return Child(*As<IndexExpr>(expr).key, expr, "index");
      case ExprKind::kSplat:
        Child(*As<SplatExpr>(expr).source, expr, "splat source");
        return Child(*As<SplatExpr>(expr).each, expr, "splat tail");
      case ExprKind::kCall:
        Inside(As<CallExpr>(expr).name_span, expr.span, "function name");
        for (const Expr* part : As<CallExpr>(expr).arguments) Child(*part, expr, "argument");
        return;
      case ExprKind::kConditional:
        Child(*As<ConditionalExpr>(expr).condition, expr, "condition");
        Child(*As<ConditionalExpr>(expr).if_true, expr, "true branch");
        return Child(*As<ConditionalExpr>(expr).if_false, expr, "false branch");
      case ExprKind::kBinary:
        Child(*As<BinaryExpr>(expr).left, expr, "left operand");
        return Child(*As<BinaryExpr>(expr).right, expr, "right operand");
      case ExprKind::kUnary:
        return Child(*As<UnaryExpr>(expr).operand, expr, "operand");
      case ExprKind::kTuple:
        for (const Expr* part : As<TupleExpr>(expr).items) Child(*part, expr, "item");
        return;
      case ExprKind::kObject:
        for (const ObjectItem& item : As<ObjectExpr>(expr).items) {
          Child(*item.key, expr, "key");
          Child(*item.value, expr, "value");
        }
        return;
      case ExprKind::kFor:
        return CheckFor(As<ForExpr>(expr));
      case ExprKind::kParentheses:
        return Child(*As<ParenthesesExpr>(expr).inner, expr, "inner expression");
      case ExprKind::kTemplateFor:
        return Child(*As<TemplateForExpr>(expr).loop, expr, "loop");
    }
  }
  void CheckFor(const ForExpr& loop) {
    Child(*loop.collection, loop, "collection");
    if (loop.key != nullptr) Child(*loop.key, loop, "loop key");
    Child(*loop.value, loop, "loop value");
    if (loop.condition != nullptr) Child(*loop.condition, loop, "loop condition");
  }

  Span whole_;
  std::string fault_;
  bool has_holes_ = false;
};

}  // namespace nmgr::hcl::test
