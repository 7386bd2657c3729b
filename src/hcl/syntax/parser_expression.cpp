// The expressions of parser.h: operators by precedence, and terms.
#include <array>

#include "hcl/syntax/parser.h"

namespace nmgr::hcl {
namespace {

struct Operator {
  int level = 0;  // 0: none; higher binds closer
  BinaryOp op = BinaryOp::kOr;
};

constexpr std::array<Operator, kTokenKinds> MakeOperators() {
  std::array<Operator, kTokenKinds> table = {};
  const auto set = [&table](TokenKind kind, int level, BinaryOp op) {
    table[static_cast<std::size_t>(kind)] = {level, op};
  };
  set(TokenKind::kOr, 1, BinaryOp::kOr);
  set(TokenKind::kAnd, 2, BinaryOp::kAnd);
  set(TokenKind::kEqual, 3, BinaryOp::kEqual);
  set(TokenKind::kNotEqual, 3, BinaryOp::kNotEqual);
  set(TokenKind::kGreater, 4, BinaryOp::kGreater);
  set(TokenKind::kGreaterEqual, 4, BinaryOp::kGreaterEqual);
  set(TokenKind::kLess, 4, BinaryOp::kLess);
  set(TokenKind::kLessEqual, 4, BinaryOp::kLessEqual);
  set(TokenKind::kPlus, 5, BinaryOp::kAdd);
  set(TokenKind::kMinus, 5, BinaryOp::kSubtract);
  set(TokenKind::kStar, 6, BinaryOp::kMultiply);
  set(TokenKind::kSlash, 6, BinaryOp::kDivide);
  set(TokenKind::kPercent, 6, BinaryOp::kModulo);
  return table;
}

constexpr std::array<Operator, kTokenKinds> kOperators = MakeOperators();

constexpr std::size_t kFastDigits = 18;

}  // namespace

const Expr* Parser::ParseExpression() {
  const Level level(*this);
  const std::uint64_t errors = errors_;
  const std::uint32_t begin = Peek().begin;
  const Expr* expr = ParseBinary(1);
  if (FailedSince(errors) || !PeekIs(TokenKind::kQuestion)) return expr;
  return ParseConditional(expr, begin);
}

const Expr* Parser::ParseConditional(const Expr* condition, std::uint32_t begin) {
  Read();
  const std::uint64_t errors = errors_;
  const Expr* if_true = ParseExpression();
  if (FailedSince(errors)) return condition;
  const Token& colon = Peek();
  if (colon.kind != TokenKind::kColon) {
    const Span at = StartOf(colon);
    Error(at, "Missing false expression in conditional",
          "A conditional has three parts, CONDITION ? VALUE : OTHER; the colon and the value for "
          "\"false\" are missing.",
          Span{begin, at.end});
    return condition;
  }
  Read();
  const Expr* if_false = ParseExpression();
  if (FailedSince(errors)) return condition;
  return Make(
      ConditionalExpr{
          {ExprKind::kConditional, 0, {begin, if_false->span.end}}, condition, if_true, if_false},
      {condition, if_true, if_false});
}

// Operators of `lowest_level` and closer, by precedence climbing.
const Expr* Parser::ParseBinary(int lowest_level) {
  const std::uint64_t errors = errors_;
  const Expr* left = ParseOperand();
  if (FailedSince(errors)) return left;
  for (;;) {
    const Operator& next = kOperators[static_cast<std::size_t>(Peek().kind)];
    if (next.level < lowest_level) return left;
    Read();
    const std::uint64_t before = errors_;
    const Expr* right = ParseBinary(next.level + 1);
    if (FailedSince(before)) return left;
    left = Make(
        BinaryExpr{
            {ExprKind::kBinary, 0, {left->span.begin, right->span.end}}, next.op, left, right},
        {left, right});
  }
}

const Expr* Parser::ParseOperand() {
  const Expr* term = ParseTerm();
  const TokenKind next = Peek().kind;
  if (next != TokenKind::kDot && next != TokenKind::kOpenBracket) return term;
  return ParsePostfix(term);
}

const Expr* Parser::ParseTerm() {
  const Token& start = Peek();
  switch (start.kind) {
    case TokenKind::kString:
      return ParsePlainString(Read());
    case TokenKind::kIdentifier:
      return ParseName();
    case TokenKind::kNumber:
      Read();
      return Literal(start.span(), NumberValue(start));
    case TokenKind::kOpenQuote:
    case TokenKind::kOpenHeredoc:
      return ParseString();
    case TokenKind::kHeredoc:
      return ParsePlainHeredoc(Read());
    case TokenKind::kOpenBracket:
      return ParseTuple();
    case TokenKind::kOpenBrace:
      return ParseObject();
    case TokenKind::kOpenParen:
      return ParseParentheses();
    case TokenKind::kMinus:
    case TokenKind::kNot:
      return ParseUnary();
    default:
      break;
  }
  if (!recovery_) {
    if (start.kind == TokenKind::kEof) {
      Error(start.span(), "Missing expression",
            "A value must stand here, but the text ends before it.");
    } else {
      Error(StartOf(start), "Invalid expression",
            "A value must start here: a string, number, list, object, name or call.");
    }
  }
  recovery_ = true;
  return Invalid(start.span());
}

const Expr* Parser::ParseName() {
  const Token& name = Read();
  const TokenKind next = Peek().kind;
  if (next == TokenKind::kOpenParen || next == TokenKind::kDoubleColon) return ParseCall(name);
  const std::string_view text = TextOf(name);
  if (text == "true" || text == "false") return Literal(name.span(), Value::Bool(text == "true"));
  if (text == "null") return Literal(name.span(), Value::Null());
  return memory_.arena.New(
      TraversalExpr{{ExprKind::kTraversal, 1, name.span()}, text, name.span(), {}});
}

Value Parser::NumberValue(const Token& token) {
  const std::string_view text = TextOf(token);
  if (text.size() <= kFastDigits) {
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      value = value * 10 + (text[digits] - '0');
    }
    if (digits == text.size()) return Value::OfInt(value);
  }
  std::optional<Number> number = Number::Parse(text);
  if (number) return Value::Of(*std::move(number));
  Error(token.span(), "Invalid number literal",
        "This is not a number. A number has digits, at most one point with digits after it, and at "
        "most "
        "one exponent, like 1.5e3.");
  return Value::Unknown(Type::Number());
}

