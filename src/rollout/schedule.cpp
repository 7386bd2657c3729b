#include "rollout/schedule.h"

namespace nmgr::rollout {

Schedule::Schedule(const std::vector<std::size_t>& steps, const Plan& plan) : left_(steps.size()) {
  for (std::size_t i = 0; i < steps.size(); ++i) rank_[steps[i]] = i;
  for (const std::size_t step : steps) {
    for (const Predecessor& before : plan.steps[step].after) {
      if (!rank_.contains(before.step)) continue;
      ++waits_[step];
      followers_[before.step].push_back(step);
    }
    if (waits_[step] == 0) ready_.emplace(rank_[step], step);
  }
}

std::optional<std::size_t> Schedule::Take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return left_ == 0 || !ready_.empty(); });
  if (left_ == 0) return std::nullopt;
  const std::size_t step = ready_.begin()->second;
  ready_.erase(ready_.begin());
  if (--left_ == 0) changed_.notify_all();
  return step;
}

void Schedule::Ended(std::size_t step) {
  const std::lock_guard lock(mutex_);
  for (const std::size_t follower : followers_[step]) {
    if (--waits_[follower] == 0) ready_.emplace(rank_[follower], follower);
  }
  changed_.notify_all();
}

}  // namespace nmgr::rollout
