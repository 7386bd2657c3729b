#include "nmgr/rollout/execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "nmgr/base/parallel.h"
#include "rollout/job_run.h"

namespace nmgr::rollout {
namespace {

bool IsFailure(Outcome outcome) {
  return outcome == Outcome::kFailed || outcome == Outcome::kRefused ||
         outcome == Outcome::kTimedOut || outcome == Outcome::kNeedsPromotion;
}

JobResult NotStarted(std::string why) {
  JobResult result;
  result.outcome = Outcome::kNotStarted;
  result.summary = std::move(why);
  return result;
}

JobResult FailedBefore(const Step& step, const JobFacts& job) {
  JobResult result;
  result.outcome = Outcome::kFailed;
  result.summary = step.reason;
  result.details = step.details;
  result.error = job.error;
  return result;
}

class Executor {
 public:
  Executor(const Plan& plan, const std::vector<JobFacts>& facts, nomad::JobClient& client,
           Clock& clock, Progress& progress, const ExecuteOptions& options)
      : plan_(plan),
        facts_(facts),
        client_(client),
        clock_(clock),
        progress_(progress),
        options_(options),
        results_(plan.steps.size()) {}

  std::vector<JobResult> Run() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (plan_.steps[i].move != Move::kFail) continue;
      results_[i] = FailedBefore(plan_.steps[i], facts_[i]);
      failed_ = true;
    }
    ForgetStarted();
    for (const Wave& wave : plan_.waves) RunWave(wave);
    return std::move(results_);
  }

