// Trees, tokens and diagnostics as short text, so that a test is a table of source and expectation;
// and the check that the spans of a tree nest.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <initializer_list>
#include <memory>
#include <string>

#include "nmgr/hcl/syntax/parse.h"

namespace nmgr::hcl::test {

inline SourcePtr Source(std::string_view text) {
  return std::make_shared<SourceFile>("t.hcl", std::string(text));
}

inline std::string ValueText(const Value& value) {
  if (!value.is_known()) return "?";
  if (value.is_null()) return "null";
  if (value.kind() == Kind::kBool) return value.as_bool() ? "true" : "false";
  if (value.kind() == Kind::kNumber) return value.as_number().ToString();
  std::string text;
  for (const char c : value.as_string()) {
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return fmt::format("'{}'", text);
}

// Lisp-like: (+ 1 (* a.b 2)), (if c 'x' 'y'), (call f 1 2...), [1 2], {k: v}, (wrap a), (tmpl 'x'
// a).
class TreeText {
 public:
  static std::string Of(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kLiteral:
        return ValueText(As<LiteralExpr>(expr).value);
      case ExprKind::kTemplate:
        return fmt::format("(tmpl{})", List(As<TemplateExpr>(expr).parts));
      case ExprKind::kTemplateWrap:
        return fmt::format("(wrap {})", Of(*As<TemplateWrapExpr>(expr).wrapped));
      case ExprKind::kTraversal:
        return fmt::format("{}{}", As<TraversalExpr>(expr).root,
                           Steps(As<TraversalExpr>(expr).steps));
      case ExprKind::kRelativeTraversal:
        return fmt::format("{}{}", Of(*As<RelativeTraversalExpr>(expr).source),
                           Steps(As<RelativeTraversalExpr>(expr).steps));
      case ExprKind::kIndex:
        return fmt::format("(index {} {})", Of(*As<IndexExpr>(expr).collection),
                           Of(*As<IndexExpr>(expr).key));
      case ExprKind::kSplat:
        return fmt::format("(splat {} {})", Of(*As<SplatExpr>(expr).source),
                           Of(*As<SplatExpr>(expr).each));
      case ExprKind::kCall:
        return fmt::format("(call {}{}{})", As<CallExpr>(expr).name,
                           List(As<CallExpr>(expr).arguments),
                           As<CallExpr>(expr).expand_last ? "..." : "");
      case ExprKind::kConditional:
        return fmt::format("(if {} {} {})", Of(*As<ConditionalExpr>(expr).condition),
                           Of(*As<ConditionalExpr>(expr).if_true),
                           Of(*As<ConditionalExpr>(expr).if_false));
      case ExprKind::kBinary:
        return fmt::format("({} {} {})", kOperators[static_cast<int>(As<BinaryExpr>(expr).op)],
                           Of(*As<BinaryExpr>(expr).left), Of(*As<BinaryExpr>(expr).right));
      case ExprKind::kUnary:
        return fmt::format("({} {})", As<UnaryExpr>(expr).op == UnaryOp::kNot ? "not" : "neg",
                           Of(*As<UnaryExpr>(expr).operand));
      case ExprKind::kTuple: {
        const std::string items = List(As<TupleExpr>(expr).items);
        return fmt::format("[{}]", items.empty() ? items : items.substr(1));
      }
      case ExprKind::kObject:
        return Object(As<ObjectExpr>(expr));
      case ExprKind::kFor:
        return For(As<ForExpr>(expr));
      case ExprKind::kParentheses:
        return fmt::format("(paren {})", Of(*As<ParenthesesExpr>(expr).inner));
      case ExprKind::kTemplateFor:
        return fmt::format("(join {})", Of(*As<TemplateForExpr>(expr).loop));
      case ExprKind::kSplatItem:
        return "@";
      case ExprKind::kInvalid:
        return "invalid";
    }
    return "";
  }

  // name = expr; and type "label" { ... }
  static std::string Of(const Body& body) {
    std::string text;
    for (const BodyItem& item : body.items) {
      if (!text.empty()) text += ' ';
      if (item.attribute != nullptr) {
        text += fmt::format("{} = {};", item.attribute->name, Of(*item.attribute->expr));
        continue;
      }
      text += item.block->type;
      for (const Label& label : item.block->labels) text += fmt::format(" \"{}\"", label.text);
      text += fmt::format(" {{{}}}", Of(*item.block->body));
    }
    return text;
  }

 private:
  static constexpr const char* kOperators[] = {"||", "&&", "==", "!=", ">", ">=", "<",
                                               "<=", "+",  "-",  "*",  "/", "%"};

  static std::string List(std::span<const Expr* const> items) {
    std::string text;
    for (const Expr* item : items) text += fmt::format(" {}", Of(*item));
    return text;
  }
  static std::string Steps(std::span<const TraversalStep> steps) {
    std::string text;
    for (const TraversalStep& step : steps) {
      text += step.kind == TraversalStep::Kind::kAttribute
                  ? fmt::format(".{}", step.name)
                  : fmt::format("[{}]", ValueText(step.key));
    }
    return text;
  }
  static std::string Object(const ObjectExpr& object) {
    std::string text;
    for (const ObjectItem& item : object.items) {
      if (!text.empty()) text += ", ";
      if (item.ambiguous_key) text += "ambiguous ";
      text +=
          item.bare_key ? std::string(As<LiteralExpr>(*item.key).value.as_string()) : Of(*item.key);
      text += fmt::format(": {}", Of(*item.value));
    }
    return fmt::format("{{{}}}", text);
  }
  static std::string For(const ForExpr& loop) {
    std::string text = "(for ";
    if (!loop.key_name.empty()) text += fmt::format("{},", loop.key_name);
    text += fmt::format("{} {} : ", loop.value_name, Of(*loop.collection));
    if (loop.key != nullptr) text += fmt::format("{} => ", Of(*loop.key));
    text += Of(*loop.value);
    if (loop.group) text += "...";
    if (loop.condition != nullptr) text += fmt::format(" if {}", Of(*loop.condition));
    return text += ")";
  }
};

// "line:column summary" of the first diagnostic, "" without one.
inline std::string FirstError(const Diagnostics& diagnostics) {
  if (diagnostics.empty()) return {};
  const Diagnostic& first = diagnostics.items().front();
  const SourcePos pos = first.file->PosAt(first.subject->begin);
  return fmt::format("{}:{} {}", pos.line, pos.column, first.summary);
}

// The tree, or the first error.
inline std::string ExpressionText(std::string_view text) {
  Diagnostics diagnostics;
  const ExpressionPtr tree = ParseExpression(Source(text), diagnostics);
  return diagnostics.empty() ? TreeText::Of(tree->root()) : FirstError(diagnostics);
}
inline std::string TemplateText(std::string_view text) {
  Diagnostics diagnostics;
  const ExpressionPtr tree = ParseTemplate(Source(text), diagnostics);
  return diagnostics.empty() ? TreeText::Of(tree->root()) : FirstError(diagnostics);
}
inline std::string BodyText(std::string_view text) {
  Diagnostics diagnostics;
  const BodyPtr tree = ParseBody(Source(text), diagnostics);
  return diagnostics.empty() ? TreeText::Of(tree->root()) : FirstError(diagnostics);
}

struct TreeRow {
  std::string_view text;
  std::string_view tree;  // or the first error
};

inline void CheckTrees(std::string (*tree_text)(std::string_view),
                       std::initializer_list<TreeRow> rows) {
  for (const TreeRow& row : rows) {
    CAPTURE(row.text);
    CHECK(tree_text(row.text) == row.tree);
  }
}

}  // namespace nmgr::hcl::test
