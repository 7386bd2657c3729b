// Times as Nomad gives them, in nanoseconds since 1970.
#pragma once

#include <chrono>
#include <cstdint>

#include "nmgr/base/clock.h"

namespace nmgr::report {

inline WallTime AtNs(std::int64_t ns) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(ns)));
}

}  // namespace nmgr::report
