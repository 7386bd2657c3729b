#include "nmgr/hcl/syntax/source.h"

#include <algorithm>
#include <cstring>

#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The next quote at or behind `at` that ends a token: one without a backslash before it. Columns
// are counted token by token, so such a quote joins neither a mark that follows it nor what
// precedes it.
std::size_t FindQuote(std::string_view text, std::size_t at) {
  for (;; ++at) {
    at = text.find('"', at);
    if (at == kNone || at == 0 || text[at - 1] != '\\') return at;
  }
}

// From a cluster's beginning to the first that is not before `byte`.
SourcePos Advance(std::string_view text, SourcePos from, std::uint32_t byte) {
  const std::string_view before = text.substr(0, byte);
  std::size_t quote = FindQuote(before, from.byte);
  std::size_t newline = before.find('\n', from.byte);
  while (from.byte < byte) {
    if (quote < from.byte) quote = FindQuote(before, from.byte);
    if (newline < from.byte) newline = before.find('\n', from.byte);
    if (quote == from.byte) {
      ++from.byte;
      ++from.column;
      continue;
    }
    // A cluster may begin before `stop` and end behind it, with the line even.
    const std::size_t stop =
        std::min({quote, newline == kNone ? kNone : newline + 1, std::size_t{byte}});
    const std::string_view rest = text.substr(from.byte, quote - from.byte);
    const GraphemeRun run = PassGraphemes(rest, stop - from.byte);
    from.byte += ToOffset(run.bytes);
    from.column += ToOffset(run.count);
    if (rest[run.bytes - 1] == '\n') {
      ++from.line;
      from.column = 1;
    }
  }
  return from;
}

}  // namespace

SourcePtr SourceFile::Hidden(std::string name, std::string text) {
  auto file = std::make_shared<SourceFile>(std::move(name), std::move(text));
  file->hidden_ = true;
  return file;
}

SourceFile::SourceFile(SourcePtr origin, std::string text, std::vector<OffsetPair> offsets)
    : name_(origin->name()),
      text_(std::move(text)),
      origin_(std::move(origin)),
      offsets_(std::move(offsets)) {}

SourcePos SourceFile::PosAt(std::uint32_t byte) const {
  constexpr std::uint32_t kStep = 1U << 14U;
  const std::lock_guard lock(mutex_);
  if (checkpoints_.empty()) {
    const bool marked = text().starts_with(kByteOrderMark);
    checkpoints_.push_back({1, 1, marked ? ToOffset(kByteOrderMark.size()) : 0});
  }
  while (byte > checkpoints_.back().byte && byte - checkpoints_.back().byte > kStep) {
    checkpoints_.push_back(Advance(text(), checkpoints_.back(), checkpoints_.back().byte + kStep));
  }
  const auto after = std::upper_bound(
      checkpoints_.begin(), checkpoints_.end(), byte,
      [](std::uint32_t wanted, const SourcePos& pos) { return wanted < pos.byte; });
  if (after == checkpoints_.begin()) return {1, 1, byte};  // within the byte order mark
  return Advance(text().substr(0, byte), *(after - 1), byte);
}

Span SourceFile::LineAt(std::uint32_t byte) const {
  const std::string_view before = text().substr(0, byte);
  const void* newline = memrchr(before.data(), '\n', before.size());
  Span line{0, ToOffset(std::min(text().find('\n', byte), text().size()))};
  if (newline != nullptr) {
    line.begin =
        ToOffset(static_cast<std::size_t>(static_cast<const char*>(newline) + 1 - before.data()));
  }
  if (line.end > line.begin && text()[line.end - 1] == '\r') --line.end;
  return line;
}

Span SourceFile::InOrigin(Span span) const {
  const std::uint32_t begin = RawOffset(span.begin);
  return {begin, std::max(begin, RawOffset(span.end))};
}

std::uint32_t SourceFile::RawOffset(std::uint32_t byte) const {
  const auto after = std::upper_bound(
      offsets_.begin(), offsets_.end(), byte,
      [](std::uint32_t wanted, const OffsetPair& pair) { return wanted < pair.decoded; });
  if (after == offsets_.begin()) return byte;
  const OffsetPair& pair = *(after - 1);
  return pair.raw + (byte - pair.decoded);
}

}  // namespace nmgr::hcl
