// What the daemon shows of itself at one moment, as a plain value: the page, the API, the stream of
// events and the metrics are functions of it. Who works publishes a new one on a StateBoard; who
// answers takes the last one, and neither waits for the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/sync/status.h"

namespace nmgr::serve {

struct State {
  std::string instance = "default";
  std::string holder;   // this copy: an allocation, or host and pid
  std::string version;  // of the program
  WallTime started{};
  bool alive = true;                        // every loop has been round lately
  std::string not_alive;                    // which has not
  bool ready = false;                       // Nomad has answered, and each source is led or watched
  std::string not_ready;                    // why not
  std::vector<sync::SourceStatus> sources;  // by name
  std::vector<sync::JobStatus> jobs;        // by source, namespace and ID
  std::uint64_t revision = 0;               // set by the board
};
using StatePtr = std::shared_ptr<const State>;

// Thread-safe.
class StateBoard {
 public:
  StateBoard() : state_(std::make_shared<const State>()) {}

  StatePtr Get() const {
    const std::scoped_lock lock(mutex_);
    return state_;
  }
  void Publish(State state);
  // Called by each Publish, in its thread and under its lock: it must be brief, and must not ask
  // this board. Once OnChange has returned, the one before is not called any more.
  void OnChange(std::function<void()> listener) {
    const std::scoped_lock lock(mutex_);
    listener_ = std::move(listener);
  }

 private:
  mutable std::mutex mutex_;
  StatePtr state_;
  std::function<void()> listener_;
};

// Whether a source gives cause to look at it: its last look failed, or none has come in time.
// Nothing, or why.
std::string StaleReason(const sync::SourceStatus& source, WallTime now);

}  // namespace nmgr::serve
