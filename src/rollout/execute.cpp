#include "nmgr/rollout/execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/trouble.h"
#include "rollout/journaling_client.h"
#include "rollout/moves.h"
#include "rollout/schedule.h"
#include "rollout/waiting_client.h"

namespace nmgr::rollout {
namespace {

JobResult NotStarted(std::string why) {
  JobResult result;
  result.outcome = Outcome::kNotStarted;
  result.summary = std::move(why);
  return result;
}

JobResult FailedBefore(const Step& step, const JobFacts& job) {
  JobResult result;
  const bool waits = !job.error && job.State() == JobState::kNeedsPromotion;
  result.outcome = waits ? Outcome::kNeedsPromotion : Outcome::kFailed;
  result.summary = step.reason;
  result.details = step.details;
  result.error = job.error;
  return result;
}

// The canaries of which `waited` tells, and of no other deployment than was looked at before the
// wait, where that was waited for.
JobResult PromoteAwaited(const JobRun& run, const JobResult& waited) {
  const auto& seen = run.job.evidence.deployment;
  JobResult result;
  if (run.step.move == Move::kAwaitHealthy && seen && seen->id != waited.deployment_id) {
    result.outcome = Outcome::kRefused;
    result.summary =
        fmt::format("deployment {} has taken the place of {}, which was to be promoted",
                    ShortId(waited.deployment_id), ShortId(seen->id));
  } else {
    result = RunPromote(run, waited.deployment_id);
  }
  result.wrote = result.wrote || waited.wrote;
  return result;
}

// What the waits of one step have said, which follow one another and know nothing of each other.
class Heard {
 public:
  // Counts and what else goes on are each compared with what was said last of their kind.
  bool IsNew(const WaitNews& news) {
    std::string& last = news.tally ? counts_ : words_;
    return std::exchange(last, news.text) != news.text;
  }
  bool IsNew(std::string_view notice) { return notices_.emplace(notice).second; }

