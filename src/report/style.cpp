#include "style.h"

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::array<std::string_view, 8> kSequences = {
    "", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[36m"};

}  // namespace

std::string Plain(Style, std::string_view text) { return std::string(text); }

std::string Styled(Style style, std::string_view text) {
  if (style == Style::kPlain || text.empty()) return std::string(text);
  std::string out(kSequences[static_cast<std::size_t>(style)]);
  out += text;
  out += kReset;
  return out;
}

std::size_t StyleSequence(std::string_view text) {
  if (!text.starts_with('\x1b')) return 0;
  if (text.starts_with(kReset)) return kReset.size();
  for (const std::string_view sequence : kSequences) {
    if (!sequence.empty() && text.starts_with(sequence)) return sequence.size();
  }
  return 0;
}

std::string Sanitize(std::string_view text, bool styled, std::string_view keep) {
  if (!styled) return EscapeControls(text, keep);
  std::string out;
  while (!text.empty()) {
    const std::size_t next = std::min(text.find('\x1b'), text.size());
    out += EscapeControls(text.substr(0, next), keep);
    text.remove_prefix(next);
    if (text.empty()) break;
    const std::size_t length = StyleSequence(text);
    out +=
        length != 0 ? std::string(text.substr(0, length)) : EscapeControls(text.substr(0, 1), keep);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace nmgr::report
