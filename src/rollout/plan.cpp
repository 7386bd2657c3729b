#include "nmgr/rollout/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::rollout {
namespace {

Step MakeStep(Move move, std::string reason) {
  Step step;
  step.move = move;
  step.reason = std::move(reason);
  return step;
}

Step BrokenStep(const JobFacts& facts) {
  if (facts.duplicates.empty()) {
    return MakeStep(Move::kBroken,
                    facts.faulty ? "its spec does not parse" : "its spec does not evaluate");
  }
  std::vector<std::string> paths = {facts.path};
  paths.insert(paths.end(), facts.duplicates.begin(), facts.duplicates.end());
  return MakeStep(Move::kBroken, "several specs define it: " + Join(paths, ", "));
}

Step ErrorStep(const Error& error) {
  Step step = MakeStep(Move::kFail, error.message);
  step.hint = error.hint;
  return step;
}

std::string StartAgainHint(const JobFacts& facts) {
  return fmt::format("nmgr down {0} && nmgr up {0} starts it again", facts.ref.id);
}

Step FailedStep(const JobFacts& facts) {
  Step step = MakeStep(Move::kFail, "it has failed and its spec is unchanged");
  if (facts.live->type == "system")
    step.reason = "its latest deployment failed and its spec is unchanged";
  step.details = DescribeFailures(NewestAllocations(facts.allocations, facts.live->type));
  step.hint = StartAgainHint(facts);
  return step;
}

std::vector<ImageChange> ChangesOf(const JobFacts& facts) {
  if (!facts.spec || !facts.live) return {};
  return CompareImages(facts.spec->images, *facts.live);
}

std::string DescribeImages(const JobFacts& facts, const std::vector<ImageChange>& changes) {
  const TaskNames names(facts.spec->images, LiveImages(facts.spec->images, *facts.live));
  return DescribeImageChanges(changes, names);
}

Step ChangeStep(Move move, const JobFacts& facts) {
  Step step = MakeStep(move, "");
  step.images = ChangesOf(facts);
  if (!step.images.empty()) {
    step.reason = DescribeImages(facts, step.images);
    return step;
  }
  const std::string updates = facts.plan ? DescribeUpdates(*facts.plan) : "";
  step.reason = "differs from its spec" + (updates.empty() ? "" : " (" + updates + ")");
  return step;
}

Step UpStep(const JobFacts& facts) {
  switch (facts.State()) {
    case JobState::kAbsent:
      return MakeStep(Move::kRegister, "not registered");
    case JobState::kStopped:
      return MakeStep(Move::kRegister, "stopped");
    case JobState::kFailed:
      return FailedStep(facts);
    case JobState::kFinished:
      return MakeStep(Move::kNothing, "finished");
    case JobState::kDeployed:
      break;
  }
  if (PlanDiffers(*facts.plan)) return ChangeStep(Move::kRegister, facts);
  const nomad::Deployment* deployment = facts.deployment ? &*facts.deployment : nullptr;
  if (facts.infra && !LooksHealthy(*facts.live, facts.allocations, deployment)) {
    return MakeStep(Move::kAwait, "up to date, but not healthy yet");
  }
  return MakeStep(Move::kNothing, "up to date");
}

std::string ChildrenPhrase(const JobFacts& facts) {
  return Count(facts.children.size(), "running child", "running children");
}

Step StoppedDownStep(const Intent& intent, const JobFacts& facts) {
  if (!facts.children.empty())
    return MakeStep(Move::kStop, "stopped, but " + ChildrenPhrase(facts));
  if (intent.purge) return MakeStep(Move::kPurge, "stopped");
  const auto live = LiveAllocations(facts.allocations);
  if (!live.empty() && !intent.detach) {
    return MakeStep(Move::kAwait, "stopped, " + EndingTasks(CountTasks(live)));
  }
  return MakeStep(Move::kNothing, "stopped");
}

Step DownStep(const Intent& intent, const JobFacts& facts) {
  switch (facts.State()) {
    case JobState::kAbsent:
      return MakeStep(Move::kNothing, "not registered");
    case JobState::kStopped:
      return StoppedDownStep(intent, facts);
    case JobState::kFinished:
      return intent.purge ? MakeStep(Move::kPurge, "finished")
                          : MakeStep(Move::kNothing, "finished");
    case JobState::kFailed:
      return MakeStep(Move::kStop, "failed");
    case JobState::kDeployed:
      break;
  }
  if (!facts.children.empty()) return MakeStep(Move::kStop, "with " + ChildrenPhrase(facts));
  return MakeStep(Move::kStop, facts.live->status.empty() ? "registered" : facts.live->status);
}

bool HasFailedQuietly(const JobFacts& facts) {
  if (IsDeadService(*facts.live)) return true;
  JobFacts assumed = facts;
  assumed.plan = nomad::JobPlan{};
  assumed.plan->diff_type = "None";
  return NeedsAllocations(*facts.live) && assumed.State() == JobState::kFailed;
}

Step UnchangedReconcileStep(const JobFacts& facts, std::string reason) {
  Step step = MakeStep(Move::kNothing, std::move(reason));
  if (HasFailedQuietly(facts)) {
    step.notice = "is dead although its images are those of its spec";
    step.hint = StartAgainHint(facts);
  }
  return step;
}

Step ReconcileStep(const Intent& intent, const JobFacts& facts) {
  const JobState state = facts.State();
  if (state == JobState::kAbsent) return MakeStep(Move::kNothing, "not registered");
  if (state == JobState::kStopped) return MakeStep(Move::kNothing, "stopped");
  const bool new_images = !ChangesOf(facts).empty();
  if (!new_images && !intent.any_change) return UnchangedReconcileStep(facts, "up to date");
  const bool differs = facts.plan ? PlanDiffers(*facts.plan) : new_images;
  if (!differs && new_images)
    return MakeStep(Move::kNothing, "without a difference in Nomad's plan");
  if (!differs) return UnchangedReconcileStep(facts, "up to date");
  if (!facts.infra || intent.include_infra) return ChangeStep(Move::kRegister, facts);
  Step step = ChangeStep(Move::kSkip, facts);
  step.hint = "--include-infra takes infra jobs too";
  return step;
}

Step MakeStepFor(const Intent& intent, const JobFacts& facts) {
  const bool down = intent.verb == Verb::kDown;
  if (facts.faulty || (!down && (!facts.spec || !facts.duplicates.empty())))
    return BrokenStep(facts);
  if (facts.error) return ErrorStep(*facts.error);
  if (down) return DownStep(intent, facts);
  return intent.verb == Verb::kUp ? UpStep(facts) : ReconcileStep(intent, facts);
}

bool TakesPart(Move move) { return IsWrite(move) || move == Move::kAwait; }

}  // namespace

