#include "nmgr/sync/state_text.h"

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/base/utc.h"

namespace nmgr::sync {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f && c != '%';
}

std::string EscapeField(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (IsPlain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHexDigits[byte >> 4U], kHexDigits[byte & 0xfU]};
  }
  return out;
}

std::string UnescapeField(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool coded = value[i] == '%' && i + 2 < value.size() && HexValue(value[i + 1]) >= 0 &&
                       HexValue(value[i + 2]) >= 0;
    out +=
        coded ? static_cast<char>(HexValue(value[i + 1]) * 16 + HexValue(value[i + 2])) : value[i];
    if (coded) i += 2;
  }
  return out;
}

}  // namespace

const std::string& StateText::Field(std::string_view name) const {
  static const std::string none;
  const auto found = fields.find(name);
  return found == fields.end() ? none : found->second;
}

void StateText::Add(std::string_view name, std::string_view value) {
  if (!value.empty()) fields.emplace(name, value);
}

std::string CutText(std::string_view text, std::size_t most) {
  std::string out = EscapeControls(text);
  if (out.size() <= most) return out;
  out.resize(most);
  while (!IsValidUtf8(out)) out.pop_back();
  return out;
}

std::string CutProse(std::string_view text, std::size_t most) {
  constexpr std::string_view kEllipsis = "…";
  std::string out = EscapeControls(text);
  if (out.size() <= most) return out;
  if (most < kEllipsis.size()) return {};
  return CutText(text, most - kEllipsis.size()).append(kEllipsis);
}

std::string WriteStateText(const StateText& text, std::size_t most_rest) {
  std::string out = EscapeField(text.word);
  for (const auto& [name, value] : text.fields) {
    if (!out.empty()) out += ' ';
    out += name + "=" + EscapeField(value);
  }
  const std::string rest = CutProse(text.rest, most_rest);
  if (!rest.empty()) out += " | " + rest;
  return out;
}

StateText ReadStateText(std::string_view text) {
  StateText read;
  const std::size_t mark = text.find(" | ");
  if (mark != std::string_view::npos) read.rest = text.substr(mark + 3);
  for (const std::string_view piece : Split(text.substr(0, mark), ' ')) {
    const std::size_t equals = piece.find('=');
    if (equals != std::string_view::npos) {
      read.fields.emplace(piece.substr(0, equals), UnescapeField(piece.substr(equals + 1)));
    } else if (read.word.empty()) {
      read.word = UnescapeField(piece);
    }
  }
  return read;
}

std::string StateTime(WallTime time) {
  return UtcText(std::chrono::floor<std::chrono::seconds>(time)).substr(0, 19) + "Z";
}

std::optional<WallTime> ReadStateTime(std::string_view text) {
  const auto since_1970 =
      std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(ParseUtcNs(text)));
  if (since_1970.count() == 0) return std::nullopt;
  return WallTime(since_1970);
}

bool IsHex(std::string_view text, std::size_t most) {
  return text.size() <= most && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

}  // namespace nmgr::sync
