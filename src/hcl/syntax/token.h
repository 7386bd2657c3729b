// What the lexer makes of a text and the parser reads. Private to syntax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "nmgr/hcl/syntax/source.h"

namespace nmgr::hcl {

// Blanks and /* */ comments have no tokens. A line comment is a kNewline together with its line
// end, and nothing where the text ends instead.
enum class TokenKind : std::uint8_t {
  kEof,
  kNewline,
  kIdentifier,
  kNumber,

  // A whole quoted string or heredoc without interpolations or directives, with its delimiters (a
  // heredoc ends before the newline after its closing marker).
  kString,
  kHeredoc,

  // The same in pieces, where there are any. Literal tokens are maximal, so one of a heredoc can
  // have many lines.
  kOpenQuote,
  kCloseQuote,
  kOpenHeredoc,
  kCloseHeredoc,
  kQuotedLiteral,
  kPlainLiteral,
  kInterpolation,  // ${ or ${~
  kDirective,      // %{ or %{~
  kSequenceEnd,    // } or ~}

  kOpenBrace,
  kCloseBrace,
  kOpenBracket,
  kCloseBracket,
  kOpenParen,
  kCloseParen,

  kDot,
  kComma,
  kColon,
  kDoubleColon,
  kQuestion,
  kEllipsis,
  kFatArrow,
  kAssign,
  kStar,
  kSlash,
  kPercent,
  kPlus,
  kMinus,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kAnd,
  kOr,
  kNot,

  // Never right anywhere; the lexer has reported them.
  kBad,
};
inline constexpr std::size_t kTokenKinds = static_cast<std::size_t>(TokenKind::kBad) + 1;

struct Token {
  std::uint32_t begin;
  std::uint32_t end;
  TokenKind kind;
  bool escaped;  // literals: a backslash, or "$${" or "%%{", is inside

  Span span() const { return {begin, end}; }
};

// A growing array of tokens without initialisation; ends with kEof once lexing is done.
class TokenList {
 public:
  // For a text of so many bytes; HCL has a token for every six to seven of them.
  explicit TokenList(std::size_t text_size)
      : begin_(Allocate(nullptr, CapacityFor(text_size))),
        end_(begin_),
        limit_(begin_ + CapacityFor(text_size)) {}
  ~TokenList() { std::free(begin_); }
  TokenList(const TokenList&) = delete;
  TokenList& operator=(const TokenList&) = delete;

  void Add(TokenKind kind, std::size_t begin, std::size_t end, bool escaped = false) {
    if (end_ == limit_) Grow();
    *end_++ = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), kind, escaped};
  }

  const Token* begin() const { return begin_; }
  const Token* end() const { return end_; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

 private:
  static constexpr std::size_t CapacityFor(std::size_t text_size) { return text_size / 6 + 16; }
  static Token* Allocate(Token* old, std::size_t capacity) {
    auto* memory = static_cast<Token*>(std::realloc(old, capacity * sizeof(Token)));
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  void Grow() {
    const std::size_t used = size();
    begin_ = Allocate(begin_, used * 2);
    end_ = begin_ + used;
    limit_ = begin_ + used * 2;
  }

  Token* begin_;
  Token* end_;
  Token* limit_;
};

}  // namespace nmgr::hcl
