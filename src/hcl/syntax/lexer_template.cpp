// Quoted templates, heredocs and bare templates.
#include "hcl/syntax/lexer.h"
#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {

// From here on the template is in pieces: its opening delimiter becomes a token of its own.
void Lexer::Enter(TemplateKind kind, const char*& open, const char* begin,
                  std::string_view marker) {
  if (open == nullptr) return;
  const bool quoted = kind == TemplateKind::kQuoted;
  Add(quoted ? TokenKind::kOpenQuote : TokenKind::kOpenHeredoc, open, begin);
  frames_.push_back({kind, 0, marker});
  open = nullptr;
}

void Lexer::FlushLiteral(TemplateKind kind, const Literal& literal, const char* end) {
  if (literal.begin == end) return;
  const bool quoted = kind == TemplateKind::kQuoted;
  Add(quoted ? TokenKind::kQuotedLiteral : TokenKind::kPlainLiteral, literal.begin, end,
      literal.escaped);
}

// At "${" or "%{".
const char* Lexer::OpenSequence(const char* at) {
  const char* after = at + (at[2] == '~' ? 3 : 2);
  Add(*at == '$' ? TokenKind::kInterpolation : TokenKind::kDirective, at, after);
  frames_.back().braces = 0;
  return after;
}

const char* Lexer::ResumeTemplate(const char* at) {
  const Frame frame = frames_.back();
  switch (frame.kind) {
    case TemplateKind::kQuoted:
      return ScanQuoted(nullptr, at);
    case TemplateKind::kHeredoc:
      return ScanHeredoc(nullptr, at, frame.marker);
    case TemplateKind::kBare:
      return ScanBare(at);
  }
  return at;
}

// At '$' or '%'. Sets `opens` before a sequence, else passes what is literal.
const char* Lexer::Sign(const char* at, Literal& literal, bool& opens) const {
  opens = at[1] == '{';
  if (opens) return at;
  if (at[1] == *at && at[2] == '{') {
    literal.escaped = true;
    return at + 3;
  }
  if (at + 1 == end_) literal.last_sign = at;
  return at + 1;
}

// At the end of the text. Nomad's scanner cannot tell what a '$' or '%' there would have become.
const char* Lexer::Unterminated(TemplateKind kind, const char* open, const Literal& literal,
                                std::string_view marker) {
  Enter(kind, open, literal.begin, marker);
  FlushLiteral(kind, literal, literal.last_sign != nullptr ? literal.last_sign : end_);
  if (literal.last_sign != nullptr) AddBad(literal.last_sign, end_, LexicalError::kCharacter);
  return end_;
}

const char* Lexer::NonAscii(TemplateKind kind, const char*& open, const char* at, Literal& literal,
                            std::string_view marker) {
  for (;;) {
    const std::size_t length = Utf8Length({at, end_});
    if (length == 0) break;
    at += length;
    if (at == end_ || IsAsciiByte(*at)) return at;
  }
  Enter(kind, open, literal.begin, marker);
  FlushLiteral(kind, literal, at);
  AddBad(at, at + 1, LexicalError::kEncoding);
  literal = {at + 1};
  return at + 1;
}

// What a backslash escapes is not looked at here, except that it must be a character of the line.
const char* Lexer::QuotedBackslash(const char*& open, const char* at, Literal& literal) {
  const char next = at[1];
  const bool line_ends = at + 1 == end_ || next == '\n' || next == '\r';
  const std::size_t length = line_ends ? 0 : Utf8Length({at + 1, end_});
  if (length != 0) {
    literal.escaped = true;
    return at + 1 + length;
  }
  Enter(TemplateKind::kQuoted, open, literal.begin, {});
  FlushLiteral(TemplateKind::kQuoted, literal, at);
  AddBad(at, at + 1, LexicalError::kQuotedBackslash);
  literal = {at + 1};
  return at + 1;
}

