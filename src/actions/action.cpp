#include "nmgr/actions/action.h"

#include <algorithm>
#include <functional>

namespace nmgr::actions {

ExitCode ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return kUsage;
    case ErrorCode::kNotFound:
      return kNoSuchTarget;
    case ErrorCode::kUnreachable:
      return kUnreachable;
    case ErrorCode::kForbidden:
      return kForbidden;
    case ErrorCode::kConfig:
      return kConfigWrong;
    case ErrorCode::kInterrupted:
      return kInterrupted;
    case ErrorCode::kInvalid:
    case ErrorCode::kConflict:
    case ErrorCode::kRejected:
    case ErrorCode::kTimedOut:
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return kFailed;
  }
  return kFailed;
}

ExitCode ExitCodeFor(const Error& error, const nomad::Contact& contact) {
  switch (error.code) {
    case ErrorCode::kUnreachable:
    case ErrorCode::kForbidden:
    case ErrorCode::kTimedOut: {
      const std::optional<Error> verdict = contact.Verdict();
      return verdict ? ExitCodeFor(verdict->code) : kFailed;
    }
    case ErrorCode::kUsage:
    case ErrorCode::kInterrupted:
      return ExitCodeFor(error.code);
    default:
      return kFailed;
  }
}

ExitCode EndWith(Env& env, const Error& error) {
  if (error.code != ErrorCode::kInterrupted) env.out.Error(error);
  return ExitCodeFor(error, env.contact);
}

ExitCode ExitCodeOf(const rollout::Rollout& run, ExitCode so_far, bool detailed) {
  using rollout::Move;
  if (!run.failures.empty()) return ExitCodeFor(run.failures.front().code);
  if (run.interrupted) return kInterrupted;
  if (so_far != kDone) return so_far;
  const rollout::Plan& plan = run.plan;
  const bool failed =
      std::any_of(plan.steps.begin(), plan.steps.end(), std::mem_fn(&rollout::Step::IsLost)) ||
      std::any_of(run.results.begin(), run.results.end(),
                  [](const rollout::JobResult& it) { return IsFailure(it.outcome); });
  if (failed) return kFailed;
  const bool pending = run.dry_run ? plan.HasChanges() : plan.CountOf(Move::kSkip) != 0;
  return detailed && pending ? kChangesPending : kDone;
}

}  // namespace nmgr::actions
