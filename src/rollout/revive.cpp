// What helps a job that is registered as its spec says and does not run so: an evaluation that
// replaces what failed, a start anew, a promotion. And the proof that it runs: allocations, never
// the answer of a register, an evaluation or a deployment.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/job_run.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

nomad::Call CallOf(const JobRun& run) { return {run.wait.deadline, run.wait.stop}; }

JobResult RefusedBecause(std::string summary) {
  JobResult result;
  result.outcome = Outcome::kRefused;
  result.summary = std::move(summary);
  return result;
}

// Neither a stop nor an evaluation can be tied to a version, so the job is read right before.
std::optional<JobResult> IsStillThatJob(const JobRun& run) {
  auto now = run.wait.client.ReadJob(run.job.ref, {}, CallOf(run));
  if (!now) return FailedBy(now.error());
  if (now->value.job_modify_index == run.job.live->job_modify_index) return std::nullopt;
  return RefusedBecause("somebody else changed the job after it was looked at");
}

std::vector<std::string> MissingWords(const Verdict& verdict) {
  std::vector<std::string> words;
  for (const ShortGroup& group : verdict.short_groups) {
    words.push_back("group " + group.name + " runs " + std::to_string(group.running) + " of " +
                    std::to_string(group.wanted));
  }
  return words;
}

// "group main runs 0 of 1: task web exits with 1, 3 times".
std::string WhatIsMissing(const Verdict& verdict,
                          const std::vector<const nomad::Allocation*>& allocations) {
  std::string text = Join(MissingWords(verdict), ", ");
  if (const auto crash = WorstCrash(allocations)) text += ": " + DescribeCrash(*crash);
  return text;
}

struct Settled {};