 private:
  // Jobs that somebody has started again meanwhile are no longer "stopped by down".
  void ForgetStarted() {
    if (plan_.intent.verb != Verb::kUp || options_.record == nullptr) return;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      const Move move = plan_.steps[i].move;
      if (move != Move::kNothing && move != Move::kAwait) continue;
      if (!facts_[i].live || facts_[i].live->stop) continue;
      if (auto removed = options_.record->Remove(facts_[i].ref); !removed) {
        progress_.Noticed(facts_[i], removed.error().message);
      }
    }
  }

  void RunWave(const Wave& wave) {
    const auto threads =
        static_cast<std::size_t>(wave.barrier ? 1 : std::max(options_.parallel, 1));
    ParallelFor(wave.steps.size(), threads, [&](std::size_t i) { RunStep(wave.steps[i]); });
    if (!wave.barrier) return;
    for (const std::size_t i : wave.steps) {
      if (IsFailure(results_[i].outcome) && stopped_by_.empty()) stopped_by_ = facts_[i].name;
    }
  }

  void RunStep(std::size_t i) {
    const Step& step = plan_.steps[i];
    if (step.move == Move::kFail) return;
    if (std::string why = WhyNotToStart(); !why.empty()) {
      results_[i] = NotStarted(std::move(why));
      return;
    }
    const JobFacts& job = facts_[i];
    const TimePoint start = clock_.Now();
    Tell([&] { progress_.Started(job, step); });
    JobResult result = RunMove(job, step);
    result.took = std::chrono::duration_cast<Duration>(clock_.Now() - start);
    if (IsFailure(result.outcome)) failed_ = true;
    Tell([&] { progress_.Finished(job, step, result); });
    results_[i] = std::move(result);
  }

  std::string WhyNotToStart() const {
    if (options_.stop.stop_requested()) return "interrupted";
    if (!stopped_by_.empty()) return "infra job " + stopped_by_ + " failed";
    if (options_.fail_fast && failed_) return "another job failed (--fail-fast)";
    return {};
  }

  // What a person is told of this job if the run is cut off before it could say so itself.
  Interruption::Doubt InDoubt(const JobFacts& job, const Step& step) const {
    if (options_.interruption == nullptr || !IsWrite(step.move)) return {};
    const char* what = step.move == Move::kRegister         ? "registered"
                       : step.move == Move::kRestartInPlace ? "restarted"
                                                            : "stopped";
    return options_.interruption->InDoubt(
        fmt::format("{}: not confirmed: interrupted while it was being {}", job.ref.id, what));
  }

  JobResult RunMove(const JobFacts& job, const Step& step) {
    const Interruption::Doubt doubt = InDoubt(job, step);
    const bool down = plan_.intent.verb == Verb::kDown;
    const WaitVoice voice{
        [this, &job](std::string_view what) { Tell([&] { progress_.Said(job, what); }); },
        [this, &job](std::string_view what) { Tell([&] { progress_.Noticed(job, what); }); }};
    const WaitContext wait{client_, clock_, DeadlineAfter(clock_.Now(), options_.timeout),
                           options_.stop, voice};
    const bool detach = plan_.intent.detach && (down || !job.infra);
    const JobRun run{plan_.intent, job, step, options_, wait, detach};
    if (down) return RunStop(run);
    JobResult result = RunUpward(run);
    if (result.outcome == Outcome::kNeedsPromotion && plan_.intent.promote) {
      const bool wrote = result.wrote;
      result = RunPromote(run, result.deployment_id);
      result.wrote = result.wrote || wrote;
    }
    if (result.outcome == Outcome::kNeedsPromotion) {
      result.details.push_back("nmgr up --promote " + job.ref.id + " promotes its canaries");
    }
    // Also where a register brought no deployment and nothing that runs: Nomad leaves a failed
    // group of a stopped job as it was.
    const bool unproven =
        result.outcome == Outcome::kDone || (result.outcome == Outcome::kFailed && result.wrote &&
                                             !result.error && result.deployment_id.empty());
    if (!unproven || step.move == Move::kEvaluate || step.move == Move::kRestartInPlace) {
      return result;
    }
    return ProveRunning(run, std::move(result));
  }

  static JobResult RunUpward(const JobRun& run) {
    switch (run.step.move) {
      case Move::kRegister:
        return RunRegister(run);
      case Move::kEvaluate:
        return RunEvaluate(run);
      case Move::kRestart:
        return RunRestart(run);
      case Move::kRestartInPlace:
        return RunRestartInPlace(run);
      case Move::kPromote:
        return RunPromote(run, run.job.evidence.deployment->id);
      default:
        return RunAwaitHealthy(run);
    }
  }

  template <class Body>
  void Tell(Body body) {
    const std::lock_guard lock(progress_mutex_);
    body();
  }

  const Plan& plan_;
  const std::vector<JobFacts>& facts_;
  nomad::JobClient& client_;
  Clock& clock_;
  Progress& progress_;
  const ExecuteOptions& options_;
  std::vector<JobResult> results_;
  std::mutex progress_mutex_;
  std::atomic<bool> failed_ = false;
  std::string stopped_by_;  // between waves only
};

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
  const bool down = run.intent.verb == Verb::kDown;
  result.summary = wait.summary;
  result.details = wait.details;
  result.error = wait.error;
  result.deployment_id = wait.deployment_id;
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
      result.summary = (down ? "not gone after " : "not healthy after ") +
                       FormatDuration(run.options.timeout) +
                       (wait.summary.empty() ? "" : ": " + wait.summary);
      break;
    case WaitEnd::kInterrupted: {
      result.outcome = Outcome::kUnconfirmed;
      const char* sent = down ? "stop sent, " : "register sent, ";
      result.summary = std::string(result.wrote ? sent : "") +
                       "not waited for (interrupted); `nmgr " + (down ? "down " : "up ") +
                       run.job.ref.id + "` waits on";
      break;
    }
  }
}

std::vector<JobResult> Execute(const Plan& plan, const std::vector<JobFacts>& facts,
                               nomad::JobClient& client, Clock& clock, Progress& progress,
                               const ExecuteOptions& options) {
  return Executor(plan, facts, client, clock, progress, options).Run();
}

}  // namespace nmgr::rollout
