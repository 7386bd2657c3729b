#include "rollout/watch.h"

namespace nmgr::rollout {

std::optional<WaitResult> EndOfWait(const WaitContext& context, const Error& error) {
  if (error.code == ErrorCode::kInterrupted || context.stop.stop_requested()) {
    return EndedBy(WaitEnd::kInterrupted, "");
  }
  if (context.clock.Now() >= context.deadline) return EndedBy(WaitEnd::kTimedOut, "");
  if (error.code == ErrorCode::kTimedOut) return std::nullopt;
  return EndedBy(error);
}

WaitResult EndedBy(WaitEnd end, std::string summary) {
  WaitResult result;
  result.end = end;
  result.summary = std::move(summary);
  return result;
}

WaitResult EndedBy(const Error& error) {
  WaitResult result = EndedBy(WaitEnd::kFailed, error.message);
  result.error = error;
  return result;
}

}  // namespace nmgr::rollout
