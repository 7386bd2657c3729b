#include "nmgr/hcl/syntax/source.h"

#include <algorithm>
#include <cstring>

#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::uint32_t ToOffset(std::size_t size) { return static_cast<std::uint32_t>(size); }

// Columns are counted token by token: a quote joins neither a mark that follows it nor what precedes it.
std::size_t CountColumns(std::string_view line) {
  std::size_t columns = 0;
  for (std::size_t begin = 0, at = 0;; ++at) {
    at = line.find('"', at);
    if (at == std::string_view::npos) return columns + CountGraphemes(line.substr(begin));
    if (at > 0 && line[at - 1] == '\\') continue;
    columns += CountGraphemes(line.substr(begin, at - begin)) + 1;
    begin = at + 1;
  }
}

}  // namespace

SourceFile::SourceFile(SourcePtr origin, std::string text, std::vector<OffsetPair> offsets)
    : name_(origin->name()),
      text_(std::move(text)),
      origin_(std::move(origin)),
      offsets_(std::move(offsets)) {}

// From a cluster's beginning to the first that is not before `byte`.
SourcePos SourceFile::Advance(SourcePos from, std::uint32_t byte) const {
  std::string_view rest = text().substr(from.byte);
  std::size_t left = byte - from.byte;
  while (left > 0) {
    const std::size_t newline = rest.substr(0, left).find('\n');
    const bool ends_line = newline != std::string_view::npos;
    const std::size_t wanted = ends_line ? newline + 1 : left;
    // A cluster may begin before `byte` and end behind it, with the line even.
    const GraphemeRun run = PassGraphemes(rest, wanted);
    from.byte += ToOffset(run.bytes);
    from.column += ToOffset(run.count);
    if (rest[run.bytes - 1] == '\n') {
      ++from.line;
      from.column = 1;
    }
    left -= std::min(left, run.bytes);
    rest.remove_prefix(run.bytes);
  }
  return from;
}

SourcePos SourceFile::PosAt(std::uint32_t byte) const {
  constexpr std::uint32_t kStep = 1U << 14U;
  const std::lock_guard lock(mutex_);
  if (checkpoints_.empty()) {
    const bool marked = text().starts_with(kByteOrderMark);
    checkpoints_.push_back({1, 1, marked ? ToOffset(kByteOrderMark.size()) : 0});
  }
  while (byte > checkpoints_.back().byte && byte - checkpoints_.back().byte > kStep) {
    checkpoints_.push_back(Advance(checkpoints_.back(), checkpoints_.back().byte + kStep));
  }
  const auto after = std::upper_bound(
      checkpoints_.begin(), checkpoints_.end(), byte,
      [](std::uint32_t wanted, const SourcePos& pos) { return wanted < pos.byte; });
  if (after == checkpoints_.begin()) return {1, 1, byte};  // within the byte order mark
  const SourcePos& before = *(after - 1);
  const std::string_view between = text().substr(before.byte, byte - before.byte);
  SourcePos pos = before;
  pos.byte = byte;
  pos.line += ToOffset(static_cast<std::size_t>(std::count(between.begin(), between.end(), '\n')));
  const std::size_t newline = between.rfind('\n');
  if (newline == std::string_view::npos) {
    pos.column += ToOffset(CountColumns(between));
  } else {
    pos.column = 1 + ToOffset(CountColumns(between.substr(newline + 1)));
  }
  return pos;
}

Span SourceFile::LineAt(std::uint32_t byte) const {
  const std::string_view before = text().substr(0, byte);
  const void* newline = memrchr(before.data(), '\n', before.size());
  Span line{0, ToOffset(std::min(text().find('\n', byte), text().size()))};
  if (newline != nullptr) {
    line.begin = ToOffset(static_cast<std::size_t>(static_cast<const char*>(newline) + 1 - before.data()));
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
