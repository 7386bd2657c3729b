#include "hcl/syntax/scan.h"

#include <catch2/catch.hpp>
#include <string>

namespace nmgr::hcl {
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

}  // namespace
}  // namespace nmgr::hcl
