#include "actions/serve_shares.h"

#include <algorithm>
#include <string>

#include "actions/serve_desk.h"
#include "actions/serve_state.h"
#include "nmgr/base/chance.h"
#include "nmgr/base/log.h"
#include "nmgr/sync/control.h"

namespace nmgr::actions {
namespace {

constexpr Duration kBetweenCounts{1'000};
constexpr Duration kLongestPatience{600'000};
constexpr Duration kAskTime{10'000};

}  // namespace

ServeShares::ServeShares(Env& env, const sync::LeaseShares& shares)
    : env_(env), shares_(shares), thread_([this] { Run(); }) {}

void ServeShares::Run() {
  const Duration first = sync::LeaseTerms{}.ttl;
  Duration pause = first;
  TimePoint ask_at = TimePoint::max();
  while (!env_.stop.stop_requested()) {
    const auto wanted = shares_.Wanted(Chance);
    const TimePoint now = env_.clock.Now();
    if (wanted.empty()) {
      pause = first;
      ask_at = TimePoint::max();
    } else if (ask_at == TimePoint::max()) {
      ask_at = DeadlineAfter(now, pause);
    } else if (now >= ask_at) {
      for (const std::string& source : wanted) Ask(source);
      pause = std::min(pause * 2, kLongestPatience);
      ask_at = DeadlineAfter(env_.clock.Now(), pause);
    }
    env_.clock.Sleep(kBetweenCounts, env_.stop);
  }
}

void ServeShares::Ask(const std::string& source) {
  const nomad::Call call{DeadlineAfter(env_.clock.Now(), kAskTime), env_.stop,
                         nomad::Patience::kBrief};
  const auto asked = sync::ChangeControl(
      env_.variables, StateVariable(env_, sync::StateKind::kControl, source),
      [this](sync::Control& control) -> Expected<void> {
        sync::RequestHandOver(control, SelfOf(env_).holder, env_.clock.Wall());
        return {};
      },
      call);
  if (!asked) LogDebug("hand-over of {}: {}", source, asked.error().message);
}

}  // namespace nmgr::actions
