#include "retries.h"

#include <algorithm>

#include "nmgr/base/chance.h"

namespace nmgr::nomad {
namespace {

constexpr Duration kLongestPause{2'000};

// Between half of `pause` and all of it, so that many callers do not come back together.
Duration Jittered(Duration pause) {
  return Duration(
      static_cast<Duration::rep>(static_cast<double>(pause.count()) * (1 + Chance()) / 2));
}

}  // namespace

bool Sleep(Duration pause, const std::stop_token& stop) {
  RealClock().Sleep(pause, stop);
  return !stop.stop_requested();
}

bool Retries::Pause(const Failure& failure) {
  const Duration pause = std::max(Jittered(pause_), failure.retry_after);
  pause_ = std::min(pause_ * 2, kLongestPause);
  const TimePoint now = RealClock().Now();
  if (!failing_since_) failing_since_ = now;
  const TimePoint end = End(failure);
  if (now + pause < end) return Sleep(pause, call_.stop);
  // A wait uses up its time, so that "the time limit passed" is the truth.
  if (call_.patience == Patience::kWait && now < end)
    Sleep(std::chrono::ceil<Duration>(end - now), call_.stop);
  return false;
}

TimePoint Retries::End(const Failure& failure) const {
  const bool bounded = call_.deadline != TimePoint::max();
  const bool patient = call_.patience != Patience::kBrief;
  if (patient || (failure.throttled && bounded)) return call_.deadline;
  return std::min(call_.deadline, DeadlineAfter(start_, window_));
}

}  // namespace nmgr::nomad
