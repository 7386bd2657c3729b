#include "nmgr/sync/variable_watch.h"

#include <algorithm>
#include <utility>

namespace nmgr::sync {
namespace {

constexpr Duration kWatchQuery{60'000};
constexpr Duration kWatchPause{1'000};
constexpr Duration kLongestWatchPause{30'000};
constexpr Duration kLayTime{10'000};

}  // namespace

VariableWatch::VariableWatch(nomad::VariableClient& client, Question question, Clock& clock)
    : client_(client),
      question_(std::move(question)),
      clock_(clock),
      lays_(!question_.items.empty()) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void VariableWatch::Run(const std::stop_token& stop) {
  Duration pause = kWatchPause;
  while (!stop.stop_requested()) {
    const bool waits = Look(stop);
    if (stop.stop_requested()) return;
    pause = waits || is_left_ ? kWatchPause : std::min(pause * 2, kLongestWatchPause);
    clock_.Sleep(waits ? question_.pause : pause, stop);
  }
}

bool VariableWatch::Look(const std::stop_token& stop) {
  is_left_ = false;
  const Duration limit = kWatchQuery + kWatchQuery / 16 + Duration(10'000);
  const nomad::Call call{DeadlineAfter(clock_.Now(), limit), stop, nomad::Patience::kBrief};
  const Expected<Answer> answer = question_.ask({index_, kWatchQuery}, call);
  if (stop.stop_requested()) return false;
  if (!answer) {
    index_ = 0;
    if (!std::exchange(told_error_, true)) question_.fail(answer.error());
    return false;
  }
  // An index that went down belongs to a Nomad that was restored.
  index_ = answer->index < index_ || !answer->has_index ? 0 : answer->index;
  question_.tell(std::exchange(told_error_, false));
  if (index_ == 0 || !answer->is_absent) return index_ != 0;
  if (lays_ && LayOut(stop)) {
    lays_ = !question_.lays_once;
    return true;
  }
  is_left_ = !lays_;
  return false;
}

bool VariableWatch::LayOut(const std::stop_token& stop) {
  const nomad::Call call{DeadlineAfter(clock_.Now(), kLayTime), stop};
  const auto written = client_.WriteVariable(question_.laid, question_.items, 0, call);
  if (written || written.error().code == ErrorCode::kConflict) return true;
  if (written.error().code != ErrorCode::kForbidden) return false;
  lays_ = false;
  question_.unlaid(Error(written.error()));
  return false;
}

}  // namespace nmgr::sync
