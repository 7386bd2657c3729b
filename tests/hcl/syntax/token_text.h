// Tokens as text, for tables of tests: a short name for the kind, then the source where it varies.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "hcl/syntax/lexer.h"

namespace nmgr::hcl::test {

inline constexpr std::array<const char*, kTokenKinds> kTokenNames = {
    "EOF", "NL", "id", "num", "str", "doc", "\"", "\"/", "<<", "<</", "lit",
    "lit", "${", "%{", "/}",  "{",   "}",   "[",  "]",   "(",  ")",   ".",
    ",",   ":",  "::", "?",   "...", "=>",  "=",  "*",   "/",  "%",   "+",
    "-",   "==", "!=", ">",   ">=",  "<",   "<=", "&&",  "||", "!",   "BAD",
};

inline bool HasContent(TokenKind kind) {
  switch (kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kNumber:
    case TokenKind::kString:
    case TokenKind::kHeredoc:
    case TokenKind::kQuotedLiteral:
    case TokenKind::kPlainLiteral:
    case TokenKind::kBad:
      return true;
    default:
      return false;
  }
}

// Without the final EOF. Line ends in the source show as "\n".
inline std::string TokenText(std::string_view text, LexMode mode = LexMode::kCode) {
  const auto source = std::make_shared<const SourceFile>("t.hcl", std::string(text));
  TokenList tokens(1);
  Diagnostics diagnostics;
  Lex(source, mode, tokens, diagnostics);
  std::string out;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kEof) continue;
    if (!out.empty()) out += ' ';
    out += kTokenNames[static_cast<std::size_t>(token.kind)];
    if (!HasContent(token.kind)) continue;
    out += ':';
    for (const char c : source->TextOf(token.span())) {
      out += c == '\n' ? std::string("\\n") : c == '\r' ? std::string("\\r") : std::string(1, c);
    }
  }
  return out;
}

// "line:column summary" of every diagnostic.
inline std::string LexErrors(std::string_view text, LexMode mode = LexMode::kCode) {
  const auto source = std::make_shared<const SourceFile>("t.hcl", std::string(text));
  TokenList tokens(1);
  Diagnostics diagnostics;
  Lex(source, mode, tokens, diagnostics);
  std::string out;
  for (const Diagnostic& item : diagnostics.items()) {
    const SourcePos pos = source->PosAt(item.subject->begin);
    if (!out.empty()) out += ", ";
    out += std::to_string(pos.line) + ":" + std::to_string(pos.column) + " " + item.summary;
  }
  return out;
}

}  // namespace nmgr::hcl::test