// So long an allocation must run to count, as in a deployment of the job.
Duration SettleTime(const nomad::Job& job) {
  std::int64_t longest = 0;
  for (const nomad::TaskGroup& group : job.groups)
    longest = std::max(longest, group.min_healthy_ns);
  return std::min(std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(longest)),
                  Duration{60'000});
}

// One wait until every group has its count of running allocations.
class RunningWait {
 public:
  RunningWait(const WaitContext& context, const nomad::JobRef& ref)
      : context_(context), ref_(ref) {}

  WaitResult AfterEvaluation(const std::string& evaluation) {
    if (!evaluation.empty()) {
      if (auto end = WaitForEvaluation(evaluation)) return *std::move(end);
    }
    while (true) {
      auto job = context_.client.ReadJob(ref_, {}, rollout::CallOf(context_));
      if (!job) return EndOfWait(context_, job.error()).value_or(EndedBy(job.error()));
      if (auto end = Look(job->value)) return *std::move(end);
    }
  }

 private:
  std::optional<WaitResult> WaitForEvaluation(const std::string& id) {
    auto seen = Watch<nomad::Evaluation>(
        context_,
        [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
          return context_.client.ReadEvaluation(id, ref_, query, call);
        },
        [](const nomad::Evaluation& evaluation) {
          return evaluation.status == "pending" ? std::nullopt : std::optional<Settled>(Settled{});
        });
    if (seen) return std::nullopt;
    return std::move(seen).error();
  }

  // Until the allocations say something final, or what they say needs a closer look.
  std::optional<WaitResult> Look(const nomad::Job& job) {
    settle_ = SettleTime(job);
    std::optional<TimePoint> well_since;
    std::optional<WaitResult> end;
    auto watched = Watch<std::vector<nomad::Allocation>>(
        context_,
        [&](nomad::BlockingQuery query, const nomad::Call& call) {
          if (well_since) query.wait = std::min(query.wait, LeftOf(*well_since));
          return context_.client.ListAllocations(ref_, query, call);
        },
        [&](const std::vector<nomad::Allocation>& allocations) -> std::optional<Settled> {
          StateEvidence evidence;
          evidence.job = &job;
          evidence.allocations = &allocations;
          const Verdict verdict = JudgeJob(evidence);
          if (verdict.state == JobState::kRunning || verdict.state == JobState::kFinished) {
            if (!well_since) well_since = context_.clock.Now();
            if (LeftOf(*well_since) > Duration{1}) return std::nullopt;
            end = EndedBy(WaitEnd::kReached, "running");
            return Settled{};
          }
          well_since.reset();
          if (verdict.state == JobState::kUnderWay) return std::nullopt;
          end = LookCloser(job);
          return end ? std::optional<Settled>(Settled{}) : std::nullopt;
        });
    if (watched) return end;
    WaitResult timed_out = std::move(watched).error();
    if (timed_out.end == WaitEnd::kTimedOut && well_since) {
      return EndedBy(WaitEnd::kReached, "running");
    }
    timed_out.details.insert(timed_out.details.end(), announced_.begin(), announced_.end());
    return timed_out;
  }

  // Nothing is on its way by the allocations alone; evaluations may know of more.
  std::optional<WaitResult> LookCloser(const nomad::Job& job) {
    const nomad::Call call{context_.clock.Now() + Duration{30'000}, context_.stop};
    auto evidence = AskSingly(job, ref_, context_.client, call);
    if (!evidence) return EndOfWait(context_, evidence.error());
    const Verdict verdict = evidence->Judge(&job, nullptr);
    if (verdict.state == JobState::kBlocked) {
      for (const nomad::Evaluation& evaluation : evidence->evaluations) {
        if (evaluation.status != "blocked") continue;
        for (const std::string& line : DescribePlacements(evaluation.failed_placements)) {
          if (announced_.insert(line).second) context_.voice.notice(line);
        }
      }
    }
    if (verdict.state != JobState::kFailed) return std::nullopt;
    const auto newest = NewestAllocations(evidence->allocations, job.type);
    WaitResult failed = EndedBy(WaitEnd::kFailed, WhatIsMissing(verdict, newest));
    failed.details = DescribeFailures(newest);
    return failed;
  }

  Duration LeftOf(TimePoint since) const {
    const auto passed = std::chrono::duration_cast<Duration>(context_.clock.Now() - since);
    return std::max(settle_ - passed, Duration{1});
  }

  const WaitContext& context_;
  const nomad::JobRef& ref_;
  Duration settle_{10'000};
  std::set<std::string> announced_;
};

// Sends the evaluation and waits for what it brings; `result` may already tell of an earlier write.
JobResult Evaluate(const JobRun& run, JobResult result) {
  auto answer = run.wait.client.EvaluateJob(run.job.ref, CallOf(run));
  if (!answer) {
    JobResult failed = FailedBy(answer.error());
    failed.wrote = result.wrote;
    return failed;
  }
  result.wrote = true;
  result.evaluation_id = answer->evaluation_id;
  if (run.detach) {
    result.outcome = Outcome::kSubmitted;
    result.summary = "evaluated";
    return result;
  }
  Conclude(RunningWait(run.wait, run.job.ref).AfterEvaluation(answer->evaluation_id),
           run, result);
  if (result.outcome == Outcome::kDone) result.summary = "running again";
  return result;
}

}  // namespace

JobResult RunEvaluate(const JobRun& run) {
  if (auto refused = IsStillThatJob(run)) return *std::move(refused);
  return Evaluate(run, {});
}

JobResult RunRestart(const JobRun& run) {
  if (auto refused = IsStillThatJob(run)) return *std::move(refused);
  Step stop = run.step;
  stop.move = Move::kStop;
  ExecuteOptions unrecorded = run.options;
  unrecorded.record = nullptr;
  const JobRun stopping{run.intent, run.job, stop, unrecorded, run.wait, false};
  JobResult stopped = RunStop(stopping);
  if (stopped.outcome != Outcome::kDone) return stopped;

  auto now = run.wait.client.ReadJob(run.job.ref, {}, CallOf(run));
  if (!now) return FailedBy(now.error());
  JobFacts again = run.job;
  again.live = std::move(now->value);
  auto plan = run.wait.client.PlanJob(run.job.ref, nomad::RawJob::parse(*run.job.job), CallOf(run));
  if (!plan) return FailedBy(plan.error());
  again.plan = *std::move(plan);
  const bool ours = again.live->stop && again.live->version == run.job.live->version + 1 &&
                    again.plan->job_modify_index == again.live->job_modify_index;
  if (!ours) {
    JobResult refused =
        RefusedBecause("it was stopped to start it anew, and somebody else changed it meanwhile");
    refused.wrote = true;
    return refused;
  }
  JobResult result =
      RunRegister(JobRun{run.intent, again, run.step, run.options, run.wait, run.detach});
  result.wrote = true;
  return result;
}

JobResult RunPromote(const JobRun& run, const std::string& deployment_id) {
  auto answer = run.wait.client.PromoteDeployment(deployment_id, run.job.ref, CallOf(run));
  if (!answer) return FailedBy(answer.error());
  JobResult result;
  result.wrote = true;
  result.evaluation_id = answer->evaluation_id;
  result.deployment_id = deployment_id;
  if (run.detach) {
    result.outcome = Outcome::kSubmitted;
    result.summary = "promoted";
    return result;
  }
  Conclude(WaitHealthyAsFound(run.wait, run.job.ref), run, result);
  return result;
}

JobResult ProveRunning(const JobRun& run, JobResult result) {
  auto job = run.wait.client.ReadJob(run.job.ref, {}, CallOf(run));
  if (!job) return result;
  if (job->value.type != "service" && job->value.type != "system") return result;
  auto allocations = run.wait.client.ListAllocations(run.job.ref, {}, CallOf(run));
  if (!allocations) return result;
  StateEvidence seen;
  seen.job = &job->value;
  seen.allocations = &allocations->value;
  if (JudgeJob(seen).state != JobState::kFailed) return result;
  auto evidence = AskSingly(job->value, run.job.ref, run.wait.client, CallOf(run));
  if (!evidence) return result;
  const Verdict verdict = evidence->Judge(&job->value, nullptr);
  if (verdict.state != JobState::kFailed) return result;
  if (verdict.failure == Failure::kShort || verdict.failure == Failure::kSystem) {
    run.wait.voice.notice(Join(MissingWords(verdict), ", ") + "; having Nomad place it again");
    return Evaluate(run, std::move(result));
  }
  result.outcome = Outcome::kFailed;
  const auto newest = NewestAllocations(evidence->allocations, job->value.type);
  result.summary =
      verdict.short_groups.empty() ? "its deployment failed" : WhatIsMissing(verdict, newest);
  result.details = DescribeFailures(newest);
  return result;
}

}  // namespace nmgr::rollout
