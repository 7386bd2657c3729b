// How long the calling thread has worked. For tests that bound a cost: unlike the time on the wall
// it does not depend on what else the machine does.
#pragma once

#include <ctime>

namespace nmgr::testing {

inline double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace nmgr::testing
