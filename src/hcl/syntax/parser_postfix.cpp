// What follows a term: .name, .0, .*, [key], [*]; and calls.
#include <fmt/format.h>

#include "hcl/syntax/parser.h"

namespace nmgr::hcl {
namespace {

constexpr const char* kAttributeNameMissing = "The name of an attribute must follow the dot.";

}  // namespace

const Expr* Parser::ParsePostfix(const Expr* operand) {
  const std::uint32_t begin = operand->span.begin;
  Scratch<TraversalStep> steps(steps_);
  for (;;) {
    switch (Peek().kind) {
      case TokenKind::kDot:
        operand = ParseDot(operand, steps, begin);
        break;
      case TokenKind::kOpenBracket:
        operand = ParseIndex(operand, steps, begin);
        break;
      default:
        return WithSteps(operand, steps);
    }
  }
}

// The operand with the constant steps that have been read since.
const Expr* Parser::WithSteps(const Expr* operand, Scratch<TraversalStep>& steps) {
  if (steps.empty()) return operand;
  const Span span{operand->span.begin, steps.back().span.end};
  const std::span<const TraversalStep> stored = memory_.steps.Move(steps.items());
  steps.Clear();
  if (operand->kind == ExprKind::kTraversal && As<TraversalExpr>(*operand).steps.empty()) {
    const TraversalExpr& root = As<TraversalExpr>(*operand);
    return memory_.arena.New(
        TraversalExpr{{ExprKind::kTraversal, 1, span}, root.root, root.root_span, stored});
  }
  return Make(RelativeTraversalExpr{{ExprKind::kRelativeTraversal, 0, span}, operand, stored},
              {operand});
}

const Expr* Parser::ParseDot(const Expr* operand, Scratch<TraversalStep>& steps,
                             std::uint32_t begin) {
  const Token& dot = Read();
  const Token& next = Peek();
  switch (next.kind) {
    case TokenKind::kIdentifier:
      Read();
      steps.Push({TraversalStep::Kind::kAttribute, {dot.begin, next.end}, TextOf(next), {}});
      return operand;
    case TokenKind::kNumber:
      ParseLegacyIndex(dot, steps, std::nullopt);
      return operand;
    case TokenKind::kStar:
      return ParseAttributeSplat(WithSteps(operand, steps), dot, begin);
    default:
      Error(StartOf(next), "Invalid attribute name", kAttributeNameMissing);
      recovery_ = true;
      return operand;
  }
}

// ".0", an old way to write "[0]". `splat`: the star of the splat it belongs to, if any.
void Parser::ParseLegacyIndex(const Token& dot, Scratch<TraversalStep>& steps,
                              std::optional<Span> splat) {
  const Token& number = Read();
  const std::string_view text = TextOf(number);
  const Span span{dot.begin, number.end};
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) {
    steps.Push({TraversalStep::Kind::kIndex, span, {}, NumberValue(number)});
    return;
  }
  Error(splat.value_or(number.span()), "Invalid legacy index syntax",
        fmt::format("Two indices in a row cannot be written with dots. Use brackets{}: [{}][{}].",
                    splat ? " and a full splat, [*]" : "", text.substr(0, point),
                    text.substr(point + 1)));
  steps.Push({TraversalStep::Kind::kIndex, span, {}, Value::Unknown()});
}

// ".*" and the ".name" and ".0" steps after it, which apply to each element.
const Expr* Parser::ParseAttributeSplat(const Expr* source, const Token& dot, std::uint32_t begin) {
  const Token& star = Read();
  const Span marker{dot.begin, star.end};
  Scratch<TraversalStep> steps(steps_);
  while (PeekIs(TokenKind::kDot)) {
    const Token& step_dot = Read();
    const Token& next = Peek();
    if (next.kind == TokenKind::kNumber) {
      ParseLegacyIndex(step_dot, steps, star.span());
    } else if (next.kind == TokenKind::kIdentifier) {
      Read();
      steps.Push({TraversalStep::Kind::kAttribute, {step_dot.begin, next.end}, TextOf(next), {}});
    } else {
      if (!recovery_) {
        if (next.kind == TokenKind::kStar) {
          Error(next.span(), "Nested splat expression not allowed",
                "A \".*\" cannot apply to the elements of another. Use the full splat, [*].");
        } else {
          Error(star.span(), "Invalid attribute name", kAttributeNameMissing);
        }
      }
      recovery_ = true;
      return source;
    }
  }
  const auto* item = memory_.arena.New(SplatItemExpr{{ExprKind::kSplatItem, 1, marker}});
  const Expr* each = item;
  if (!steps.empty()) {
    const Span span{marker.begin, steps.back().span.end};
    each = Make(
        RelativeTraversalExpr{
            {ExprKind::kRelativeTraversal, 0, span}, item, memory_.steps.Move(steps.items())},
        {item});
  }
  return Make(SplatExpr{{ExprKind::kSplat, 0, {begin, each->span.end}}, source, each, item, marker},
              {source, each});
}

