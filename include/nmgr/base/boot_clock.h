// Time since the machine was started, which goes on while it sleeps (CLOCK_BOOTTIME) and no one can
// set. For what others take back after a time: a lease does not wait until a laptop is opened
// again.
#pragma once

#include <chrono>

namespace nmgr {

class BootClock {
 public:
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  virtual ~BootClock() = default;
  virtual time_point Now() = 0;
};

using BootTime = BootClock::time_point;

BootClock& RealBootClock();

}  // namespace nmgr
