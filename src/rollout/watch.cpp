#include "rollout/watch.h"

#include <string>

namespace nmgr::rollout {

std::optional<WaitResult> EndOfWait(const WaitContext& context, const Error& error) {
  if (error.code == ErrorCode::kInterrupted || context.stop.stop_requested()) {
    return EndedBy(WaitEnd::kInterrupted, "");
  }
  if (context.clock.Now() >= context.deadline) return EndedBy(WaitEnd::kTimedOut, "");
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kForbidden) {
    return EndedBy(error);
  }
  return std::nullopt;
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

void TellFault(const WaitContext& context, const Error& error, std::string& last) {
  if (last.empty()) context.voice.progress("asking again: " + error.message);
  last = error.message;
}

void NameFault(const std::string& last, WaitResult& end) {
  if (!last.empty()) end.details.push_back("Nomad could not be asked: " + last);
}

}  // namespace nmgr::rollout
