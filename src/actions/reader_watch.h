// An end for what has none of its own.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "nmgr/actions/action.h"

namespace nmgr::actions {

// The run as what goes on by itself sees it (`logs -f`, `status --watch`, `exec`, and logs that
// stand still): its stop token is stopped with the run's own, and within a second or so after
// stdout takes nothing any more (Reporter::Closed), also where nothing is written meanwhile. Looks
// from a thread of its own; where none can be had, only writes are looked at, by whoever writes.
class ReaderWatch {
 public:
  explicit ReaderWatch(const Env& env);
  ReaderWatch(const ReaderWatch&) = delete;
  ReaderWatch& operator=(const ReaderWatch&) = delete;

  // Valid as long as this.
  Env& env() { return watched_; }
  // What the run ends with: a reader that went away is no failure, and what could not be written is
  // told at its end.
  ExitCode CodeOf(ExitCode code) const;

 private:
  const Env& env_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> on_stop_;
  Env watched_;
  std::optional<std::jthread> looks_;
};

}  // namespace nmgr::actions
