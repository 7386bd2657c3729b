#include "nmgr/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace nmgr {

std::string_view TrimBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> SplitList(std::string_view text, std::string_view separators) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end != 0) pieces.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string SomeOf(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  if (names.size() <= kShown) return Join(names, ", ");
  const std::vector<std::string> first(names.begin(), names.begin() + kShown);
  return fmt::format("{} and {} more", Join(first, ", "), names.size() - kShown);
}

std::size_t Utf8Length(std::string_view text) {
  const auto byte = [text](std::size_t i) -> unsigned {
    return static_cast<unsigned char>(text[i]);
  };
  const auto continues = [text](std::size_t i) {
    return i < text.size() && IsContinuationByte(text[i]);
  };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(2)) return 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (!continues(3)) return 0;
  const bool overlong = first == 0xF0 && byte(1) < 0x90;
  const bool too_large = first == 0xF4 && byte(1) >= 0x90;
  return overlong || too_large ? 0 : 4;
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

namespace {

// C0, DEL, C1.
bool IsControl(unsigned code) { return code < 0x20U || (code >= 0x7FU && code < 0xA0U); }

// Of the direction of writing, and the separators of lines and paragraphs (U+2028, U+2029).
bool IsUnseenControl(unsigned code) {
  return code == 0x61CU || code == 0x200EU || code == 0x200FU ||
         (code >= 0x2028U && code <= 0x202EU) || (code >= 0x2066U && code <= 0x2069U);
}

}  // namespace

namespace {

// Printable ASCII, which nearly all is, up to the first byte that is not.
std::string_view PlainStart(std::string_view text) {
  const auto end =
      std::find_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// Code point of a well-formed sequence.
unsigned CodePointOf(std::string_view sequence) {
  const auto byte = [sequence](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(sequence[i]));
  };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    case 3:
      return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
    default:
      return (byte(0) & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U |
             (byte(3) & 0x3FU);
  }
}

}  // namespace

std::string EscapeControls(std::string_view text, std::string_view keep) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view plain = PlainStart(text);
    out += plain;
    text.remove_prefix(plain.size());
    if (text.empty()) break;
    const std::size_t length = std::max<std::size_t>(Utf8Length(text), 1);
    const std::string_view sequence = text.substr(0, length);
    const bool valid = Utf8Length(text) != 0;
    const unsigned code = valid ? CodePointOf(sequence) : static_cast<unsigned char>(text[0]);
    if (length == 1 && keep.find(text[0]) != std::string_view::npos) {
      out += text[0];
    } else if (!valid || IsControl(code)) {
      out += fmt::format("\\x{:02x}", code);
    } else if (IsUnseenControl(code)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += sequence;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string ShellWord(std::string_view word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return IsAsciiDigit(c) || IsAsciiLetter(c) ||
           std::string_view("-_./:@%+=").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string EscapeInJson(std::string_view document) {
  std::string out;
  out.reserve(document.size());
  while (!document.empty()) {
    const std::string_view plain = PlainStart(document);
    out += plain;
    document.remove_prefix(plain.size());
    if (document.empty()) break;
    const std::size_t length = std::max<std::size_t>(Utf8Length(document), 1);
    const std::string_view sequence = document.substr(0, length);
    const bool valid = Utf8Length(document) != 0;
    const unsigned code = valid ? CodePointOf(sequence) : 0xFFFDU;
    const bool formatting = code == '\n' || code == '\t' || code == '\r';
    if (!valid || IsUnseenControl(code) || (IsControl(code) && !formatting)) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += sequence;
    }
    document.remove_prefix(length);
  }
  return out;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

namespace {

bool SameButForCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::vector<std::string> NearestNames(std::string_view typed,
                                      const std::vector<std::string>& candidates,
                                      std::size_t most) {
  constexpr std::size_t kMostCompared = 100;
  if (typed.size() > kMostCompared) return {};
  const std::size_t limit = std::max<std::size_t>(2, typed.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kMostCompared) continue;
    const bool part = SameButForCase(typed, candidate) ||
                      (typed.size() >= 3 && candidate.find(typed) != std::string::npos);
    const std::size_t distance = EditDistance(typed, candidate);
    if (part || (distance <= limit && distance < std::max(typed.size(), candidate.size()))) {
      near.emplace_back(part ? std::min<std::size_t>(distance, 1) : distance, candidate);
    }
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < near.size() && i < most; ++i) names.push_back(near[i].second);
  return names;
}

std::string DidYouMean(std::string_view typed, const std::vector<std::string>& candidates) {
  const std::vector<std::string> nearest = NearestNames(typed, candidates, 1);
  return nearest.empty() ? std::string() : fmt::format(" Did you mean \"{}\"?", nearest.front());
}

std::string Count(std::size_t n, std::string_view singular, std::string_view plural) {
  if (n == 1) return fmt::format("1 {}", singular);
  return plural.empty() ? fmt::format("{} {}s", n, singular) : fmt::format("{} {}", n, plural);
}

namespace {

// Matches one class at pattern[at] == '['; sets `next` behind its ']'. An unclosed class is a plain
// '['.
bool MatchClass(std::string_view pattern, std::size_t at, char c, std::size_t& next) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool matched = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    if (low <= c && c <= high) matched = true;
    ++i;
  }
  if (i >= pattern.size()) {
    next = at + 1;
    return c == '[';
  }
  next = i + 1;
  return matched != negated;
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;
  std::size_t star_text = 0;
  while (t < text.size()) {
    std::size_t next = p + 1;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() &&
               (pattern[p] == '?' || (pattern[p] == '[' ? MatchClass(pattern, p, text[t], next)
                                                        : pattern[p] == text[t]))) {
      p = next;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool HasGlobCharacters(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

std::string ReplaceAll(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace nmgr
