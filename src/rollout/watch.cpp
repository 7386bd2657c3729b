#include "rollout/watch.h"

#include <string>

namespace nmgr::rollout {
namespace {

// A blocking query that lasted this long did wait.
constexpr Duration kWaited{1'000};
// So many quick answers in a row, each with a higher index, are a cluster at work.
constexpr int kBurst = 8;
constexpr Duration kFirstPause{250};
constexpr Duration kLongestPause{2'000};
// Beyond what a cluster can count to; to wait for more would be to wait for ever.
constexpr std::uint64_t kHighestIndex = std::uint64_t{1} << 62;

}  // namespace

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

void Pace::After(std::uint64_t index, bool has_index) {
  const bool asked_to_wait = index_ != 0;
  const bool usable =
      has_index && index <= kHighestIndex && index >= index_ && (!asked_to_wait || index > index_);
  const bool waited = context_.clock.Now() - asked_at_ >= kWaited;
  if (waited) {
    quick_ = 0;
    pause_ = Duration{0};
  } else if (asked_to_wait || !usable) {
    quick_ += usable ? 1 : kBurst + 1;
  }
  if (!has_index || index > kHighestIndex) {
    index_ = 1;
  } else {
    index_ = index < index_ ? 0 : std::max<std::uint64_t>(index, 1);
  }
  if (quick_ > kBurst) Pause();
}

void Pace::AfterFailure() {
  index_ = 0;
  Pause();
}

void Pace::Pause() {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  const auto left = std::chrono::floor<Duration>(context_.deadline - context_.clock.Now());
  context_.clock.Sleep(std::clamp(left, Duration{0}, pause_), context_.stop);
}

}  // namespace nmgr::rollout
