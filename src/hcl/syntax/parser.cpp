#include "hcl/syntax/parser.h"

#include <fmt/format.h>

namespace nmgr::hcl {
namespace {

TokenKind Opposite(TokenKind kind) {
  switch (kind) {
    case TokenKind::kCloseBrace:
      return TokenKind::kOpenBrace;
    case TokenKind::kCloseBracket:
      return TokenKind::kOpenBracket;
    case TokenKind::kCloseParen:
      return TokenKind::kOpenParen;
    case TokenKind::kCloseQuote:
      return TokenKind::kOpenQuote;
    case TokenKind::kCloseHeredoc:
      return TokenKind::kOpenHeredoc;
    case TokenKind::kSequenceEnd:
      return TokenKind::kInterpolation;
    default:
      return TokenKind::kEof;
  }
}

// Directives and interpolations end alike.
TokenKind Folded(TokenKind kind) {
  return kind == TokenKind::kDirective ? TokenKind::kInterpolation : kind;
}

std::size_t FirstPiece(std::string_view text, bool quoted) {
  if (text.starts_with('$') || text.starts_with('%')) {
    if (text.size() < 3 || text[1] != text[0] || text[2] != '{') return 1;
    return text.size() > 3 && text[3] == '~' ? 4 : 3;
  }
  std::size_t size = 0;
  for (; size < text.size() && text[size] != '$' && text[size] != '%'; ++size) {
    if (quoted && text[size] == '\\') ++size;
    if (!quoted && text[size] == '\n') return size + 1;
  }
  return std::min(size, text.size());
}

}  // namespace

Parser::Parser(const SourcePtr& source, const TokenList& tokens, TreeMemory& memory,
               Diagnostics& diagnostics)
    : source_(source),
      text_(source->text()),
      memory_(memory),
      diagnostics_(&diagnostics),
      at_(tokens.begin()),
      previous_(tokens.begin()),
      last_(tokens.end() - 1) {}

const Body* Parser::ParseFile() { return ParseBody(TokenKind::kEof); }

const Expr* Parser::ParseWholeExpression() {
  const LineEnds ignored(*this, false);
  const Expr* expr = ParseExpression();
  const Token& next = Peek();
  if (next.kind != TokenKind::kEof && !recovery_) {
    Error(StartOf(next), "Extra characters after expression",
          "The expression is complete here, but more follows it.");
  }
  return expr;
}

// What messages about a token point at: of a string or heredoc in one token its opening delimiter,
// of a literal what is one token to Nomad: up to a '$' or '%' or the end of the line.
Span Parser::StartOf(const Token& token) const {
  const std::string_view text = TextOf(token);
  std::size_t size = text.size();
  switch (token.kind) {
    case TokenKind::kString:
      size = 1;
      break;
    case TokenKind::kHeredoc:
      size = text.find('\n') + 1;
      break;
    case TokenKind::kPlainLiteral:
    case TokenKind::kQuotedLiteral:
      size = FirstPiece(text, token.kind == TokenKind::kQuotedLiteral);
      break;
    default:
      break;
  }
  return {token.begin, token.begin + static_cast<std::uint32_t>(size)};
}

void Parser::Error(Span subject, std::string summary, std::string detail,
                   std::optional<Span> context) {
  ++errors_;
  if (++reported_ > kMaxErrors) return;
  diagnostics_->Error(source_, subject, std::move(summary), std::move(detail), context);
}

std::string Parser::Describe(Span span) const {
  if (reported_ >= kMaxErrors) return {};
  const SourcePos pos = source_->PosAt(span.begin);
  return fmt::format("line {}, column {}", pos.line, pos.column);
}

void Parser::GiveUp() {
  if (gave_up_) return;
  gave_up_ = true;
  Error(StartOf(Peek()), "Too deeply nested",
        fmt::format(
            "More than {} levels of brackets, blocks or templates, or more than {} operators in "
            "a row, are not supported.",
            kMaxNesting, kMaxTreeHeight));
  recovery_ = true;
  at_ = last_;
}

// Passes everything up to the bracket that closes what is open here; returns that, or kEof.
const Token& Parser::RecoverTo(TokenKind close) {
  recovery_ = true;
  const TokenKind open = Opposite(close);
  for (int nested = 0;;) {
    const Token& token = Read();
    if (token.kind == TokenKind::kEof) return token;
    if (Folded(token.kind) == open) {
      ++nested;
    } else if (token.kind == close && nested-- == 0) {
      return token;
    }
  }
}

void Parser::RecoverOverParens() {
  for (;;) {
    const Token& token = Read();
    if (token.kind == TokenKind::kOpenParen || token.kind == TokenKind::kEof) break;
  }
  RecoverTo(TokenKind::kCloseParen);
}

// Passes everything up to the next line end outside of brackets.
void Parser::RecoverAfterItem() {
  recovery_ = true;
  std::vector<TokenKind> open;
  for (;;) {
    const Token& token = Read();
    const TokenKind kind = Folded(token.kind);
    switch (kind) {
      case TokenKind::kEof:
        return;
      case TokenKind::kNewline:
        if (open.empty()) return;
        break;
      case TokenKind::kOpenBrace:
      case TokenKind::kOpenBracket:
      case TokenKind::kOpenParen:
      case TokenKind::kOpenQuote:
      case TokenKind::kOpenHeredoc:
      case TokenKind::kInterpolation:
        open.push_back(kind);
        break;
      case TokenKind::kCloseBrace:
      case TokenKind::kCloseBracket:
      case TokenKind::kCloseParen:
      case TokenKind::kCloseQuote:
      case TokenKind::kCloseHeredoc:
      case TokenKind::kSequenceEnd:
        while (!open.empty() && open.back() != Opposite(kind)) open.pop_back();
        if (!open.empty()) open.pop_back();
        break;
      default:
        break;
    }
  }
}

std::uint16_t Parser::HighestOf(std::span<const Expr* const> exprs) {
  std::uint16_t height = 0;
  for (const Expr* expr : exprs) height = std::max(height, expr->height);
  return height;
}

const Expr* Parser::Invalid(Span span) {
  return memory_.arena.New(Expr{ExprKind::kInvalid, 1, span});
}

}  // namespace nmgr::hcl
