#include "fake_nomad/flat_lexer.h"

#include <cstdlib>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::fake {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNamePart(char c) { return IsNameStart(c) || IsAsciiDigit(c) || c == '-'; }

void AppendUtf8(std::string& text, unsigned long code) {
  const auto put = [&text](unsigned long byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6U);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12U);
    put(0x80 | (code >> 6U & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18U);
    put(0x80 | (code >> 12U & 0x3F));
    put(0x80 | (code >> 6U & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

char FlatLexer::Peek(std::size_t ahead) const {
  return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
}

void FlatLexer::Step() {
  const char c = source_[at_++];
  if (c == '\n') {
    ++position_.line;
    position_.column = 1;
  } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
    ++position_.column;
  }
}

bool FlatLexer::SkipComment() {
  if (Peek() == '#' || (Peek() == '/' && Peek(1) == '/')) {
    while (at_ < source_.size() && Peek() != '\n') Step();
    return true;
  }
  if (Peek() != '/' || Peek(1) != '*') return false;
  const std::size_t end = source_.find("*/", at_ + 2);
  if (end == std::string_view::npos) return false;
  while (at_ < end + 2) Step();
  return true;
}

void FlatLexer::SkipBlanks() {
  while (at_ < source_.size()) {
    if (Peek() == ' ' || Peek() == '\t' || (Peek() == '\r' && Peek(1) == '\n')) {
      Step();
    } else if (!SkipComment()) {
      return;
    }
  }
}

Token FlatLexer::Finish(Token::Kind kind, Position start, std::string text) {
  return {kind, std::move(text), {start, position_}};
}

Token FlatLexer::Fail(Position start, const char* summary, std::string detail) {
  Position end = position_;
  if (start.line == end.line && start.column == end.column) ++end.column;
  faults_.push_back({{start, end}, summary, std::move(detail)});
  failed_ = true;
  return {Token::Kind::kEnd, "", {start, end}};
}

Token FlatLexer::Next() {
  if (failed_) return {Token::Kind::kEnd, "", {position_, position_}};
  SkipBlanks();
  const Position start = position_;
  if (at_ >= source_.size()) return Finish(Token::Kind::kEnd, start, "");
  const char c = Peek();
  if (c == '\n') {
    Step();
    return Finish(Token::Kind::kNewline, start, "\n");
  }
  if (c == '"') return Quoted();
  if (IsAsciiDigit(c)) return Number();
  if (IsNameStart(c)) {
    const std::size_t begin = at_;
    while (IsNamePart(Peek())) Step();
    return Finish(Token::Kind::kName, start, std::string(source_.substr(begin, at_ - begin)));
  }
  if (c == '<' && Peek(1) == '<')
    return Fail(start, "Not flat", "A heredoc must have been written as a quoted string.");
  if (std::string_view("{}[]()=,:-.?*/%+<>!&|").find(c) != std::string_view::npos) {
    Step();
    return Finish(Token::Kind::kPunctuation, start, std::string(1, c));
  }
  Step();
  return Fail(start, "Invalid character", "This character is not used within the language.");
}

Token FlatLexer::Number() {
  const Position start = position_;
  const std::size_t begin = at_;
  while (IsAsciiDigit(Peek())) Step();
  if (Peek() == '.' && IsAsciiDigit(Peek(1))) {
    Step();
    while (IsAsciiDigit(Peek())) Step();
  }
  if (IsNamePart(Peek()) || Peek() == '.') {
    Step();
    return Fail(start, "Not flat", "A number must be written in plain decimal digits.");
  }
  return Finish(Token::Kind::kNumber, start, std::string(source_.substr(begin, at_ - begin)));
}

bool FlatLexer::Escape(std::string& text) {
  Step();
  const char c = Peek();
  constexpr std::pair<char, char> kSimple[] = {
      {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'"', '"'}, {'\\', '\\'}};
  for (const auto& known : kSimple) {
    if (known.first != c) continue;
    text += known.second;
    Step();
    return true;
  }
  if (c != 'u' && c != 'U') return false;
  const std::size_t digits = c == 'u' ? 4 : 8;
  const std::string hex(source_.substr(std::min(at_ + 1, source_.size()), digits));
  const bool good =
      hex.size() == digits && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  const unsigned long code = good ? std::strtoul(hex.c_str(), nullptr, 16) : 0x110000UL;
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  AppendUtf8(text, code);
  for (std::size_t i = 0; i <= digits; ++i) Step();
  return true;
}

Token FlatLexer::Quoted() {
  const Position start = position_;
  Step();
  std::string text;
  while (Peek() != '"') {
    const Position here = position_;
    const char c = Peek();
    if (at_ >= source_.size())
      return Fail(start, "Unterminated template string",
                  "No closing marker was found for the string.");
    if (c == '\n') {
      Step();
      return Fail(here, "Invalid multi-line string",
                  "Quoted strings may not be split over multiple lines. To produce a multi-line "
                  "string, either use "
                  "the \\n escape to represent a newline character or use the \"heredoc\" "
                  "multi-line template syntax.");
    }
    if (c == '\\') {
      if (Escape(text)) continue;
      Step();
      return Fail(here, "Invalid escape sequence",
                  "The symbol " + std::string(1, source_[at_ - 1]) +
                      " is not a valid escape sequence selector.");
    }
    if ((c == '$' || c == '%') && Peek(1) == '{') {
      Step();
      Step();
      return Fail(here, "Not flat",
                  "A template in a string must have been evaluated by the client.");
    }
    if ((c == '$' || c == '%') && Peek(1) == c && Peek(2) == '{') {
      Step();
      Step();
      Step();
      text += {c, '{'};
      continue;
    }
    text += c;
    Step();
  }
  Step();
  return Finish(Token::Kind::kString, start, std::move(text));
}

}  // namespace nmgr::fake