const char* Lexer::ScanQuoted(const char* open, const char* at) {
  constexpr TemplateKind kKind = TemplateKind::kQuoted;
  Literal literal{at};
  for (;;) {
    at = FindStop<'"', '\\', '$', '%', '\n', '\r'>(at, end_);
    if (at == end_) break;
    if (*at == '"') {
      if (open != nullptr) {
        Add(TokenKind::kString, open, at + 1, literal.escaped);
        return at + 1;
      }
      FlushLiteral(kKind, literal, at);
      Add(TokenKind::kCloseQuote, at, at + 1);
      frames_.pop_back();
      return at + 1;
    }
    if (*at == '$' || *at == '%') {
      bool opens = false;
      at = Sign(at, literal, opens);
      if (!opens) continue;
      Enter(kKind, open, literal.begin, {});
      FlushLiteral(kKind, literal, at);
      return OpenSequence(at);
    }
    if (*at == '\\') {
      at = QuotedBackslash(open, at, literal);
    } else if (!IsAsciiByte(*at)) {
      at = NonAscii(kKind, open, at, literal);
    } else {
      Enter(kKind, open, literal.begin, {});
      FlushLiteral(kKind, literal, at);
      const char* after = at;
      while (*after == '\n' || *after == '\r') ++after;
      AddBad(at, after, LexicalError::kQuotedNewline);
      at = after;
      literal = {at};
    }
  }
  return Unterminated(kKind, open, literal, {});
}

// The end of the line without its line end, if the line closes the heredoc, else null.
const char* Lexer::HeredocClose(const char* line, std::string_view marker) const {
  const char* at = line;
  while (*at == ' ' || *at == '\t') ++at;
  if (*at != marker.front() && *at > ' ') return nullptr;
  const std::string_view rest(line, static_cast<std::size_t>(end_ - line));
  const std::size_t newline = rest.find('\n');
  if (newline == std::string_view::npos) return nullptr;
  std::string_view content = rest.substr(0, newline);
  if (content.ends_with('\r')) content.remove_suffix(1);
  if (TrimSpaceRight(TrimSpaceLeft(content)) != marker) return nullptr;
  if (content.find('\r') != std::string_view::npos) return nullptr;
  return line + content.size();
}

const char* Lexer::ScanHeredoc(const char* open, const char* at, std::string_view marker) {
  constexpr TemplateKind kKind = TemplateKind::kHeredoc;
  Literal literal{at};
  bool line_start = open != nullptr;
  for (;;) {
    if (line_start) {
      if (const char* close = HeredocClose(at, marker); close != nullptr) {
        if (open != nullptr) {
          Add(TokenKind::kHeredoc, open, close, literal.escaped);
        } else {
          FlushLiteral(kKind, literal, at);
          Add(TokenKind::kCloseHeredoc, at, close);
          frames_.pop_back();
        }
        return close;
      }
      line_start = false;
    }
    at = FindStop<'$', '%', '\n', '\r'>(at, end_);
    if (at == end_) break;
    if (*at == '\r' && at[1] != '\n') {
      Enter(kKind, open, literal.begin, marker);
      FlushLiteral(kKind, literal, at);
      AddBad(at, end_, LexicalError::kCarriageReturn);
      return end_;
    }
    if (*at == '\n' || *at == '\r') {
      at += *at == '\n' ? 1 : 2;
      line_start = true;
    } else if (!IsAsciiByte(*at)) {
      at = NonAscii(kKind, open, at, literal, marker);
    } else {
      bool opens = false;
      at = Sign(at, literal, opens);
      if (!opens) continue;
      Enter(kKind, open, literal.begin, marker);
      FlushLiteral(kKind, literal, at);
      return OpenSequence(at);
    }
  }
  return Unterminated(kKind, open, literal, marker);
}

// After a lone carriage return Nomad reads the rest of a bare template as text, whatever it holds.
const char* Lexer::BareRest(Literal literal, const char* at) {
  FlushLiteral(TemplateKind::kBare, literal, at);
  literal.begin = at;
  while (at != end_) {
    at = FindStop<>(at, end_);
    const char* none = nullptr;
    if (at != end_) at = NonAscii(TemplateKind::kBare, none, at, literal);
  }
  literal.escaped = true;
  FlushLiteral(TemplateKind::kBare, literal, end_);
  return end_;
}

const char* Lexer::ScanBare(const char* at) {
  constexpr TemplateKind kKind = TemplateKind::kBare;
  const char* open = nullptr;
  Literal literal{at};
  for (;;) {
    at = FindStop<'$', '%', '\r'>(at, end_);
    if (at == end_) break;
    if (!IsAsciiByte(*at)) {
      at = NonAscii(kKind, open, at, literal);
      continue;
    }
    if (*at == '\r') {
      if (at[1] != '\n') return BareRest(literal, at);
      at += 2;
      continue;
    }
    bool opens = false;
    at = Sign(at, literal, opens);
    if (!opens) continue;
    FlushLiteral(kKind, literal, at);
    return OpenSequence(at);
  }
  FlushLiteral(kKind, literal, end_);
  return end_;
}

}  // namespace nmgr::hcl
