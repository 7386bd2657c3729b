#include "hcl/syntax/json_lexer.h"

#include "nmgr/base/scan.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20; }

JsonTokenKind Punctuation(char c) {
  switch (c) {
    case '{':
      return JsonTokenKind::kOpenBrace;
    case '}':
      return JsonTokenKind::kCloseBrace;
    case '[':
      return JsonTokenKind::kOpenBracket;
    case ']':
      return JsonTokenKind::kCloseBracket;
    case ',':
      return JsonTokenKind::kComma;
    case ':':
      return JsonTokenKind::kColon;
    case '=':
      return JsonTokenKind::kEquals;
    default:
      return JsonTokenKind::kBad;
  }
}

// Of the four digits after "\u"; `bad` is set to the place of the first that is none.
char32_t HexDigits(std::string_view literal, std::size_t at, std::size_t& bad) {
  char32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = i < literal.size() ? literal[i] : '"';
    const int digit = HexValue(c);
    if (digit < 0) {
      bad = i;
      return 0;
    }
    value = value * 16 + static_cast<char32_t>(digit);
  }
  return value;
}

char JsonEscape(char selector) {
  switch (selector) {
    case '"':
    case '\\':
    case '/':
      return selector;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

// At a backslash; returns what follows the escape, or sets `bad`.
std::size_t DecodeEscape(std::string_view literal, std::size_t at, std::string& out,
                         std::size_t& bad) {
  if (at + 1 >= literal.size()) {
    bad = literal.size();
    return at;
  }
  if (const char simple = JsonEscape(literal[at + 1]); simple != '\0') {
    out += simple;
    return at + 2;
  }
  if (literal[at + 1] != 'u') {
    bad = at + 1;
    return at;
  }
  char32_t c = HexDigits(literal, at + 2, bad);
  at += 6;
  if (bad != std::string_view::npos) return at;
  if (IsHighSurrogate(c) && literal.substr(at, 2) == "\\u") {
    std::size_t not_hex = std::string_view::npos;
    const char32_t low = HexDigits(literal, at + 2, not_hex);
    if (not_hex == std::string_view::npos && IsLowSurrogate(low)) {
      c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
      at += 6;
    }
  }
  AppendCodePoint(IsSurrogate(c) ? kReplacement : c, out);
  return at;
}

}  // namespace

JsonToken JsonLexer::Next() {
  while (at_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
    ++at_;
  }
  const std::size_t begin = at_;
  JsonTokenKind kind = JsonTokenKind::kEnd;
  if (begin < text_.size()) {
    const char c = text_[begin];
    kind = Punctuation(c);
    ++at_;
    if (c == '"') {
      kind = JsonTokenKind::kString;
      at_ = StringEnd(begin);
    } else if (IsAsciiLetter(c)) {
      kind = JsonTokenKind::kWord;
      while (at_ < text_.size() && (IsAsciiLetter(text_[at_]) || text_[at_] == '_')) ++at_;
    } else if (IsAsciiDigit(c) || c == '-' || c == '+' || c == '.') {
      kind = JsonTokenKind::kNumber;
      at_ = std::min(text_.find_first_not_of("-+.eE0123456789", at_), text_.size());
    }
  }
  const JsonToken token{kind, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)}};
  if (kind == JsonTokenKind::kBad) text_ = text_.substr(0, at_);
  return token;
}

// After the closing quote, or at a control character or the end of the text.
std::size_t JsonLexer::StringEnd(std::size_t at) const {
  for (++at; at < text_.size() && !IsControl(text_[at]); ++at) {
    if (text_[at] == '"') return at + 1;
    if (text_[at] == '\\' && at + 1 < text_.size() && !IsControl(text_[at + 1])) ++at;
  }
  return at;
}

bool IsJsonNumber(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && IsAsciiDigit(text[at])) ++at;
    return at != first;
  };
  const auto take = [&](std::string_view any) {
    const bool there = at < text.size() && any.find(text[at]) != std::string_view::npos;
    if (there) ++at;
    return there;
  };
  take("-");
  if (!take("0") && !digits()) return false;
  if (take(".") && !digits()) return false;
  if (take("eE")) {
    take("+-");
    if (!digits()) return false;
  }
  return at == text.size();
}

std::size_t DecodeJsonString(std::string_view literal, std::string& out,
                             std::vector<SourceFile::OffsetPair>* offsets) {
  const auto map = [&](std::size_t raw) {
    if (offsets == nullptr) return;
    offsets->push_back({static_cast<std::uint32_t>(out.size()), static_cast<std::uint32_t>(raw)});
  };
  const char* const end = literal.data() + literal.size();
  map(1);
  for (std::size_t at = 1; at < literal.size();) {
    const std::size_t stop =
        static_cast<std::size_t>(FindStop<'"', '\\'>(literal.data() + at, end) - literal.data());
    out.append(literal, at, stop - at);
    at = stop;
    if (at == literal.size()) break;
    if (literal[at] == '"') return std::string_view::npos;
    if (literal[at] == '\\') {
      std::size_t bad = std::string_view::npos;
      at = DecodeEscape(literal, at, out, bad);
      if (bad != std::string_view::npos) return bad;
      map(at);
      continue;
    }
    const std::size_t length = Utf8Length(literal.substr(at));
    if (length == 0) return at;
    out.append(literal, at, length);
    at += length;
  }
  return literal.size();
}

}  // namespace nmgr::hcl
