#include "actions/serve_watch.h"

#include <algorithm>
#include <utility>

#include "nmgr/base/system.h"
#include "nmgr/rollout/pace.h"
#include "nmgr/sync/job_rows.h"

namespace nmgr::actions {
namespace {

constexpr Duration kLongestQuery{60'000};
// Of a cluster at work: a list of some thousand jobs is large.
constexpr Duration kBetweenLists{2'000};

}  // namespace

NamespaceWatch::NamespaceWatch(Env& env, std::string name_space, Listener listener)
    : env_(env),
      name_space_(std::move(name_space)),
      listener_(std::move(listener)),
      thread_([this] { Run(); }) {}

void NamespaceWatch::Run() {
  rollout::Pace pace(env_.clock, TimePoint::max(), env_.stop);
  sync::JobRows rows;
  bool known = false;
  TimePoint not_before{};
  while (!env_.stop.stop_requested()) {
    pace.Asking();
    const nomad::Call call{DeadlineAfter(env_.clock.Now(), kLongestQuery * 2), env_.stop,
                           nomad::Patience::kBrief};
    const auto answer = env_.jobs.AwaitChange(nomad::NamespaceTable::kJobs, {"", name_space_, ""},
                                              {pace.index(), kLongestQuery}, call);
    listener_.answered(answer.has_value());
    if (!answer) {
      pace.AfterFailure();
      continue;
    }
    // After a failure, what has moved meanwhile.
    const bool moved = answer->index != pace.index();
    pace.After(answer->index, answer->has_index);
    if (!moved) continue;
    const auto left = std::chrono::ceil<Duration>(not_before - env_.clock.Now());
    env_.clock.Sleep(std::clamp(left, Duration(0), kBetweenLists), env_.stop);
    const nomad::Call list{DeadlineAfter(env_.clock.Now(), kLongestQuery), env_.stop,
                           nomad::Patience::kBrief};
    auto jobs = env_.jobs.ListJobs(name_space_, "", "", list);
    not_before = DeadlineAfter(env_.clock.Now(), kBetweenLists);
    if (!jobs) {
      pace.AfterFailure();
      continue;
    }
    const std::set<std::string> ids = rows.Take(std::exchange(jobs->value, {}));
    GiveBackMemory();
    if (!std::exchange(known, true)) {
      listener_.moved(nullptr);
    } else if (!ids.empty()) {
      listener_.moved(&ids);
    }
  }
}

}  // namespace nmgr::actions
