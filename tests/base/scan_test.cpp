#include "nmgr/base/scan.h"

#include <catch2/catch.hpp>
#include <string>

namespace nmgr {
namespace {

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

TEST_CASE("A control character is found at every distance, and what is no ASCII is passed") {
  const std::string filler(40, '\x80');
  for (std::size_t start = 0; start < 20; ++start) {
    for (std::size_t at = start; at < filler.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text = filler;
        text[at] = static_cast<char>(c);
        const char* const begin = text.data() + start;
        const char* const end = text.data() + text.size();
        const bool stops = c < 0x20 || c == '"' || c == 0x7F;
        const char* const found = FindStopOrControl<'"', '\x7F'>(begin, end);
        REQUIRE(found == (stops ? text.data() + at : end));
      }
    }
  }
}

TEST_CASE("ASCII at the beginning is passed") {
  CHECK(SkipAscii("").empty());
  CHECK(SkipAscii("only ASCII, more than sixteen bytes of it").empty());
  CHECK(SkipAscii("sixteen and more and then \xC3\xA4 and more") == "\xC3\xA4 and more");
  CHECK(SkipAscii("\xC3\xA4") == "\xC3\xA4");
}

}  // namespace
}  // namespace nmgr