const Expr* Parser::ParseIndex(const Expr* operand, Scratch<TraversalStep>& steps,
                               std::uint32_t begin) {
  const Token& open = Read();
  if (PeekIs(TokenKind::kStar)) return ParseFullSplat(WithSteps(operand, steps), open, begin);

  const LineEnds ignored(*this, false);
  const std::uint64_t errors = errors_;
  const Expr* key = ParseExpression();
  const Token* close = nullptr;
  if (FailedSince(errors)) {
    close = &RecoverTo(TokenKind::kCloseBracket);
  } else {
    close = &Read();
    if (close->kind != TokenKind::kCloseBracket && !recovery_) {
      const Span unexpected = StartOf(*close);
      close = &RecoverTo(TokenKind::kCloseBracket);
      Error(close->span(), "Missing close bracket on index",
            "A bracket after a value holds a single index and must be closed right after it.",
            Span{unexpected.begin, close->end});
    }
  }
  const Span brackets{open.begin, close->end};
  if (key->kind == ExprKind::kLiteral) {
    steps.Push({TraversalStep::Kind::kIndex, brackets, {}, As<LiteralExpr>(*key).value});
    return operand;
  }
  const Expr* collection = WithSteps(operand, steps);
  return Make(
      IndexExpr{
          {ExprKind::kIndex, 0, {begin, brackets.end}}, collection, key, open.span(), brackets},
      {collection, key});
}

// "[*]": everything that follows applies to each element.
const Expr* Parser::ParseFullSplat(const Expr* source, const Token& open, std::uint32_t begin) {
  const Level level(*this);
  Read();
  const Token* close = &Read();
  if (close->kind != TokenKind::kCloseBracket && !recovery_) {
    const Span unexpected = StartOf(*close);
    close = &RecoverTo(TokenKind::kCloseBracket);
    Error(close->span(), "Missing close bracket on splat index",
          "The star of a full splat must be followed by a closing bracket.",
          Span{unexpected.begin, close->end});
  }
  const Span marker{open.begin, close->end};
  const auto* item = memory_.arena.New(SplatItemExpr{{ExprKind::kSplatItem, 1, marker}});
  const Expr* each = ParsePostfix(item);
  return Make(SplatExpr{{ExprKind::kSplat, 0, {begin, each->span.end}}, source, each, item, marker},
              {source, each});
}

// The name has been read; "(" or "::" follows.
const Expr* Parser::ParseCall(const Token& name) {
  Span name_span = name.span();
  Span open_span;
  std::string_view called = TextOf(name);
  if (!ParseCallName(name, called, name_span, open_span))
    return Invalid({name.begin, open_span.end});
  const LineEnds ignored(*this, false);
  Scratch<const Expr*> arguments(exprs_);
  bool expand_last = false;
  const Span close = ParseArguments(name, open_span, arguments, expand_last);
  return Make(CallExpr{{ExprKind::kCall,
                        HighestOf(arguments.items()),
                        {name.begin, std::max(open_span.end, close.end)}},
                       called,
                       name_span,
                       open_span,
                       close,
                       memory_.arena.Copy(std::span<const Expr* const>(arguments.items())),
                       expand_last},
              {});
}

// The rest of a name with "::" in it, and "(".
bool Parser::ParseCallName(const Token& name, std::string_view& called, Span& name_span,
                           Span& open_span) {
  const Token* open = &Read();
  std::string joined;
  while (open->kind == TokenKind::kDoubleColon) {
    const Token& part = Read();
    if (part.kind != TokenKind::kIdentifier) {
      open_span = StartOf(part);
      Error(open_span, "Missing function name", "The name of a function must follow \"::\".",
            Span{name.begin, open_span.end});
      RecoverOverParens();
      return false;
    }
    if (joined.empty()) joined = called;
    joined += "::";
    joined += TextOf(part);
    name_span.end = part.end;
    open = &Read();
  }
  open_span = StartOf(*open);
  if (open->kind == TokenKind::kOpenParen) {
    if (!joined.empty()) called = memory_.arena.Copy(std::string_view(joined));
    return true;
  }
  Error(open_span, "Missing open parenthesis",
        "Names with \"::\" are functions; \"(\" and the arguments must follow.",
        Span{name.begin, open_span.end});
  RecoverOverParens();
  return false;
}

// Up to and with ")", whose place it returns.
Span Parser::ParseArguments(const Token& name, Span open_span, Scratch<const Expr*>& arguments,
                            bool& expand_last) {
  const auto close_after = [](const Token& token) {
    return token.kind == TokenKind::kCloseParen ? token.span() : Span{token.begin, token.begin};
  };
  for (;;) {
    if (PeekIs(TokenKind::kCloseParen)) return Read().span();
    const std::uint64_t errors = errors_;
    arguments.Push(ParseExpression());
    if (FailedSince(errors)) return close_after(RecoverTo(TokenKind::kCloseParen));

    const Token& next = Read();
    const Span at = StartOf(next);
    const Span call{name.begin, at.end};
    switch (next.kind) {
      case TokenKind::kComma:
        break;
      case TokenKind::kCloseParen:
        return next.span();
      case TokenKind::kEllipsis:
        expand_last = true;
        if (PeekIs(TokenKind::kCloseParen)) return Read().span();
        if (!recovery_) {
          Error(at, "Missing closing parenthesis",
                "Only the last argument can be expanded with \"...\"; \")\" must follow.", call);
        }
        return close_after(RecoverTo(TokenKind::kCloseParen));
      case TokenKind::kEof:
        Error({name.begin, open_span.end}, "Unterminated function call",
              "No closing parenthesis for this call follows before the end of the file. A "
              "parenthesis "
              "may be missing or too many elsewhere in the file.");
        return close_after(RecoverTo(TokenKind::kCloseParen));
      default:
        Error(at, "Missing argument separator", "Arguments are separated by commas.", call);
        return close_after(RecoverTo(TokenKind::kCloseParen));
    }
  }
}

}  // namespace nmgr::hcl
