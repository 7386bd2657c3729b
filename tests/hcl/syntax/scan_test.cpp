#include "hcl/syntax/scan.h"

#include <catch2/catch.hpp>
#include <string>

#include "nmgr/base/text.h"
#include "nmgr/hcl/value/unicode.h"

namespace nmgr::hcl {
namespace {

std::size_t LengthOf(const std::string& text) {
  return Utf8Length(text.data(), text.data() + text.size());
}

TEST_CASE("A stop is found at every distance and alignment") {
  const std::string filler(80, 'x');
  for (std::size_t start = 0; start < 20; ++start) {
    for (std::size_t at = start; at < filler.size(); ++at) {
      for (const char stop : {'$', '\n', '\x80', '\xFF'}) {
        std::string text = filler;
        text[at] = stop;
        const char* begin = text.data() + start;
        const char* found = FindStop<'$', '\n'>(begin, text.data() + text.size());
        REQUIRE(found == text.data() + at);
      }
    }
    const char* end = filler.data() + filler.size();
    REQUIRE(FindStop<'$', '\n'>(filler.data() + start, end) == end);
    REQUIRE(FindStop<'$'>(filler.data() + start, filler.data() + start) == filler.data() + start);
  }
}

TEST_CASE("Every code point is well formed and no surrogate is") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    AppendCodePoint(c, text);
    if (LengthOf(text) != text.size()) FAIL(static_cast<std::uint32_t>(c));
    if (text.size() > 1 && LengthOf(text.substr(0, text.size() - 1)) != 0) {
      FAIL(static_cast<std::uint32_t>(c));
    }
  }
}

TEST_CASE("All two-byte and many longer sequences are judged as the whole-text check does") {
  for (int first = 0x80; first <= 0xFF; ++first) {
    for (int second = 0; second <= 0xFF; ++second) {
      for (const char* tail : {"", "\x80", "\xBF\x80", "\x80\x41"}) {
        const std::string text =
            std::string{static_cast<char>(first), static_cast<char>(second)} + tail;
        const std::size_t length = LengthOf(text);
        bool valid = false;
        for (std::size_t size = 2; size <= text.size() && !valid; ++size) {
          valid = IsValidUtf8(text.substr(0, size));
          if (valid) REQUIRE(length == size);
        }
        if (!valid) REQUIRE(length == 0);
      }
    }
  }
}

}  // namespace
}  // namespace nmgr::hcl
