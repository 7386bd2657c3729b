#include "actions/serve_worker.h"

#include <algorithm>
#include <chrono>

namespace nmgr::actions {
namespace {

void Blame(const std::optional<Error>& fault, sync::SourceStatus& status) {
  status.error = fault ? fault->message : "";
  status.hint = fault ? fault->hint : "";
}

}  // namespace

void Worker::NoteLookFault() {
  look_fault.reset();
  sync::SourceStatus& status = followed.status;
  if (!status.error.empty()) look_fault = {ErrorCode::kIo, status.error, status.hint};
  Blame(sync_fault ? sync_fault : look_fault, status);
}

void Worker::NoteSyncFault(std::optional<Error> fault) {
  sync_fault = std::move(fault);
  Blame(sync_fault ? sync_fault : look_fault, followed.status);
}

bool Worker::HasNewTrouble() {
  const std::string now = reigns ? "" : desk->trouble();
  if (!reigns && desk->KnownLeader(false)) answers = false;
  return std::exchange(trouble, now) != now && !now.empty();
}

sync::SourceStatus Worker::StatusAway() const {
  sync::SourceStatus status = followed.status;
  status.error = "it cannot be led from here: " + trouble;
  status.hint.clear();
  return status;
}

sync::SourceStatus Worker::Stand(sync::Phase phase) {
  sync::SourceStatus& status = followed.status;
  status.phase = phase;
  status.leads = reigns;
  const auto holder = desk->KnownLeader(reigns);
  status.leader = holder ? holder->holder : "";
  status.leader_address = holder ? holder->address : "";
  sync::SourceStatus shown = status;
  if (shown.error.empty()) shown.error = trouble;
  return shown;
}

TimePoint Worker::NextTurn() const {
  const auto next = reigns ? desk->NextTurn(followed.jobs) : std::nullopt;
  if (!next) return TimePoint::max();
  const auto left = std::chrono::ceil<Duration>(*next - env.clock.Wall());
  return DeadlineAfter(env.clock.Now(), std::max(left, Duration(0)));
}

}  // namespace nmgr::actions
