// The steps of a wave, handed out to several threads: each when all that has to end before it has,
// else in their order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "nmgr/rollout/plan.h"

namespace nmgr::rollout {

class Schedule {
 public:
  Schedule(const std::vector<std::size_t>& steps, const Plan& plan);

  // The next step; waits while none is free to start. Nothing once all have been handed out.
  std::optional<std::size_t> Take();
  // To be called for each step that was taken.
  void Ended(std::size_t step);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, std::size_t> rank_;   // of a step, in the order of the wave
  std::map<std::size_t, std::size_t> waits_;  // for how many others
  std::map<std::size_t, std::vector<std::size_t>> followers_;
  std::set<std::pair<std::size_t, std::size_t>> ready_;  // rank, step
  std::size_t left_ = 0;                                 // not handed out yet
};

}  // namespace nmgr::rollout
