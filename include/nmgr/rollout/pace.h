// How one blocking query follows another, whatever the server does: one that comes back at once
// without reason (a proxy that drops X-Nomad-Index, an index that stands, falls, or jumps about) is
// followed by a pause, so that it becomes a slow poll.
#pragma once

#include <cstdint>
#include <stop_token>
#include <utility>

#include "nmgr/base/clock.h"

namespace nmgr::rollout {

// The index of the next query, and the pause before it. One for each chain of queries.
class Pace {
 public:
  // No pause lasts beyond `deadline` or a stop request. `index`: what was read before, if it was.
  Pace(Clock& clock, TimePoint deadline, std::stop_token stop, std::uint64_t index = 0)
      : clock_(clock), deadline_(deadline), stop_(std::move(stop)), index_(index) {}

  std::uint64_t index() const { return index_; }
  void Asking() { asked_at_ = clock_.Now(); }

  // An answer that did not end the wait. Pauses where it came too soon.
  void After(std::uint64_t index, bool has_index);
  // A read that failed and is asked again.
  void AfterFailure();

 private:
  void Pause();

  Clock& clock_;
  const TimePoint deadline_;
  const std::stop_token stop_;
  std::uint64_t index_;
  TimePoint asked_at_;
  int quick_ = 0;  // answers in a row that came soon although they were to wait for a change
  Duration pause_{0};
};

}  // namespace nmgr::rollout
