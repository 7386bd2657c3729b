#include "nmgr/rollout/result.h"

#include "rollout/job_run.h"
#include "rollout/moves.h"

namespace nmgr::rollout {
namespace {

void NoteInterrupted(const JobRun& run, JobResult& result) {
  const bool gone = run.goal == Goal::kGone;
  result.outcome = Outcome::kUnconfirmed;
  const char* sent = gone                              ? "stop sent, "
                     : run.step.move == Move::kPromote ? "promotion sent, "
                                                       : "register sent, ";
  result.summary = std::string(result.wrote ? sent : "") + "not waited for (interrupted); " +
                   (run.options.looks_again ? "the next sync finds it"
                                            : "`nmgr " + std::string(gone ? "down " : "up ") +
                                                  run.job.name + "` waits on");
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kUntouched:
      return "untouched";
    case Outcome::kDone:
      return "done";
    case Outcome::kSubmitted:
      return "submitted";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kTimedOut:
      return "timed_out";
    case Outcome::kNeedsPromotion:
      return "needs_promotion";
    case Outcome::kUnconfirmed:
      return "unconfirmed";
    case Outcome::kNotStarted:
      return "not_started";
  }
  return "";
}

bool IsFailure(Outcome outcome) {
  return outcome == Outcome::kFailed || outcome == Outcome::kRefused ||
         outcome == Outcome::kTimedOut || outcome == Outcome::kNeedsPromotion;
}

JobResult FailedBy(const Error& error) {
  JobResult result;
  result.outcome = Outcome::kFailed;
  result.summary = error.message;
  result.error = error;
  return result;
}

bool FateIsOpen(const Error& error) {
  return error.in_doubt || error.code == ErrorCode::kUnreachable ||
         error.code == ErrorCode::kTimedOut;
}

void Conclude(const WaitResult& wait, const JobRun& run, JobResult& result) {
  const bool gone = run.goal == Goal::kGone;
  result.summary = wait.summary;
  result.details = wait.details;
  result.error = wait.error;
  result.deployment_id = wait.deployment_id;
  result.deployment_failed = wait.deployment_failed;
  switch (wait.end) {
    case WaitEnd::kReached:
      result.outcome = Outcome::kDone;
      break;
    case WaitEnd::kFailed:
      result.outcome = Outcome::kFailed;
      break;
    case WaitEnd::kNeedsPromotion:
      result.outcome = Outcome::kNeedsPromotion;
      break;
    case WaitEnd::kTimedOut:
      result.outcome = Outcome::kTimedOut;
      result.summary = (gone ? "not gone after " : "not healthy after ") +
                       FormatDuration(run.options.timeout) +
                       (wait.summary.empty() ? "" : ": " + wait.summary);
      break;
    case WaitEnd::kInterrupted:
      NoteInterrupted(run, result);
      break;
  }
}

bool IsOurEnd(const JobRun& run, const Error& error) {
  return error.code == ErrorCode::kInterrupted ||
         (run.wait.stop.stop_requested() && FateIsOpen(error));
}

JobResult NotByOurEnd(const JobRun& run, JobResult result) {
  if (!IsFailure(result.outcome) || !result.error || !IsOurEnd(run, *result.error)) return result;
  result.details.clear();
  const bool in_doubt = result.error->in_doubt;
  if (!in_doubt) result.error.reset();
  if (result.wrote || in_doubt || !IsWrite(run.step.move)) {
    NoteInterrupted(run, result);
  } else {
    result.outcome = Outcome::kNotStarted;
    result.summary = "interrupted";
  }
  return result;
}

}  // namespace nmgr::rollout