// Binds to the operand with its postfix operators alone: -a.b + 1 is (-(a.b)) + 1.
const Expr* Parser::ParseUnary() {
  const Level level(*this);
  const Token& symbol = Read();
  const Expr* operand = ParseOperand();
  const UnaryOp op = symbol.kind == TokenKind::kMinus ? UnaryOp::kNegate : UnaryOp::kNot;
  return Make(
      UnaryExpr{
          {ExprKind::kUnary, 0, {symbol.begin, operand->span.end}}, op, symbol.span(), operand},
      {operand});
}

const Expr* Parser::ParseParentheses() {
  const Token& open = Read();
  const LineEnds ignored(*this, false);
  const std::uint64_t errors = errors_;
  const Expr* inner = ParseExpression();
  if (errors_ != errors) {
    RecoverTo(TokenKind::kCloseParen);
    return inner;
  }
  const Token& close = Peek();
  if (close.kind != TokenKind::kCloseParen) {
    const Span at = StartOf(close);
    Error(at, "Unbalanced parentheses", "A closing parenthesis is missing before this.",
          Span{open.begin, at.end});
    recovery_ = true;
  }
  Read();
  return Make(ParenthesesExpr{{ExprKind::kParentheses, 0, {open.begin, close.end}}, inner},
              {inner});
}

}  // namespace nmgr::hcl
