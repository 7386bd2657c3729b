// Text to tokens in one pass, with a stack for templates in interpolations in templates. Private to
// syntax; the grammar is in the shared reference, section 1.
//
// Every byte is looked at once (a stop in the middle of a string goes on where it stopped). What
// can never be right is reported here and becomes kBad: unknown characters, invalid UTF-8,
// operators HCL does not have, line ends in quoted strings. Comments may hold any bytes, as in
// Nomad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hcl/syntax/lexical_errors.h"
#include "hcl/syntax/token.h"
#include "nmgr/hcl/syntax/diagnostics.h"

namespace nmgr::hcl {

enum class LexMode { kCode, kTemplate };

// Appends the tokens of the whole text, kEof last.
void Lex(const SourcePtr& source, LexMode mode, TokenList& tokens, Diagnostics& diagnostics);

class Lexer {
 public:
  Lexer(const SourcePtr& source, TokenList& tokens, Diagnostics& diagnostics);
  void Run(LexMode mode);

 private:
  enum class TemplateKind : std::uint8_t { kQuoted, kHeredoc, kBare };

  // A template that has been left for an interpolation or directive. `braces`: how many the code
  // inside has opened.
  struct Frame {
    TemplateKind kind;
    std::uint32_t braces = 0;
    std::string_view marker = {};
  };

  // A literal that is being scanned: from `begin` up to where the scan stands.
  struct Literal {
    const char* begin;
    bool escaped = false;
    const char* last_sign = nullptr;  // a '$' or '%' that is the text's last byte
  };

  // Each takes where to start and returns where code goes on (or the end of the text).
  const char* LexSlash(const char* at);
  const char* LexLess(const char* at);
  const char* LexNumber(const char* at);
  const char* LexTilde(const char* at);
  const char* LexUnusual(const char* at);
  const char* LexOperator(const char* at);
  const char* CloseBrace(const char* at);
  const char* Identifier(const char* at, const char* part);
  void LexCode(const char* at);
  const char* LexName(const char* at);

  // A null `open` means that the template goes on after an interpolation.
  const char* ScanQuoted(const char* open, const char* at);
  const char* ScanHeredoc(const char* open, const char* at, std::string_view marker);
  const char* ScanBare(const char* at);
  const char* BareRest(Literal literal, const char* at);
  const char* ResumeTemplate(const char* at);
  const char* QuotedBackslash(const char*& open, const char* at, Literal& literal);
  const char* Sign(const char* at, Literal& literal, bool& opens) const;
  const char* NonAscii(TemplateKind kind, const char*& open, const char* at, Literal& literal,
                       std::string_view marker = {});
  const char* HeredocClose(const char* line, std::string_view marker) const;
  const char* OpenSequence(const char* at);
  void Enter(TemplateKind kind, const char*& open, const char* begin, std::string_view marker);
  void FlushLiteral(TemplateKind kind, const Literal& literal, const char* end);
  const char* Unterminated(TemplateKind kind, const char* open, const Literal& literal,
                           std::string_view marker);

  std::size_t OffsetOf(const char* at) const { return static_cast<std::size_t>(at - text_); }
  void Add(TokenKind kind, const char* begin, const char* end, bool escaped = false) {
    tokens_.Add(kind, OffsetOf(begin), OffsetOf(end), escaped);
  }
  void AddBad(const char* begin, const char* end, LexicalError error);

  const char* text_;
  const char* end_;  // *end_ is NUL, so one byte ahead can always be read
  TokenList& tokens_;
  LexicalErrors errors_;
  std::vector<Frame> frames_;
  bool comment_can_close_ = true;  // false: no "*/" is left
};

}  // namespace nmgr::hcl
