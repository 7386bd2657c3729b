#include "nmgr/base/shown_values.h"

#include <re2/re2.h>

#include <algorithm>

#include "secret_scanner.h"
#include "secret_words.h"

namespace nmgr {
namespace {

TextRange RangeOf(std::string_view text, const re2::StringPiece& piece) {
  const auto begin = static_cast<std::size_t>(piece.data() - text.data());
  return {begin, begin + piece.size()};
}

re2::StringPiece WholePiece(std::string_view text) { return {text.data(), text.size()}; }

// Up to its last line, or to the end of a text that was cut off.
void FindPrivateKeys(std::string_view text, std::vector<TextRange>& ranges) {
  static const RE2 kKey(R"((?s)(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)"
                        R"((?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|.*)))");
  if (text.find("PRIVATE KEY") == std::string_view::npos) return;
  re2::StringPiece rest = WholePiece(text);
  re2::StringPiece key;
  while (RE2::FindAndConsume(&rest, kKey, &key)) ranges.push_back(RangeOf(text, key));
}

// `"--token", "hunter22"`
void FindListed(std::string_view text, std::vector<TextRange>& ranges) {
  static const RE2 kListed(R"re(\\*"(-{1,2}[A-Za-z0-9_-]+)\\*"\s*,\s*\\*"([^"\\]+))re");
  re2::StringPiece rest = WholePiece(text);
  re2::StringPiece name;
  re2::StringPiece value;
  while (RE2::FindAndConsume(&rest, kListed, &name, &value)) {
    const bool secret = IsSecretValue({name.data(), name.size()}, {value.data(), value.size()});
    if (secret) ranges.push_back(RangeOf(text, value));
  }
}

// What is echoed into a command that reads a password: `echo hunter22 | docker login -u me
// --password-stdin`.
void FindPiped(std::string_view text, std::vector<TextRange>& ranges) {
  static const RE2 kPiped(
      R"re((?:^|[\s;&|("'`/])(?:echo|printf)((?:"[^"\n]*"|'[^'\n]*'|[^|\n;&"']|\\\n)*?)\|(?:[^|\n;&]|\\\n)*?)re"
      R"re((?:--[a-z-]*(?:pass|password|passphrase|token|secret)-?stdin\b|--with-token\b)re"
      R"re(|--passphrase-fd\b|\bchpasswd\b|\bsudo +-S\b))re");
  if (text.find('|') == std::string_view::npos) return;
  re2::StringPiece rest = WholePiece(text);
  re2::StringPiece piece;
  while (RE2::FindAndConsume(&rest, kPiped, &piece)) {
    static const RE2 kFormat(R"re(^\s*(?:-[neE]+\s+)*(?:\\*["']?(?:%[sb]|\\+n)+\\*["']?\s+)?)re");
    re2::StringPiece value = piece;
    RE2::Consume(&value, kFormat);
    while (!value.empty() && std::string_view("\\\"' \t").find(value[0]) != std::string_view::npos)
      value.remove_prefix(1);
    while (!value.empty() &&
           std::string_view("\\\"' \t\n").find(value[value.size() - 1]) != std::string_view::npos)
      value.remove_suffix(1);
    if (!OnlyRefers({value.data(), value.size()})) ranges.push_back(RangeOf(text, value));
  }
}

std::size_t EndOfBlock(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return text.size();
}

// `variable "api_token" { default = "..." }`: the name stands over the value, lines before it.
void FindDefaults(std::string_view text, std::vector<TextRange>& ranges) {
  static const RE2 kVariable(R"re((?m)^[ \t]*variable[ \t]+"?([A-Za-z0-9_-]+)"?[ \t]*(\{))re");
  static const RE2 kDefault(
      R"re(\bdefault\s*=\s*(?:"((?:[^"\\\n]|\\.)*)"|<<-?([A-Za-z0-9_-]+)[ \t]*\r?\n))re");
  if (text.find("variable") == std::string_view::npos) return;
  re2::StringPiece rest = WholePiece(text);
  re2::StringPiece name;
  re2::StringPiece brace;
  while (RE2::FindAndConsume(&rest, kVariable, &name, &brace)) {
    const std::size_t open = RangeOf(text, brace).begin;
    const std::size_t end = EndOfBlock(text, open);
    re2::StringPiece body(text.data() + open, end - open);
    re2::StringPiece value;
    re2::StringPiece marker;
    if (!RE2::FindAndConsume(&body, kDefault, &value, &marker)) continue;
    if (!marker.empty()) {
      const std::string_view lines(body.data(), body.size());
      const std::size_t close = lines.find(std::string_view(marker.data(), marker.size()));
      value = {body.data(), std::min(close, lines.size())};
    }
    if (IsSecretValue({name.data(), name.size()}, {value.data(), value.size()})) {
      ranges.push_back(RangeOf(text, value));
    }
  }
}

// `ranges`: what is hidden of it besides.
std::string HideLine(std::string_view line, TextKind kind, std::vector<TextRange> ranges,
                     const Redactor* redactor) {
  if (ranges.empty() && redactor != nullptr) return redactor->HideAll(line, kind);
  const std::vector<TextRange> own = SecretRanges(line, kind);
  ranges.insert(ranges.end(), own.begin(), own.end());
  const std::string shown = Hide(line, Merged(std::move(ranges)));
  return redactor == nullptr ? shown : redactor->HideValues(shown);
}

}  // namespace

void FindAcrossLines(std::string_view text, std::vector<TextRange>& ranges) {
  FindPrivateKeys(text, ranges);
  FindListed(text, ranges);
  FindPiped(text, ranges);
  FindDefaults(text, ranges);
}

std::vector<TextRange> RangesAcrossLines(std::string_view text) {
  std::vector<TextRange> ranges;
  FindAcrossLines(text, ranges);
  return Merged(std::move(ranges));
}

std::string HideUnder(std::string_view name, std::string_view value) {
  return IsSecretValue(name, value) ? std::string(kHidden) : HideNamed(value, TextKind::kArgument);
}

std::vector<std::string> HideUnder(std::string_view name, const std::vector<std::string>& elements,
                                   const std::vector<std::string>& programs) {
  std::vector<std::string> shown = HideArguments(elements, programs);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (IsSecretValue(name, elements[i])) shown[i] = kHidden;
  }
  return shown;
}

std::vector<std::string> HideLines(std::string_view text, TextKind kind, const Redactor* redactor) {
  std::vector<TextRange> across;
  FindAcrossLines(text, across);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    std::vector<TextRange> ranges;
    for (const TextRange& range : across) {
      const std::size_t from = std::max(range.begin, begin);
      const std::size_t to = std::min(range.end, end);
      if (from < to) ranges.push_back({from - begin, to - begin});
    }
    lines.push_back(HideLine(line, kind, std::move(ranges), redactor));
    if (end < text.size()) lines.back() += '\n';
    begin = end + 1;
  }
  return lines;
}

}  // namespace nmgr
