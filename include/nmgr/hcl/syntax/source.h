// One text that was read, and places in it.
//
// Places inside trees are byte offsets only (Span); lines and columns are computed when a person
// asks for them, because a column counts grapheme clusters and that is slow.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::hcl {

// Half-open byte range [begin, end) of a SourceFile's text.
constexpr std::uint32_t ToOffset(std::size_t size) { return static_cast<std::uint32_t>(size); }

struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

// Line and column are 1-based; a column is one extended grapheme cluster (a tab is one). LF and
// CRLF end a line. `byte` is 0-based.
struct SourcePos {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::uint32_t byte = 0;
  friend bool operator==(const SourcePos&, const SourcePos&) = default;
};

class SourceFile;
using SourcePtr = std::shared_ptr<const SourceFile>;

// An immutable text with the name it has in messages. Trees, spans and diagnostics point into it;
// hold it by SourcePtr. A leading byte order mark is part of the text (it counts in byte offsets,
// not in columns). Texts are below 4 GiB (kMaxFileSize keeps them far below).
class SourceFile {
 public:
  // From byte `decoded` of a derived text on, byte `raw` and following of its origin.
  struct OffsetPair {
    std::uint32_t decoded = 0;
    std::uint32_t raw = 0;
  };

  SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

  // A text that may be a secret (the value of a variable, a variable file): messages give the place
  // in it and never show its lines.
  static SourcePtr Hidden(std::string name, std::string text);
  bool hidden() const { return hidden_; }

  // A text that was decoded out of `origin` (a string of a JSON-syntax spec, whose escapes are
  // gone): `offsets` ascends and starts at decoded 0. Diagnostics moves what points into such a
  // text to its origin, so nothing else has to know about it.
  SourceFile(SourcePtr origin, std::string text, std::vector<OffsetPair> offsets);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::string_view TextOf(Span span) const {
    return text().substr(span.begin, span.end - span.begin);
  }

  // For messages, not for hot paths: the first call counts from the file's start, later ones go on
  // from a checkpoint nearby.
  SourcePos PosAt(std::uint32_t byte) const;

  // The line that `byte` is in, without its line ending.
  Span LineAt(std::uint32_t byte) const;

  // The text this one was decoded out of, or null, and the place there of a span of this text.
  const SourcePtr& origin() const { return origin_; }
  Span InOrigin(Span span) const;

 private:
  std::uint32_t RawOffset(std::uint32_t byte) const;

  std::string name_;
  std::string text_;
  bool hidden_ = false;
  SourcePtr origin_;
  std::vector<OffsetPair> offsets_;
  // Places at the beginning of a cluster, some kilobytes apart, as far as one was asked for.
  mutable std::mutex mutex_;
  mutable std::vector<SourcePos> checkpoints_;
};

}  // namespace nmgr::hcl
