// Tokens of JSON. Private to syntax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/hcl/syntax/source.h"

namespace nmgr::hcl {

enum class JsonTokenKind : std::uint8_t {
  kOpenBrace,
  kCloseBrace,
  kOpenBracket,
  kCloseBracket,
  kComma,
  kColon,
  kEquals,  // not JSON; typed by people who write HCL
  kWord,
  kString,
  kNumber,
  kBad,  // nothing JSON has; the lexer goes no further
  kEnd,
};

struct JsonToken {
  JsonTokenKind kind;
  Span span;
};

// Gives tokens one by one. Words, numbers and strings are taken generously and checked by the
// parser.
class JsonLexer {
 public:
  explicit JsonLexer(std::string_view text) : text_(text) {}
  JsonToken Next();

 private:
  std::size_t StringEnd(std::size_t at) const;

  std::string_view text_;  // cut short after kBad
  std::size_t at_ = 0;
};

bool IsJsonNumber(std::string_view text);

// Decodes a string with its quotes. Returns the place of the first byte that is wrong (the size of
// `literal` where its end is missing), or npos. `offsets`, if given, gets the pairs for SourceFile,
// relative to `literal`.
std::size_t DecodeJsonString(std::string_view literal, std::string& out,
                             std::vector<SourceFile::OffsetPair>* offsets);

}  // namespace nmgr::hcl
