// When a source is looked at again. Pure: times go in, times come out.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "nmgr/base/clock.h"

namespace nmgr::sync {

class Schedule {
 public:
  static constexpr Duration kFirstBackoff{30'000};
  static constexpr Duration kLongestBackoff{900'000};

  // `chance`: a number from 0 up to 1, so that many copies and sources do not ask at the same time.
  Schedule(Duration interval, std::function<double()> chance)
      : interval_(interval), chance_(std::move(chance)) {}

  // The pause after a look: the interval, a tenth more or less; after failures in a row 30 s, twice
  // that, and so on up to 15 min, a fifth more or less, and never sooner than the interval.
  Duration AfterLook(bool failed);

 private:
  Duration interval_;
  std::function<double()> chance_;
  int failures_ = 0;
};

// Of what was announced and is not there yet, since a mirror, or another copy of a registry, may
// lag behind who announced it: the pause before it is asked for again, having been asked again
// `times`. Nothing: it is not waited for any longer.
std::optional<Duration> PauseForAnnounced(std::size_t times);

}  // namespace nmgr::sync
