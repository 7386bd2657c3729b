#include "nmgr/hcl/write/literal.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/hcl/write/flat.h"

namespace nmgr::hcl {
namespace {

// Passes digits; false where there are none.
bool PassDigits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsAsciiDigit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count != 0;
}

bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero_first = text.size() > 1 && text[0] == '0' && IsAsciiDigit(text[1]);
  if (zero_first || !PassDigits(text)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!PassDigits(text)) return false;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    if (!PassDigits(text)) return false;
  }
  return text.empty();
}

std::string_view BlanksOf(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

}  // namespace

std::string EscapeTemplate(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool sign = text[i] == '$' || text[i] == '%';
    const bool opens = sign && i + 1 < text.size() && text[i + 1] == '{';
    out.append(opens ? 2 : 1, text[i]);
  }
  return out;
}

std::string QuotedContent(std::string_view text) {
  std::string out;
  AppendQuoted(text, out);
  return out.substr(1, out.size() - 2);
}

std::string JsonString(std::string_view text, JsonReading reading) {
  std::string out = "\"";
  for (const char c :
       reading == JsonReading::kTemplate ? EscapeTemplate(text) : std::string(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool IsHeredoc(std::string_view literal) { return literal.starts_with("<<"); }

std::optional<std::string> HeredocWith(std::string_view literal, std::string_view line) {
  const std::size_t first_end = literal.find('\n');
  const std::size_t last = literal.rfind('\n') + 1;
  if (first_end == std::string_view::npos) return std::nullopt;
  const std::string_view opening = literal.substr(0, first_end + 1);
  const std::string_view closing = literal.substr(last);
  const std::string_view marker = closing.substr(BlanksOf(closing).size());
  std::string_view text = line.substr(BlanksOf(line).size());
  text = text.substr(0, text.find_last_not_of(" \t") + 1);
  if (text == marker) return std::nullopt;
  std::string out(opening);
  if (literal.starts_with("<<-")) {
    const bool empty = first_end + 1 == last;
    out += empty ? BlanksOf(closing) : BlanksOf(literal.substr(first_end + 1));
  }
  out += EscapeTemplate(line);
  out += opening.ends_with("\r\n") ? "\r\n" : "\n";
  out += closing;
  return out;
}

bool IsNumberOrKeyword(std::string_view text) {
  return text == "true" || text == "false" || text == "null" || IsNumber(text);
}

}  // namespace nmgr::hcl
