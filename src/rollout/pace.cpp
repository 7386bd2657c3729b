#include "nmgr/rollout/pace.h"

#include <algorithm>

namespace nmgr::rollout {
namespace {

// A blocking query that lasted this long did wait.
constexpr Duration kWaited{1'000};
// So many quick answers in a row, each with a higher index, are a cluster at work.
constexpr int kBurst = 8;
constexpr Duration kFirstPause{250};
constexpr Duration kLongestPause{2'000};
// Beyond what a cluster can count to; to wait for more would be to wait for ever.
constexpr std::uint64_t kHighestIndex = std::uint64_t{1} << 62;

}  // namespace

void Pace::After(std::uint64_t index, bool has_index) {
  const bool asked_to_wait = index_ != 0;
  const bool usable =
      has_index && index <= kHighestIndex && index >= index_ && (!asked_to_wait || index > index_);
  const bool waited = clock_.Now() - asked_at_ >= kWaited;
  if (waited) {
    quick_ = 0;
    pause_ = Duration{0};
  } else if (asked_to_wait || !usable) {
    quick_ += usable ? 1 : kBurst + 1;
  }
  if (!has_index || index > kHighestIndex) {
    index_ = 1;
  } else {
    index_ = index < index_ ? 0 : std::max<std::uint64_t>(index, 1);
  }
  if (quick_ > kBurst) Pause();
}

void Pace::AfterFailure() {
  index_ = 0;
  Pause();
}

void Pace::Pause() {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  const auto left = std::chrono::floor<Duration>(deadline_ - clock_.Now());
  clock_.Sleep(std::clamp(left, Duration{0}, pause_), stop_);
}

}  // namespace nmgr::rollout
