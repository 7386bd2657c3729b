#include "style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

constexpr std::string_view kReset = "[0m";
constexpr std::array<std::string_view, 8> kSequences = {"",     "[1m",  "[2m",  "[31m",
                                                        "[32m", "[33m", "[34m", "[36m"};

// ESC and what nobody outside this process can know.
const std::string& Mark() {
  static const std::string mark = [] {
    std::random_device random;
    return fmt::format("\x1b{:08x}{:08x}", random(), random());
  }();
  return mark;
}

// The sequence that a marked one at the start of `text` stands for, and its length with the mark.
std::pair<std::string_view, std::size_t> MarkedSequence(std::string_view text) {
  if (!text.starts_with(Mark())) return {};
  text.remove_prefix(Mark().size());
  if (text.starts_with(kReset)) return {kReset, Mark().size() + kReset.size()};
  for (const std::string_view sequence : kSequences) {
    if (!sequence.empty() && text.starts_with(sequence)) {
      return {sequence, Mark().size() + sequence.size()};
    }
  }
  return {};
}

}  // namespace

std::string Plain(Style, std::string_view text) { return std::string(text); }

std::string Styled(Style style, std::string_view text) {
  if (style == Style::kPlain || text.empty()) return std::string(text);
  std::string out = Mark();
  out += kSequences[static_cast<std::size_t>(style)];
  out += text;
  out += Mark();
  out += kReset;
  return out;
}

std::string Sanitize(std::string_view text, std::string_view keep) {
  std::string out;
  while (!text.empty()) {
    const std::size_t next = std::min(text.find('\x1b'), text.size());
    out += EscapeControls(text.substr(0, next), keep);
    text.remove_prefix(next);
    if (text.empty()) break;
    const auto [sequence, length] = MarkedSequence(text);
    if (length != 0) {
      out += '\x1b';
      out += sequence;
    } else {
      out += EscapeControls(text.substr(0, 1), keep);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string WithoutStyles(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t next = std::min(text.find('\x1b'), text.size());
    out += text.substr(0, next);
    text.remove_prefix(next);
    if (!text.empty()) text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
  }
  return out;
}

std::string Unmarked(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t next = std::min(text.find(Mark()), text.size());
    out += text.substr(0, next);
    text.remove_prefix(next);
    const auto [sequence, length] = MarkedSequence(text);
    if (length != 0) out.append("\x1b").append(sequence);
    text.remove_prefix(length != 0 ? length : std::min<std::size_t>(1, text.size()));
  }
  return out;
}

}  // namespace nmgr::report
