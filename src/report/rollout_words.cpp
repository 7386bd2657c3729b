#include "rollout_words.h"

#include <fmt/format.h>

#include <utility>

#include "nmgr/report/rollout.h"

namespace nmgr::report {

using rollout::Intent;
using rollout::JobFacts;
using rollout::JobResult;
using rollout::Move;
using rollout::Outcome;
using rollout::Step;

bool IsUpdate(const JobFacts& job, const Step& step) {
  return step.move == Move::kRegister && job.live && !job.live->stop;
}

std::string Phrase(bool purge, const JobFacts& job, const Step& step) {
  if (step.move == Move::kStop && purge) return "stop and purge";
  if (rollout::IsAwait(step.move)) return "wait for";
  if (step.move == Move::kRestart) return "stop and register";
  if (step.move == Move::kRestartInPlace) return "restart";
  if (step.move == Move::kReschedule) return "stop and place anew";
  if (step.move == Move::kTakeDown) return job.live ? "stop" : "register stopped";
  if (IsUpdate(job, step)) return "update";
  return std::string(MoveName(step.move));
}

std::string PastPhrase(const Intent& intent, const JobFacts& job, const Step& step) {
  switch (step.move) {
    case Move::kRegister:
      return IsUpdate(job, step) ? "updated" : "registered";
    case Move::kStop:
      return intent.purge ? "stopped and purged" : "stopped";
    case Move::kPurge:
      return "purged";
    case Move::kEvaluate:
      return "evaluated";
    case Move::kRestart:
      return "started anew";
    case Move::kPromote:
      return "promoted";
    case Move::kRestartInPlace:
      return "restarted";
    case Move::kReschedule:
      return "rescheduled";
    case Move::kRevert:
      return "reverted";
    case Move::kTakeDown:
      return "stopped";
    default:
      return intent.verb == rollout::Verb::kPromote ? "promoted" : "waited for";
  }
}

std::string OutcomePhrase(const JobResult& result) {
  switch (result.outcome) {
    case Outcome::kFailed:
      if (result.summary.starts_with("failed")) return result.summary;
      return (result.took < Duration{100} ? "failed: "
                                          : "failed after " + FormatDuration(result.took) + ": ") +
             result.summary;
    case Outcome::kRefused:
      return "refused: " + result.summary;
    default:
      return result.summary;
  }
}

std::string Replaced(const nomad::JobPlan& plan) {
  std::uint64_t total = 0;
  for (const auto& [group, updates] : plan.updates) {
    const auto found = updates.find("DestructiveUpdate");
    if (found != updates.end()) total += found->second;
  }
  return total == 0 ? "" : fmt::format(" ({} to replace)", total);
}

std::string Took(const JobResult& result) {
  if (result.outcome != Outcome::kDone || result.took < Duration{100}) return {};
  return fmt::format(" ({:.1f}s)", std::chrono::duration<double>(result.took).count());
}

std::string WhyWords(const JobFacts& job, const Step& step) {
  const bool goes_back =
      step.move == Move::kRevert || step.move == Move::kTakeDown || job.past_spec;
  if (goes_back && job.live) {
    const std::string words = DifferenceWords(job, step.images);
    return words.empty() ? step.reason : step.reason + ": " + words;
  }
  const bool changes = step.move == Move::kRegister || step.move == Move::kSkip;
  if (!changes || !job.live || job.live->stop) return step.reason;
  std::string words = DifferenceWords(job, step.images);
  return words.empty() ? step.reason : words;
}

std::string_view PhaseWord(const JobFacts& job, const Step& step) {
  switch (step.move) {
    case Move::kRegister:
      return IsUpdate(job, step) ? "updating" : "starting";
    case Move::kStop:
    case Move::kTakeDown:
    case Move::kAwaitGone:
      return "stopping";
    case Move::kPurge:
      return "purging";
    case Move::kEvaluate:
      return "replacing";
    case Move::kRestart:
    case Move::kRestartInPlace:
      return "restarting";
    case Move::kReschedule:
      return "rescheduling";
    case Move::kPromote:
      return "promoting";
    case Move::kRevert:
      return "reverting";
    default:
      return "waiting";
  }
}

}  // namespace nmgr::report
