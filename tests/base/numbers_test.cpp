#include "nmgr/base/numbers.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace nmgr {

TEST_CASE("a number is all of a text, or it is none") {
  CHECK(WholeNumber<int>("42") == 42);
  CHECK(WholeNumber<int>("-7") == -7);
  CHECK(WholeNumber<int>("007") == 7);
  CHECK(WholeNumber<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  for (const char* text : {"", " 1", "1 ", "+1", "1.5", "0x1", "1e3", "-", "one", "99999999999"}) {
    INFO(text);
    CHECK_FALSE(WholeNumber<int>(text));
  }
  CHECK_FALSE(WholeNumber<std::uint64_t>("-1"));
  CHECK_FALSE(WholeNumber<std::uint64_t>("18446744073709551616"));
}

TEST_CASE("what is no number leaves the one that was there") {
  int number = 3;
  CHECK_FALSE(TakeWhole("4x", number));
  CHECK(number == 3);
  CHECK(TakeWhole("4", number));
  CHECK(number == 4);
}

}  // namespace nmgr
