// What the lexer can find wrong, and the messages. Private to syntax.
#pragma once

#include <array>
#include <cstdint>

#include "nmgr/hcl/syntax/diagnostics.h"

namespace nmgr::hcl {

enum class LexicalError : std::uint8_t {
  kEncoding,
  kCharacter,
  kCurlyQuote,
  kSingleQuote,
  kBacktick,
  kSemicolon,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitNot,
  kQuotedNewline,
  kQuotedBackslash,
  kCarriageReturn,
};
inline constexpr std::size_t kLexicalErrorKinds = 13;

// Reports them, each kind only as often as it helps: one fault tends to come back all over a text.
class LexicalErrors {
 public:
  LexicalErrors(const SourcePtr& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}
  void Report(LexicalError error, Span span);

 private:
  const SourcePtr& source_;
  Diagnostics& diagnostics_;
  std::array<std::uint32_t, kLexicalErrorKinds> seen_ = {};
};

}  // namespace nmgr::hcl
