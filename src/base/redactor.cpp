// The values of one run: how they are looked for in a text that may hold them encoded.
#include <algorithm>
#include <mutex>
#include <optional>

#include "nmgr/base/letters.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/text.h"
#include "secret_scanner.h"

namespace nmgr {
namespace {

bool IsBase64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '/' || c == '-' || c == '_';
}

// The characters of base64 that nothing but `secret` decides when `offset` bytes stand before it.
std::string Base64Core(std::string_view secret, std::size_t offset) {
  const std::size_t first = (offset * 8 + 5) / 6;
  const std::size_t last = (offset + secret.size()) * 8 / 6;
  std::string out;
  for (std::size_t i = first; i < last; ++i) {
    unsigned sextet = 0;
    for (std::size_t bit = i * 6; bit < i * 6 + 6; ++bit) {
      const auto byte = static_cast<unsigned char>(secret[bit / 8 - offset]);
      sextet = sextet << 1U | ((byte >> (7U - bit % 8U)) & 1U);
    }
    out += kBase64Alphabet[sextet];
  }
  return out;
}

// A text and where each of its bytes comes from.
struct View {
  std::string text;
  std::vector<TextRange> from;
  bool decoded = false;
};

std::optional<unsigned> Hex(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) {
    const char f = InSmallLetters(c);
    if (f >= '0' && f <= '9') {
      value = value * 16 + static_cast<unsigned>(f - '0');
    } else if (f >= 'a' && f <= 'f') {
      value = value * 16 + static_cast<unsigned>(f - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

struct Escape {
  std::size_t length = 0;  // 0: none
  std::string text;
};

std::string Utf8(unsigned code) {
  if (code < 0x80U) return {static_cast<char>(code)};
  if (code < 0x800U)
    return {static_cast<char>(0xC0U | code >> 6U), static_cast<char>(0x80U | (code & 0x3FU))};
  return {static_cast<char>(0xE0U | code >> 12U), static_cast<char>(0x80U | (code >> 6U & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

Escape Backslash(std::string_view text) {
  if (text.size() < 2) return {};
  switch (text[1]) {
    case 'n':
      return {2, "\n"};
    case 't':
      return {2, "\t"};
    case 'r':
      return {2, "\r"};
    case '"':
    case '\\':
    case '/':
    case '\'':
      return {2, std::string(1, text[1])};
    case 'u':
      if (text.size() >= 6) {
        if (const auto code = Hex(text.substr(2, 4))) return {6, Utf8(*code)};
      }
      return {};
    case 'x':
      if (text.size() >= 4) {
        if (const auto code = Hex(text.substr(2, 2))) return {4, {static_cast<char>(*code)}};
      }
      return {};
    default:
      return {};
  }
}

Escape Entity(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},    {"&quot;", '"'}, {"&#34;", '"'},
      {"&#39;", '\''}, {"&apos;", '\''}, {"&#x27;", '\''}, {"&#x22;", '"'}, {"&#x2f;", '/'}};
  for (const auto& [name, c] : kEntities) {
    if (InSmallLetters(text.substr(0, name.size())) == name) return {name.size(), {c}};
  }
  return {};
}

Escape EscapeAt(std::string_view text) {
  if (text.front() == '\\') return Backslash(text);
  if (text.front() == '&') return Entity(text);
  if (text.front() == '%' && text.size() >= 3) {
    if (const auto code = Hex(text.substr(1, 2))) return {3, {static_cast<char>(*code)}};
  }
  return {};
}

View Whole(std::string_view text) {
  View view{std::string(text), {}, true};
  view.from.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) view.from.push_back({i, i + 1});
  return view;
}

View Decode(const View& view) {
  View out;
  const std::string_view text = view.text;
  for (std::size_t i = 0; i < text.size();) {
    const Escape escape = EscapeAt(text.substr(i));
    const std::size_t length = std::max<std::size_t>(escape.length, 1);
    const TextRange from{view.from[i].begin, view.from[i + length - 1].end};
    if (escape.length == 0) {
      out.text += text[i];
      out.from.push_back(from);
    } else {
      out.decoded = true;
      out.text += escape.text;
      out.from.insert(out.from.end(), escape.text.size(), from);
    }
    i += length;
  }
  return out;
}

std::uint32_t StartOf(std::string_view text) {
  std::uint32_t key = 0;
  for (std::size_t i = 0; i < Redactor::kLeast; ++i) {
    key = key << 8U | static_cast<unsigned char>(text[i]);
  }
  return key;
}

// Where the bits of a secret's neighbours begin, a character of base64 belongs to both.
TextRange Widened(std::string_view text, TextRange range) {
  if (range.begin > 0 && IsBase64(text[range.begin - 1])) --range.begin;
  if (range.end < text.size() && IsBase64(text[range.end])) ++range.end;
  while (range.end < text.size() && text[range.end] == '=') ++range.end;
  return range;
}

}  // namespace

void Redactor::AddNeedle(std::string_view text, bool base64) {
  if (text.size() < kLeast) return;
  std::string folded = InSmallLetters(text);
  if (!known_.insert(folded).second) return;
  by_start_[StartOf(folded)].push_back(needles_.size());
  needles_.push_back({std::move(folded), base64});
}

void Redactor::AddForms(std::string_view secret) {
  AddNeedle(secret, false);
  std::string plus(secret);
  std::replace(plus.begin(), plus.end(), ' ', '+');
  AddNeedle(plus, false);
  for (const std::size_t offset : {0U, 1U, 2U}) {
    std::string core = Base64Core(secret, offset);
    AddNeedle(core, true);
    std::replace(core.begin(), core.end(), '+', '-');
    std::replace(core.begin(), core.end(), '/', '_');
    AddNeedle(core, true);
  }
}

void Redactor::Add(std::string_view secret) {
  if (secret.size() < kLeast) return;
  const std::unique_lock lock(mutex_);
  AddForms(secret);
}

void Redactor::AddUser(std::string_view user, std::string_view password) {
  if (password.empty()) return;
  Add(password);
  const std::unique_lock lock(mutex_);
  AddForms(std::string(user) + ":" + std::string(password));
}

void Redactor::AddNamed(std::string_view name, std::string_view value) {
  if (value.size() < kLeastNamed || !IsSecretValue(name, value)) return;
  Add(value);
  if (value.find('\n') == std::string_view::npos) return;
  for (const std::string_view line : Split(value, '\n')) {
    const std::string_view words = TrimBlanks(line);
    if (words.size() >= kLeastNamed && !words.starts_with("-----")) Add(words);
  }
}

void Redactor::AddAddress(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return;
  std::string_view info = address.substr(0, at);
  const std::size_t scheme = info.find(':');
  const std::size_t begin = scheme == std::string_view::npos
                                ? std::string_view::npos
                                : info.find_first_not_of("/\\", scheme + 1);
  const bool slashes = begin != std::string_view::npos && begin > scheme + 1;
  const std::string_view before = info.substr(0, std::min(scheme, info.size()));
  if (slashes) {
    info.remove_prefix(begin);
  } else if (before == "http" || before == "https") {
    info.remove_prefix(scheme + 1);
  }
  const std::size_t colon = info.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view user = info.substr(0, colon);
  const std::string_view password = info.substr(colon + 1);
  AddUser(user, password);
  AddUser(Decode(Whole(user)).text, Decode(Whole(password)).text);
}

void Redactor::FindIn(std::string_view folded,
                      std::vector<std::pair<TextRange, bool>>& found) const {
  for (std::size_t at = 0; at + kLeast <= folded.size(); ++at) {
    const auto candidates = by_start_.find(StartOf(folded.substr(at)));
    if (candidates == by_start_.end()) continue;
    for (const std::size_t index : candidates->second) {
      const Needle& needle = needles_[index];
      if (folded.substr(at).starts_with(needle.folded)) {
        found.push_back({{at, at + needle.folded.size()}, needle.base64});
      }
    }
  }
}

std::vector<TextRange> Redactor::Find(std::string_view text) const {
  constexpr int kMostDecoded = 2;
  const std::shared_lock lock(mutex_);
  std::vector<TextRange> ranges;
  if (needles_.empty()) return ranges;
  View view = Whole(text);
  for (int round = 0; round <= kMostDecoded && view.decoded; ++round) {
    std::vector<std::pair<TextRange, bool>> found;
    FindIn(InSmallLetters(view.text), found);
    for (const auto& [match, base64] : found) {
      const TextRange range = base64 ? Widened(view.text, match) : match;
      ranges.push_back({view.from[range.begin].begin, view.from[range.end - 1].end});
    }
    if (view.text.find_first_of("\\%&") == std::string::npos) break;
    view = Decode(view);
  }
  return Merged(std::move(ranges));
}

std::string Redactor::HideValues(std::string_view text) const { return Hide(text, Find(text)); }

std::string Redactor::HideAll(std::string_view text, TextKind kind) const {
  std::vector<TextRange> ranges = Find(text);
  const std::vector<TextRange> named = SecretRanges(text, kind);
  ranges.insert(ranges.end(), named.begin(), named.end());
  return Hide(text, Merged(std::move(ranges)));
}

}  // namespace nmgr
