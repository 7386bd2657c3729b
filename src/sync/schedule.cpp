#include "nmgr/sync/schedule.h"

#include <algorithm>
#include <array>

namespace nmgr::sync {

Duration Schedule::AfterLook(bool failed) {
  constexpr int kMostDoublings = 5;
  const double chance = chance_();
  const auto around = [chance](Duration pause, double part) {
    const double factor = 1 - part + 2 * part * chance;
    return Duration(static_cast<Duration::rep>(static_cast<double>(pause.count()) * factor));
  };
  if (!failed) {
    failures_ = 0;
    return around(interval_, 0.1);
  }
  const Duration pause =
      std::min(kLongestBackoff, kFirstBackoff * (1 << std::min(failures_, kMostDoublings)));
  failures_ = std::min(failures_ + 1, kMostDoublings);
  return std::max(around(pause, 0.2), interval_);
}

std::optional<Duration> PauseForAnnounced(std::size_t times) {
  static constexpr std::array kPauses = {Duration(1'000), Duration(3'000), Duration(10'000)};
  return times < kPauses.size() ? std::optional(kPauses.at(times)) : std::nullopt;
}

}  // namespace nmgr::sync
