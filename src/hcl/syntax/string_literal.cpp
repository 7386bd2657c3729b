// Escapes of literal text: backslash sequences in quoted strings, "$${" and "%%{" everywhere.
#include <fmt/format.h>

#include "hcl/syntax/parser.h"
#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

constexpr const char* kSummary = "Invalid escape sequence";

bool IsScalar(char32_t c) { return c <= 0x10FFFF && !IsSurrogate(c); }

char QuotedEscape(char selector) {
  switch (selector) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
      return selector;
    default:
      return '\0';
  }
}

}  // namespace

// The text of a quoted literal. Bad escapes are reported and stay as they are.
std::string Parser::Unescape(Span span) {
  const std::string_view text = Text(span);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = text.find_first_of("\\$%", at);
    out.append(text, at, next - at);
    if (next == std::string_view::npos) break;
    at = next;
    if (text[at] == '\\') {
      at += UnescapeAt(text, at, span.begin, out);
      continue;
    }
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("$${") || rest.starts_with("%%{")) ++at;
    out += text[at++];
  }
  return out;
}

// At a backslash; returns how many bytes the sequence has. `begin` is the place of `text` in the
// file.
std::size_t Parser::UnescapeAt(std::string_view text, std::size_t at, std::uint32_t begin,
                               std::string& out) {
  const auto bad = [&](std::size_t size, std::string detail) {
    const auto start = static_cast<std::uint32_t>(begin + at);
    Error({start, start + static_cast<std::uint32_t>(size)}, kSummary, std::move(detail));
    out.append(text, at, size);
    return size;
  };
  const std::string_view rest = text.substr(at);
  const char selector = rest[1];
  if (const char simple = QuotedEscape(selector); simple != '\0') {
    out += simple;
    return 2;
  }
  if (selector != 'u' && selector != 'U') {
    const std::size_t size = 1 + Utf8Length(rest.substr(1));
    return bad(size,
               fmt::format("\"\\{}\" is no escape sequence. There are \\n, \\r, \\t, \\\", \\\\, "
                           "\\uXXXX and \\UXXXXXXXX; for a backslash write \\\\.",
                           rest.substr(1, size - 1)));
  }
  const std::size_t wanted = selector == 'u' ? 4 : 8;
  char32_t code_point = 0;
  std::size_t digits = 0;
  for (; digits < wanted && 2 + digits < rest.size(); ++digits) {
    const int digit = HexValue(rest[2 + digits]);
    if (digit < 0) break;
    code_point = code_point * 16 + static_cast<char32_t>(digit);
  }
  if (digits != wanted) {
    return bad(2 + digits, fmt::format("\\{} must be followed by {} hexadecimal digits.", selector,
                                       wanted == 4 ? "four" : "eight"));
  }
  if (!IsScalar(code_point)) {
    return bad(2 + digits, fmt::format("There is no character U+{:04X}.",
                                       static_cast<std::uint32_t>(code_point)));
  }
  AppendCodePoint(code_point, out);
  return 2 + digits;
}

std::string UnescapeSequences(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = text.find_first_of("$%", at);
    out.append(text, at, next - at);
    if (next == std::string_view::npos) break;
    const std::string_view rest = text.substr(next);
    at = next + (rest.starts_with("$${") || rest.starts_with("%%{") ? 1 : 0);
    out += text[at++];
  }
  return out;
}

}  // namespace nmgr::hcl
