// Templates from parts to a tree: %{ if } and %{ for } with what is between them.
#include <fmt/format.h>

#include "hcl/syntax/parser.h"

namespace nmgr::hcl {
namespace {

const char* EndName(bool is_for) { return is_for ? "endfor" : "endif"; }

}  // namespace

// `parts` ends with kEnd.
const Expr* Parser::BuildTemplate(const Parts& parts, Span span) {
  Scratch<const Expr*> exprs(exprs_);
  for (std::size_t at = 0; parts[at].kind != TemplatePart::Kind::kEnd;) {
    exprs.Push(BuildPart(parts, at));
  }
  return MakeTemplate(exprs.items(), span);
}

const Expr* Parser::MakeTemplate(std::span<const Expr* const> parts, Span span) {
  return Make(
      TemplateExpr{{ExprKind::kTemplate, HighestOf(parts), span}, memory_.arena.Copy(parts)}, {});
}

const Expr* Parser::BuildPart(const Parts& parts, std::size_t& at) {
  const TemplatePart& part = parts[at];
  switch (part.kind) {
    case TemplatePart::Kind::kLiteral:
      ++at;
      return Literal(part.span, LiteralValue(part));
    case TemplatePart::Kind::kExpr:
      ++at;
      return part.expr;
    case TemplatePart::Kind::kIf:
      return BuildIf(parts, at);
    case TemplatePart::Kind::kFor:
      return BuildFor(parts, at);
    case TemplatePart::Kind::kElse:
    case TemplatePart::Kind::kEndIf:
    case TemplatePart::Kind::kEndFor:
    case TemplatePart::Kind::kEnd:
      break;
  }
  ++at;
  Error(part.span, fmt::format("Unexpected {} directive", DirectiveName(part.kind)),
        "There is no directive before it that it could belong to.");
  return Invalid(part.span);
}

const char* Parser::DirectiveName(TemplatePart::Kind kind) {
  if (kind == TemplatePart::Kind::kElse) return "else";
  return EndName(kind == TemplatePart::Kind::kEndFor);
}

// A directive that is missing its end, or has a wrong one at `part`.
const Expr* Parser::UnbalancedDirective(const TemplatePart& open, const TemplatePart& part,
                                        bool had_else) {
  if (gave_up_) return Invalid(part.span);
  const bool is_for = open.kind == TemplatePart::Kind::kFor;
  const char* name = is_for ? "for" : "if";
  if (part.kind == TemplatePart::Kind::kEnd) {
    Error(part.span, "Unexpected end of template",
          fmt::format("The \"{}\" directive at {} has no \"{}\".", name, Describe(open.span),
                      EndName(is_for)),
          open.span);
  } else if (part.kind == TemplatePart::Kind::kElse) {
    Error(part.span, "Unexpected else directive",
          had_else ? fmt::format("The \"if\" directive at {} already has an \"else\".",
                                 Describe(open.span))
                   : std::string("A \"for\" directive has no \"else\"."),
          open.span);
  } else {
    Error(part.span, fmt::format("Unexpected {} directive", DirectiveName(part.kind)),
          fmt::format("The \"{}\" directive at {} must be ended first, with \"{}\".", name,
                      Describe(open.span), EndName(is_for)),
          open.span);
  }
  return Invalid(part.span);
}

// One body of a directive as a template; "" at `empty_at` if there is nothing in it.
const Expr* Parser::BuildBranch(Scratch<const Expr*>& exprs, std::uint32_t empty_at) {
  if (exprs.empty()) exprs.Push(Literal({empty_at, empty_at}, Value::Of(std::string_view())));
  const std::span<const Expr*> items = exprs.items();
  return MakeTemplate(items, {items.front()->span.begin, items.back()->span.end});
}

const Expr* Parser::BuildIf(const Parts& parts, std::size_t& at) {
  const Level level(*this);
  const TemplatePart& open = parts[at++];
  if (level.too_deep()) at = parts.size() - 1;
  const Expr* if_true = nullptr;
  Scratch<const Expr*> exprs(exprs_);
  for (;;) {
    const TemplatePart& part = parts[at];
    if (part.kind == TemplatePart::Kind::kElse && if_true == nullptr) {
      ++at;
      if_true = BuildBranch(exprs, open.span.end);
      exprs.Clear();
    } else if (part.kind == TemplatePart::Kind::kEndIf) {
      ++at;
      if (if_true == nullptr) {
        if_true = BuildBranch(exprs, open.span.end);
        exprs.Clear();
      }
      const Expr* if_false = BuildBranch(exprs, part.span.begin);
      return Make(ConditionalExpr{{ExprKind::kConditional, 0, {open.span.begin, part.span.end}},
                                  open.expr,
                                  if_true,
                                  if_false},
                  {open.expr, if_true, if_false});
    } else if (EndsBranch(part.kind)) {
      if (part.kind != TemplatePart::Kind::kEnd) ++at;
      if (level.too_deep()) return Invalid(open.span);
      return UnbalancedDirective(open, part, if_true != nullptr);
    } else {
      exprs.Push(BuildPart(parts, at));
    }
  }
}

const Expr* Parser::BuildFor(const Parts& parts, std::size_t& at) {
  const Level level(*this);
  const TemplatePart& open = parts[at++];
  if (level.too_deep()) at = parts.size() - 1;
  Scratch<const Expr*> exprs(exprs_);
  for (; !EndsBranch(parts[at].kind);) exprs.Push(BuildPart(parts, at));
  const TemplatePart& part = parts[at];
  if (part.kind != TemplatePart::Kind::kEnd) ++at;
  if (level.too_deep()) return Invalid(open.span);
  if (part.kind != TemplatePart::Kind::kEndFor) return UnbalancedDirective(open, part, false);
  ForExpr loop{};
  loop.kind = ExprKind::kFor;
  loop.span = {open.span.begin, part.span.end};
  loop.key_name = open.key_name;
  loop.value_name = open.value_name;
  loop.collection = open.expr;
  loop.value = BuildBranch(exprs, open.span.end);
  loop.open_span = open.span;
  loop.close_span = part.span;
  const Expr* made = Make(loop, {loop.collection, loop.value});
  if (made->kind != ExprKind::kFor) return made;
  return Make(TemplateForExpr{{ExprKind::kTemplateFor, 0, loop.span}, &As<ForExpr>(*made)}, {made});
}

bool Parser::EndsBranch(TemplatePart::Kind kind) {
  return kind == TemplatePart::Kind::kElse || kind == TemplatePart::Kind::kEndIf ||
         kind == TemplatePart::Kind::kEndFor || kind == TemplatePart::Kind::kEnd;
}

}  // namespace nmgr::hcl