 private:
  std::string counts_;
  std::string words_;
  std::set<std::string> notices_;
};

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
      const Step& step = plan_.steps[i];
      if (!step.IsLost()) continue;
      JobResult result = FailedBefore(step, facts_[i]);
      if (options_.journal != nullptr) options_.journal->Ended(i, result);
      if (step.move != Move::kFail) continue;
      results_[i] = std::move(result);
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
      if (move != Move::kNothing && move != Move::kAwaitHealthy) continue;
      if (!facts_[i].live || facts_[i].live->stop) continue;
      if (auto removed = options_.record->Remove(facts_[i].ref); !removed) {
        progress_.Noticed(facts_[i], removed.error().message);
      }
    }
  }

  void RunWave(const Wave& wave) {
    const auto threads =
        static_cast<std::size_t>(wave.barrier ? 1 : std::max(options_.parallel, 1));
    Schedule schedule(wave.steps, plan_);
    const std::size_t workers = std::min(threads, wave.steps.size());
    ParallelFor(workers, workers, [&](std::size_t) {
      while (const auto step = schedule.Take()) {
        RunStep(*step);
        schedule.Ended(*step);
      }
    });
    if (!wave.barrier) return;
    for (const std::size_t i : wave.steps) {
      const bool failed = IsFailure(results_[i].outcome) || plan_.steps[i].fails;
      if (failed && stopped_by_.empty()) stopped_by_ = facts_[i].name;
    }
  }

  void RunStep(std::size_t i) {
    const Step& step = plan_.steps[i];
    if (step.IsLost()) return;
    std::string why = WhyNotToStart();
    if (why.empty()) why = WhyHeldBack(step);
    if (why.empty() && options_.veto && IsWrite(step.move)) why = options_.veto(facts_[i]);
    if (!why.empty()) {
      results_[i] = NotStarted(std::move(why));
      return;
    }
    const JobFacts& job = facts_[i];
    TellFailedBefore(job, step);
    const TimePoint start = clock_.Now();
    Tell([&] { progress_.Started(job, step); });
    JobResult result = RunMove(job, step);
    result.took = std::chrono::duration_cast<Duration>(clock_.Now() - start);
    if (IsFailure(result.outcome)) failed_ = true;
    NoteSpec(job, step, result);
    if (options_.journal != nullptr) options_.journal->Ended(i, result);
    Tell([&] { progress_.Finished(job, step, result); });
    results_[i] = std::move(result);
  }

  // Whether the spec of the job has shown itself to be bad, or to be good after all. Bad is only an
  // update: what was absent or stopped before is nothing that `reconcile` would repeat.
  void NoteSpec(const JobFacts& job, const Step& step, JobResult& result) {
    if (options_.known_bad == nullptr || job.spec_digest.empty()) return;
    const bool updates =
        job.live && !job.live->stop && (step.move == Move::kRegister || job.live->version > 0);
    Expected<void> noted;
    if (result.deployment_failed && updates) {
      noted = options_.known_bad->Add(job.ref, job.spec_digest);
      if (noted) {
        result.details.push_back(options_.looks_again
                                     ? "its spec is known bad now: it is not registered again "
                                       "until it changes"
                                     : "its spec is known bad now: reconcile leaves it until it "
                                       "changes");
      }
    } else if (job.known_bad && result.outcome == Outcome::kDone) {
      noted = options_.known_bad->Remove(job.ref);
    }
    if (noted) return;
    Tell([&] {
      progress_.Noticed(job, "whether its spec is known bad is not kept: " + noted.error().message);
    });
  }

  std::string WhyNotToStart() const {
    if (options_.stop.stop_requested()) return "interrupted";
    if (!stopped_by_.empty()) return "infra job " + stopped_by_ + " failed";
    if (options_.fail_fast && failed_) return "another job failed (--fail-fast)";
    return {};
  }

  // Whether the job did not come to what the ones after it wait for.
  bool WentWrong(std::size_t i) const {
    return plan_.steps[i].IsLost() || IsFailure(results_[i].outcome);
  }

  // A failed predecessor that the config file names, or one that itself was held back by such.
  std::string WhyHeldBack(const Step& step) const {
    for (const Predecessor& before : step.after) {
      if (!before.configured) continue;
      const std::string& name = facts_[before.step].name;
      if (WentWrong(before.step)) return fmt::format("{}, which is to go first, failed", name);
      if (results_[before.step].outcome == Outcome::kNotStarted) {
        return fmt::format("{}, which is to go first, was not started", name);
      }
    }
    return {};
  }

  void TellFailedBefore(const JobFacts& job, const Step& step) {
    std::vector<std::string> failed;
    for (const Predecessor& before : step.after) {
      if (WentWrong(before.step)) failed.push_back(facts_[before.step].name);
    }
    if (failed.empty()) return;
    Tell([&] {
      progress_.Noticed(job, SomeOf(failed) + (failed.size() == 1 ? " was" : " were") +
                                 " to go first and failed; it goes on all the same");
    });
  }

  // What a person is told of this job if the run is cut off before it could say so itself.
  Interruption::Doubt InDoubt(const JobFacts& job, const Step& step) const {
    const std::string_view written = RowOf(step.move).written;
    if (options_.interruption == nullptr || written.empty()) return {};
    return options_.interruption->InDoubt(
        fmt::format("{}: not confirmed: interrupted while it was being {}", job.name, written));
  }

  JobResult RunMove(const JobFacts& job, const Step& step) {
    const Interruption::Doubt doubt = InDoubt(job, step);
    Heard heard;
    const WaitVoice voice{[&](const WaitNews& news) {
                            Tell([&] {
                              if (heard.IsNew(news)) progress_.Said(job, news);
                            });
                          },
                          [&](std::string_view what) {
                            Tell([&] {
                              if (heard.IsNew(what)) progress_.Noticed(job, what);
                            });
                          }};
    const WaitContext wait{client_,       clock_, DeadlineAfter(clock_.Now(), options_.timeout),
                           options_.stop, voice,  job.name,
                           options_.logs};
    const MoveRow& row = RowOf(step.move);
    const bool detach = plan_.intent.detach && (row.goal == Goal::kGone || !job.infra);
    const JobRun run{plan_.intent, job, step, options_, wait, detach, row.goal};
    JobResult result = row.run(run);
    if (result.outcome == Outcome::kNeedsPromotion && plan_.intent.promote) {
      result = PromoteAwaited(run, result);
    }
    if (result.outcome == Outcome::kNeedsPromotion) {
      result.details.push_back(PromoteHint(job.ref));
    }
    // Also where a register brought no deployment and nothing that runs: Nomad leaves a failed
    // group of a stopped job as it was.
    const bool unproven =
        result.outcome == Outcome::kDone || (result.outcome == Outcome::kFailed && result.wrote &&
                                             !result.error && result.deployment_id.empty());
    if (unproven && row.proved) result = ProveRunning(run, std::move(result));
    return NotByOurEnd(run, std::move(result));
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

std::vector<JobResult> Execute(const Plan& plan, const std::vector<JobFacts>& facts,
                               nomad::JobClient& client, Clock& clock, Progress& progress,
                               const ExecuteOptions& options) {
  Journal* const journal = options.journal;
  if (journal == nullptr || !journal->begun()) {
    WaitingClient waiting(client, clock);
    return Executor(plan, facts, waiting, clock, progress, options).Run();
  }
  JournalingClient recorded(client, *journal, clock, facts);
  WaitingClient waiting(recorded, clock);
  std::vector<JobResult> results = Executor(plan, facts, waiting, clock, progress, options).Run();
  journal->End(options.stop.stop_requested());
  return results;
}

}  // namespace nmgr::rollout
