#include "nmgr/registry/pace.h"

#include <catch2/catch.hpp>

using namespace nmgr;
using namespace nmgr::registry;

namespace {

constexpr Duration kHour{3'600'000};
const TimePoint kStart{std::chrono::hours(1000)};

Duration RestOf(const HostPace& pace, const std::string& host, TimePoint now) {
  return std::max(Duration(0), std::chrono::duration_cast<Duration>(pace.NotBefore(host) - now));
}

}  // namespace

TEST_CASE("An image is asked about once an interval, a tenth more or less") {
  CHECK(NextTurn(kHour, 0) == kHour * 9 / 10);
  CHECK(NextTurn(kHour, 0.5) == kHour);
  CHECK(NextTurn(kHour, 1) == kHour * 11 / 10);
}

TEST_CASE(
    "A registry that has had enough is left alone, twice as long each time, up to six hours") {
  HostPace pace;
  TimePoint now = kStart;
  CHECK(RestOf(pace, "a", now) == Duration(0));
  Duration wanted{60'000};
  for (int i = 0; i < 12; ++i) {
    pace.Note({"a", 429}, now);
    CHECK(RestOf(pace, "a", now) == std::min(wanted, 6 * kHour));
    now = pace.NotBefore("a");
    wanted *= 2;
  }
  CHECK(RestOf(pace, "b", now) == Duration(0));
  // What it says itself counts where it is longer, and no more than six hours.
  pace.Note({"b", 429, Duration(300'000)}, now);
  CHECK(RestOf(pace, "b", now) == Duration(300'000));
  pace.Note({"c", 429, 100 * kHour}, now);
  CHECK(RestOf(pace, "c", now) == 6 * kHour);
  // A good answer begins anew; anything else changes nothing.
  pace.Note({"a", 500}, now);
  pace.Note({"a", 429}, now);
  CHECK(RestOf(pace, "a", now) == 6 * kHour);
  pace.Note({"a", 200}, now);
  CHECK(RestOf(pace, "a", now) == Duration(0));
  pace.Note({"a", 429}, now);
  CHECK(RestOf(pace, "a", now) == Duration(60'000));
}

TEST_CASE("A registry with few pulls left is not asked for an hour") {
  HostPace pace;
  pace.Note({"hub", 200, Duration(0), 10}, kStart);
  CHECK(RestOf(pace, "hub", kStart) == Duration(0));
  pace.Note({"hub", 200, Duration(0), 9}, kStart);
  CHECK(RestOf(pace, "hub", kStart) == kHour);
  pace.Note({"hub", 200, Duration(0), 100}, kStart + 2 * kHour);
  CHECK(RestOf(pace, "hub", kStart + 2 * kHour) == Duration(0));
}
