#include "nmgr/serve/state.h"

#include <fmt/format.h>

#include <chrono>

namespace nmgr::serve {
namespace {

// Beyond the time at which the next look was due.
constexpr std::chrono::minutes kPatience{2};

}  // namespace

void StateBoard::Publish(State state) {
  const std::scoped_lock lock(mutex_);
  state.revision = state_->revision + 1;
  state_ = std::make_shared<const State>(std::move(state));
  if (listener_) listener_();
}

std::string StaleReason(const sync::SourceStatus& source, WallTime now) {
  if (!source.error.empty()) return source.error;
  if (source.phase == sync::Phase::kBackoff) return "the last look at it failed";
  if (source.leader.empty()) return "nobody leads it";
  if (!source.fetched_at) return "it has not been fetched yet";
  const bool waits = source.phase == sync::Phase::kIdle || source.phase == sync::Phase::kStandby;
  if (waits && source.next_look && *source.next_look + kPatience < now)
    return "it should have been looked at by now";
  return {};
}

}  // namespace nmgr::serve