bool IsWrite(Move move) {
  return move == Move::kRegister || move == Move::kStop || move == Move::kPurge;
}

std::size_t Plan::CountOf(Move move) const {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [move](const Step& step) { return step.move == move; }));
}

bool Plan::HasChanges() const {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return IsWrite(step.move) || step.move == Move::kSkip;
  });
}

Plan MakePlan(const Intent& intent, const std::vector<JobFacts>& facts) {
  Plan plan;
  plan.intent = intent;
  std::vector<Wave> infra;
  Wave others;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    plan.steps.push_back(MakeStepFor(intent, facts[i]));
    const Move move = plan.steps.back().move;
    if (!facts[i].infra) {
      if (TakesPart(move)) others.steps.push_back(i);
    } else if (TakesPart(move) || move == Move::kFail) {
      infra.push_back(Wave{{i}, true});
    }
  }
  if (intent.verb == Verb::kDown) std::reverse(infra.begin(), infra.end());
  plan.waves = std::move(infra);
  if (!others.steps.empty()) {
    const bool first = intent.verb == Verb::kDown;
    plan.waves.insert(first ? plan.waves.begin() : plan.waves.end(), std::move(others));
  }
  return plan;
}

std::size_t DigestOf(const nlohmann::json& diff) {
  using Json = nlohmann::json;
  const std::size_t digest =
      std::hash<std::string>()(diff.dump(-1, ' ', false, Json::error_handler_t::replace));
  return std::max<std::size_t>(digest, 1);
}

bool SamePlan(const nomad::JobPlan& earlier, const nomad::JobPlan& later) {
  if (earlier.diff_type != later.diff_type) return false;
  if (earlier.diff_digest != 0 && later.diff) return earlier.diff_digest == DigestOf(*later.diff);
  if (earlier.diff == nullptr || later.diff == nullptr) return earlier.diff == later.diff;
  return *earlier.diff == *later.diff;
}

}  // namespace nmgr::rollout
