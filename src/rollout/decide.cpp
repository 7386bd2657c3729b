// What each verb decides for one job, and the table of verbs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/trouble.h"
#include "rollout/restart.h"
#include "rollout/verbs.h"

namespace nmgr::rollout {
namespace {

std::string Anew(const JobFacts& facts) {
  return AnewHint(facts.name, *facts.live, facts.evidence.allocations);
}

// "failed: group db runs 0 of 1", with the reasons as details.
Step TroubleStep(Move move, const JobFacts& facts, const Verdict& verdict) {
  Step step = MakeStep(move, std::string(JobStateName(verdict.state)));
  if (verdict.state == JobState::kFailed) step.reason += ": " + FailureWords(verdict);
  step.details = TroubleDetails(facts, verdict);
  return step;
}

// For a job that is as it should be.
Step SettledStep(const JobFacts& facts, const Verdict& verdict, std::string_view words) {
  Step step = MakeStep(Move::kNothing, std::string(words));
  if (!verdict.nowhere) return step;
  step.notice = NowhereWords(*facts.live);
  step.hint = "Nomad starts it where a node comes to fit";
  step.details = TroubleDetails(facts, verdict);
  return step;
}

// What `up` does for a job that has failed, row by row.
Step FailedUpStep(const Intent& intent, const JobFacts& facts, const Verdict& verdict) {
  const auto fail = [&](std::string hint) {
    Step step = TroubleStep(Move::kFail, facts, verdict);
    step.hint = std::move(hint);
    return step;
  };
  switch (verdict.failure) {
    case Failure::kSystem:
    case Failure::kShort:
      return TroubleStep(Move::kEvaluate, facts, verdict);
    case Failure::kNothingRuns:
      return TroubleStep(Move::kRestart, facts, verdict);
    case Failure::kBatch:
      if (intent.again) return TroubleStep(Move::kRestart, facts, verdict);
      return fail(
          fmt::format("nmgr up --again {} runs it once more", repo::TypedTarget(facts.name)));
    case Failure::kChecks:
      return fail("when its checks pass it counts as running; " + Anew(facts));
    default:
      return fail(Anew(facts));
  }
}

std::vector<ImageChange> ChangesOf(const JobFacts& facts) {
  if (!facts.spec || !facts.live) return {};
  return CompareImages(facts.spec->images, *facts.live);
}

std::string DescribeImages(const JobFacts& facts, const std::vector<ImageChange>& changes) {
  const TaskNames names(facts.spec->images, LiveImages(facts.spec->images, *facts.live));
  return DescribeImageChanges(changes, names);
}

// Why in words is for report to say, which has the plan.
Step ChangeStep(Move move, const JobFacts& facts) {
  Step step = MakeStep(move, "differs");
  step.images = ChangesOf(facts);
  if (!step.images.empty()) step.reason = DescribeImages(facts, step.images);
  return step;
}

// Nomad runs a batch job again after a stop and a start; what is complete of a sysbatch job never.
Step FinishedUpStep(const Intent& intent, const JobFacts& facts, const Verdict& verdict) {
  if (!intent.again) return SettledStep(facts, verdict, "finished");
  if (facts.live->type != "sysbatch") return MakeStep(Move::kRestart, "finished");
  Step step = MakeStep(Move::kFail, "finished, and Nomad runs a sysbatch job only once");
  step.hint = Anew(facts);
  return step;
}

Step UpStep(const Intent& intent, const JobFacts& facts) {
  const Verdict verdict = facts.JudgeAnew();
  const bool waits = facts.infra || !intent.detach;
  switch (verdict.state) {
    case JobState::kAbsent:
      return MakeStep(Move::kRegister, "new");
    case JobState::kStopped:
      return MakeStep(Move::kRegister, "stopped");
    case JobState::kDiffers:
      return ChangeStep(Move::kRegister, facts);
    case JobState::kFinished:
      return FinishedUpStep(intent, facts, verdict);
    case JobState::kNeedsPromotion: {
      Step step = TroubleStep(intent.promote ? Move::kPromote : Move::kFail, facts, verdict);
      if (!intent.promote) step.hint = PromoteHint(facts.ref);
      return step;
    }
    case JobState::kBlocked:
      return TroubleStep(waits ? Move::kAwaitHealthy : Move::kFail, facts, verdict);
    case JobState::kUnderWay:
      return TroubleStep(waits ? Move::kAwaitHealthy : Move::kNothing, facts, verdict);
    case JobState::kFailed:
      return FailedUpStep(intent, facts, verdict);
    case JobState::kRunning:
    case JobState::kKnownBad:
      break;
  }
  return SettledStep(facts, verdict, "up to date");
}

Step UpStepAndWhy(const Intent& intent, const JobFacts& facts) {
  Step step = UpStep(intent, facts);
  if (facts.State() != JobState::kKnownBad) return step;
  if (step.move == Move::kFail) {
    const std::string_view failed = JobStateName(JobState::kFailed);
    if (step.reason.starts_with(failed)) {
      step.reason.replace(0, failed.size(), JobStateName(JobState::kKnownBad));
    }
    return step;
  }
  step.notice = "known bad: the deployment of this spec has failed before";
  step.hint = "it is tried again";
  return step;
}

std::string ChildrenPhrase(const JobFacts& facts) {
  return Count(facts.children.size(), "running child", "running children");
}

Step StoppedDownStep(const Intent& intent, const JobFacts& facts) {
  if (!facts.children.empty())
    return MakeStep(Move::kStop, "stopped, but " + ChildrenPhrase(facts));
  if (intent.purge) return MakeStep(Move::kPurge, "stopped");
  const auto live = LiveAllocations(facts.evidence.allocations);
  if (!live.empty()) {
    return MakeStep(intent.detach ? Move::kNothing : Move::kAwaitGone,
                    "stopped, " + EndingTasks(CountTasks(live)));
  }
  return MakeStep(Move::kNothing, "already stopped");
}

Step DownStep(const Intent& intent, const JobFacts& facts) {
  const JobState state = facts.JudgeAnew().state;  // whatever its spec is
  switch (state) {
    case JobState::kAbsent:
      if (facts.children.empty()) return MakeStep(Move::kNothing, "not registered");
      return MakeStep(Move::kStop, "not registered, but " + ChildrenPhrase(facts));
    case JobState::kStopped:
      return StoppedDownStep(intent, facts);
    case JobState::kFinished:
      return MakeStep(intent.purge ? Move::kPurge : Move::kNothing, "finished");
    default:
      break;
  }
  if (!facts.children.empty()) return MakeStep(Move::kStop, "with " + ChildrenPhrase(facts));
  return MakeStep(Move::kStop, std::string(JobStateName(state)));
}

// A job whose images are those of its spec, or whose plan shows no difference. Without a plan
// nobody has looked at what else may differ.
Step UnchangedReconcileStep(const Intent& intent, const JobFacts& facts) {
  const Verdict verdict = facts.Judge();
  switch (verdict.state) {
    case JobState::kFinished:
      return SettledStep(facts, verdict, "finished");
    case JobState::kNeedsPromotion:
    case JobState::kBlocked:
    case JobState::kUnderWay:
    case JobState::kFailed: {
      Step step = TroubleStep(Move::kNothing, facts, verdict);
      step.notice = std::exchange(step.reason, std::string(JobStateName(verdict.state)));
      step.hint = verdict.state == JobState::kNeedsPromotion
                      ? PromoteHint(facts.ref)
                      : fmt::format("left as it is; see nmgr up {}", repo::TypedTarget(facts.name));
      return step;
    }
    default:
      return SettledStep(facts, verdict,
                         intent.any_change ? "up to date" : "up to date in their images");
  }
}

// Not registered again minute after minute.
Step KnownBadStep(const JobFacts& facts) {
  Step step = TroubleStep(Move::kNothing, facts, facts.JudgeAnew());
  step.reason = std::string(JobStateName(JobState::kKnownBad));
  step.notice = "known bad: the deployment of this spec has failed";
  const Step again = UpStep(Intent{Verb::kUp}, facts);
  step.hint = "left as it is until the spec changes; ";
  step.hint += again.move == Move::kFail && !again.hint.empty()
                   ? again.hint
                   : fmt::format("nmgr up {} tries it again", repo::TypedTarget(facts.name));
  step.fails = true;
  return step;
}

Step ReconcileStep(const Intent& intent, const JobFacts& facts) {
  const JobState state = facts.State();
  if (state == JobState::kKnownBad) return KnownBadStep(facts);
  if (state == JobState::kAbsent) return MakeStep(Move::kNothing, "not registered");
  if (state == JobState::kStopped) return MakeStep(Move::kNothing, "stopped");
  const bool new_images = !ChangesOf(facts).empty();
  const bool differs = facts.plan ? state == JobState::kDiffers : new_images;
  if (!differs || (!new_images && !intent.any_change)) return UnchangedReconcileStep(intent, facts);
  if (!facts.infra || intent.include_infra) return ChangeStep(Move::kRegister, facts);
  Step step = ChangeStep(Move::kSkip, facts);
  step.hint = "--include-infra takes infra jobs too";
  return step;
}

// What `restart` leaves as it is, and names.
Step NotRunningStep(std::string state, std::string hint) {
  Step step = MakeStep(Move::kNothing, std::move(state));
  step.notice = "not restarted: " + step.reason;
  step.hint = std::move(hint);
  return step;
}

Step FailedRestartStep(const Intent& intent, const JobFacts& facts, const Verdict& verdict) {
  Step step = FailedUpStep(intent, facts, verdict);
  if (step.move != Move::kRestart) return step;
  if (facts.job && facts.plan && !PlanDiffers(*facts.plan)) return step;
  step.move = Move::kFail;
  step.hint = facts.job ? fmt::format("its spec has changed too: nmgr up {} brings it there",
                                      repo::TypedTarget(facts.name))
                        : "its spec cannot be used, so it cannot be registered anew";
  return step;
}

// A start, in place or on a node that has the image, is no way to a new image of the same tag.
void SayWhatIsNotPulled(const Intent& intent, const nomad::Job& job, Step& step) {
  const std::vector<std::string> images = NotPulledAgain(job, intent.task);
  if (images.empty()) return;
  step.notice = (intent.reschedule ? "a node that has it does not pull again: "
                                   : "a restart in place does not pull again: ") +
                Join(images, ", ");
  step.hint =
      "docker pulls at a start only `latest`, what has no tag, or with force_pull = true; podman "
      "only with force_pull = true";
}

Step RunningRestartStep(const Intent& intent, const JobFacts& facts) {
  const std::vector<nomad::TaskImage>& tasks = facts.live->tasks;
  const bool has_task =
      intent.task.empty() || std::any_of(tasks.begin(), tasks.end(),
                                         [&](const auto& row) { return row.task == intent.task; });
  if (!has_task) {
    std::vector<std::string> names;
    for (const nomad::TaskImage& row : tasks) {
      if (std::find(names.begin(), names.end(), row.task) == names.end()) names.push_back(row.task);
    }
    Step step = MakeStep(Move::kFail, fmt::format("it has no task \"{}\"", intent.task));
    step.hint = "its tasks: " + Join(names, ", ");
    return step;
  }
  std::vector<std::string> names;
  for (const auto* row : Restartable(facts.evidence.allocations, *facts.live, intent.task)) {
    names.push_back(AllocationName(*row));
  }
  if (names.empty()) return NotRunningStep("nothing of it runs", "nothing to restart");
  const bool of_nodes = facts.live->type == "system" || facts.live->type == "sysbatch";
  if (intent.reschedule && of_nodes) {
    Step step = MakeStep(Move::kFail, fmt::format("Nomad places nothing in the stead of a stopped "
                                                  "allocation of a {} job",
                                                  facts.live->type));
    step.hint = fmt::format("nmgr restart {} restarts it where it is", facts.name);
    return step;
  }
  const std::string start = intent.task.empty() ? "" : "task " + intent.task + " of ";
  const Move move = intent.reschedule ? Move::kReschedule : Move::kRestartInPlace;
  Step step = MakeStep(move, start + Join(names, ", "));
  SayWhatIsNotPulled(intent, *facts.live, step);
  return step;
}

Step RestartStep(const Intent& intent, const JobFacts& facts) {
  const Verdict verdict = facts.evidence.Judge(facts.live ? &*facts.live : nullptr, nullptr);
  const auto with_name = [&](std::string_view text) {
    return fmt::format(fmt::runtime(text), repo::TypedTarget(facts.name));
  };
  switch (verdict.state) {
    case JobState::kAbsent:
      return NotRunningStep("not registered", with_name("nmgr up {} registers it"));
    case JobState::kStopped:
      return NotRunningStep("stopped", with_name("nmgr up {} starts it"));
    case JobState::kFinished:
      return NotRunningStep("finished", with_name("nmgr up --again {} runs it once more"));
    case JobState::kNeedsPromotion:
    case JobState::kBlocked:
    case JobState::kUnderWay: {
      Step step = TroubleStep(Move::kFail, facts, verdict);
      step.hint = verdict.state == JobState::kNeedsPromotion
                      ? PromoteHint(facts.ref)
                      : with_name("not restarted; nmgr up {} waits for it");
      return step;
    }
    case JobState::kFailed:
      return FailedRestartStep(intent, facts, verdict);
    case JobState::kDiffers:
    case JobState::kKnownBad:
    case JobState::kRunning:
      break;
  }
  if (facts.live->periodic || facts.live->parameterized) {
    return NotRunningStep(facts.live->periodic ? "periodic" : "parameterized",
                          "what it launches are jobs of their own");
  }
  return RunningRestartStep(intent, facts);
}

Questions AskForUp(const Intent& intent) {
  return {.plan = PlanNeed::kAll, .reset_counts = intent.reset_counts, .may_recall = !intent.again};
}

Questions AskForDown(const Intent& intent) {
  return {.spec = SpecNeed::kHeader, .stopped_too = true, .children = !intent.keep_children};
}

Questions AskForReconcile(const Intent& intent) {
  return {.plan = intent.any_change ? PlanNeed::kRegistered : PlanNeed::kNewImages,
          .infra_images = intent.include_infra,
          .reset_counts = intent.reset_counts};
}

Questions AskForRestart(const Intent&) {
  return {.spec = SpecNeed::kHeader, .plan = PlanNeed::kStartAnew};
}

}  // namespace

const VerbRow& RowOf(Verb verb) {
  static constexpr std::array kRows = {
      VerbRow{Verb::kUp, "up", AskForUp, UpStepAndWhy, Order::kInfraFirst, true},
      VerbRow{Verb::kDown, "down", AskForDown, DownStep, Order::kInfraLast, true},
      VerbRow{Verb::kReconcile, "reconcile", AskForReconcile, ReconcileStep, Order::kInfraFirst,
              true},
      VerbRow{Verb::kRestart, "restart", AskForRestart, RestartStep},
      VerbRow{Verb::kRevert, "revert"},
      VerbRow{Verb::kUndo, "undo"},
      VerbRow{Verb::kPromote, "promote"},
  };
  return kRows.at(static_cast<std::size_t>(verb));
}

std::string_view VerbName(Verb verb) { return RowOf(verb).name; }

bool HeedsEdges(Verb verb) { return RowOf(verb).heeds_edges; }

Questions QuestionsOf(const Intent& intent) { return RowOf(intent.verb).questions(intent); }

Step MakeStep(Move move, std::string reason) {
  Step step;
  step.move = move;
  step.reason = std::move(reason);
  return step;
}

}  // namespace nmgr::rollout
