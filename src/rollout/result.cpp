#include "nmgr/rollout/result.h"

#include "rollout/job_run.h"

namespace nmgr::rollout {

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
    case WaitEnd::kInterrupted: {
      result.outcome = Outcome::kUnconfirmed;
      const char* sent = gone                              ? "stop sent, "
                         : run.step.move == Move::kPromote ? "promotion sent, "
                                                           : "register sent, ";
      result.summary = std::string(result.wrote ? sent : "") + "not waited for (interrupted); " +
                       (run.options.looks_again ? "the next sync finds it"
                                                : "`nmgr " + std::string(gone ? "down " : "up ") +
                                                      run.job.name + "` waits on");
      break;
    }
  }
}

}  // namespace nmgr::rollout
