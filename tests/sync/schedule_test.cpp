#include "nmgr/sync/schedule.h"

#include <catch2/catch.hpp>

namespace nmgr::sync {
namespace {

Schedule ScheduleOf(Duration interval, double chance = 0.5) {
  return Schedule(interval, [chance] { return chance; });
}

}  // namespace

TEST_CASE("a source is looked at each interval, a tenth more or less") {
  CHECK(ScheduleOf(Duration(60'000)).AfterLook(false) == Duration(60'000));
  CHECK(ScheduleOf(Duration(60'000), 0).AfterLook(false) == Duration(54'000));
  CHECK(ScheduleOf(Duration(60'000), 1).AfterLook(false) == Duration(66'000));
}

TEST_CASE("failures in a row double the pause, up to a bound, and the next success ends that") {
  Schedule schedule = ScheduleOf(Duration(10'000));
  for (const int seconds : {30, 60, 120, 240, 480, 900, 900}) {
    CHECK(schedule.AfterLook(true) == Duration(seconds * 1'000));
  }
  CHECK(schedule.AfterLook(false) == Duration(10'000));
  CHECK(schedule.AfterLook(true) == Duration(30'000));
  CHECK(ScheduleOf(Duration(3'600'000)).AfterLook(true) == Duration(3'600'000));
}

TEST_CASE("what was announced is asked for again at growing pauses, and then no more") {
  Duration before{0};
  std::size_t times = 0;
  for (auto pause = PauseForAnnounced(times); pause; pause = PauseForAnnounced(++times)) {
    CHECK(*pause > before);
    before = *pause;
  }
  CHECK(times == 3);
}

}  // namespace nmgr::sync
