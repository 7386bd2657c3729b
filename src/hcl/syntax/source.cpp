#include "nmgr/hcl/syntax/source.h"

#include <algorithm>

#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::uint32_t ToOffset(std::size_t size) { return static_cast<std::uint32_t>(size); }

}  // namespace

SourceFile::SourceFile(SourcePtr origin, std::string text, std::vector<OffsetPair> offsets)
    : name_(origin->name()),
      text_(std::move(text)),
      origin_(std::move(origin)),
      offsets_(std::move(offsets)) {}

SourcePos SourceFile::PosAt(std::uint32_t byte) const {
  const std::string_view before = text().substr(0, byte);
  SourcePos pos;
  pos.byte = byte;
  pos.line += ToOffset(static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')));
  const std::size_t newline = before.rfind('\n');
  std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  if (pos.line == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  pos.column += ToOffset(CountGraphemes(line));
  return pos;
}

std::string_view SourceFile::Line(std::uint32_t line) const {
  std::string_view rest = text();
  for (; line > 1; --line) {
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) return {};
    rest.remove_prefix(newline + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
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
