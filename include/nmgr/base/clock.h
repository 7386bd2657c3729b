// Time, for limits and waits, and of the day. Injected where tests must not wait; what waits for a
// socket or a signal asks the real one. Nothing outside base asks the system for the time itself.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;  // monotonic
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() = 0;
  virtual WallTime Wall() = 0;
  // Returns after `pause`, or at a stop request.
  virtual void Sleep(Duration pause, std::stop_token stop) = 0;
};

Clock& RealClock();

// `now` plus `limit`; the end of time where that lies beyond it.
TimePoint DeadlineAfter(TimePoint now, Duration limit);

// "2026-11-21T04:11:25.123456Z".
std::string UtcText(WallTime time);

// "90s", "5m", "1h30m", "250ms"; a bare number is seconds. kUsage for anything else or a negative
// time.
Expected<Duration> ParseDuration(std::string_view text);

// "250ms", "3s", "1m30s".
std::string FormatDuration(Duration duration);

}  // namespace nmgr
