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
#include "nmgr/repo/target.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/job_run.h"
#include "rollout/last_words.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

JobResult RefusedBecause(std::string summary) {
  JobResult result;
  result.outcome = Outcome::kRefused;
  result.summary = std::move(summary);
  return result;
}

// Neither a stop nor an evaluation can be tied to a version, so the job is read right before.
std::optional<JobResult> IsStillThatJob(const JobRun& run) {
  auto now = run.wait.client.ReadJob(run.job.ref, {}, CallOnce(run.wait));
  if (!now) return FailedBy(now.error());
  if (now->value.job_modify_index == run.job.live->job_modify_index) return std::nullopt;
  return RefusedBecause("somebody else changed the job after it was looked at");
}

// "group main runs 0 of 1: task web exits with 1, 3 times".
std::string WhatIsMissing(const Verdict& verdict,
                          const std::vector<const nomad::Allocation*>& allocations) {
  std::string text = DescribeShortGroups(verdict.short_groups);
  const bool none = std::none_of(
      allocations.begin(), allocations.end(), [&verdict](const nomad::Allocation* allocation) {
        return std::any_of(verdict.short_groups.begin(), verdict.short_groups.end(),
                           [&](const ShortGroup& it) { return it.name == allocation->group; });
      });
  if (!text.empty() && none)
    return text + ": Nomad has started nothing of it since it was registered";
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
  RunningWait(const WaitContext& context, const JobFacts& job)
      : context_(context), ref_(job.ref), name_(job.name) {}

  WaitResult AfterEvaluation(const std::string& evaluation) {
    if (!evaluation.empty()) {
      if (auto end = WaitForEvaluation(evaluation)) return *std::move(end);
    }
    while (true) {
      auto job = context_.client.ReadJob(ref_, {}, rollout::CallOf(context_));
      if (!job) return EndOfWait(context_, job.error()).value_or(EndedBy(job.error()));
      if (IsDeploying(job->value)) {
        WaitResult deployed = WaitHealthyAsFound(context_, ref_);
        // A deployment that ended meanwhile says nothing of the groups that are short all the same.
        const bool short_groups =
            deployed.end == WaitEnd::kFailed && !deployed.error && deployed.deployment_id.empty();
        if (short_groups) return LookCloser(job->value).value_or(std::move(deployed));
        if (deployed.end != WaitEnd::kReached) return deployed;
        deployed_ = true;  // of what was placed; that may not be all of it
      }
      if (auto end = Look(job->value)) return *std::move(end);
    }
  }

 private:
  // What is placed of a version that has had no deployment opens one, which knows more than we.
  bool IsDeploying(const nomad::Job& job) const {
    const auto latest = context_.client.LatestDeployment(ref_, {}, rollout::CallOf(context_));
    if (!latest || !latest->value) return false;
    return IsOfThisVersion(*latest->value, job) && IsUnderWay(*latest->value);
  }

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
    settle_ = deployed_ ? Duration{0} : SettleTime(job);
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
          if (verdict.state == JobState::kUnderWay && !AnyFailed(job, allocations)) {
            return std::nullopt;
          }
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

  static bool AnyFailed(const nomad::Job& job, const std::vector<nomad::Allocation>& rows) {
    const auto newest = NewestAllocations(rows, job.type);
    return std::any_of(newest.begin(), newest.end(),
                       [](const auto* row) { return row->client_status == "failed"; });
  }

  // Nothing is on its way by the allocations alone, or only after a delay; evaluations and the
  // deployment may know of more.
  std::optional<WaitResult> LookCloser(const nomad::Job& job) {
    const nomad::Call call = SecondLook(context_);
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
    const auto newest = NewestOfVersion(evidence->allocations, job);
    WaitResult failed = EndedBy(WaitEnd::kFailed, WhatIsMissing(verdict, newest));
    failed.details = DescribeFailures(newest);
    AddLastWords(context_, ref_, CrashesByGroup(newest), failed.details);
    failed.details.push_back(AnewHint(name_, job, evidence->allocations));
    return failed;
  }

  Duration LeftOf(TimePoint since) const {
    const auto passed = std::chrono::duration_cast<Duration>(context_.clock.Now() - since);
    return std::max(settle_ - passed, Duration{1});
  }

  const WaitContext& context_;
  const nomad::JobRef& ref_;
  const std::string& name_;  // as a target
  Duration settle_{10'000};
  bool deployed_ = false;
  std::set<std::string> announced_;
};

// Sends the evaluation and waits for what it brings; `result` may already tell of an earlier write.
JobResult Evaluate(const JobRun& run, JobResult result) {
  auto answer = run.wait.client.EvaluateJob(run.job.ref, CallOnce(run.wait));
  if (!answer) {
    JobResult failed = FailedBy(answer.error());
    failed.wrote = result.wrote;
    failed.job_modify_index = result.job_modify_index;
    return failed;
  }
  result.wrote = true;
  result.evaluation_id = answer->evaluation_id;
  if (run.detach) {
    result.outcome = Outcome::kSubmitted;
    result.summary = "evaluated";
    return result;
  }
  Conclude(RunningWait(run.wait, run.job).AfterEvaluation(answer->evaluation_id), run, result);
  if (result.outcome == Outcome::kDone) result.summary = "running again";
  return result;
}

// Failed allocations of older versions that a register has left where they were, of groups in which
// they can be replaced.
std::vector<const nomad::Allocation*> LeftFailed(const nomad::Job& job,
                                                 const std::vector<nomad::Allocation>& rows) {
  std::vector<const nomad::Allocation*> left;
  for (const nomad::Allocation* row : NewestAllocations(rows, job.type)) {
    const bool old = row->job_version < job.version && row->client_status == "failed" &&
                     row->desired_status == "run";
    const bool replaced = std::any_of(job.groups.begin(), job.groups.end(), [&](const auto& group) {
      return group.name == row->group && (group.reschedules || job.type == "system");
    });
    if (old && replaced) left.push_back(row);
  }
  return left;
}

void ForgetDelays(const nomad::Job& job, JobEvidence& evidence) {
  for (nomad::Allocation& row : evidence.allocations) {
    if (row.job_version < job.version) row.followup_evaluation_id.clear();
  }
  std::erase_if(evidence.evaluations, [](const auto& it) { return it.status == "pending"; });
}

// Whether a batch job was started at all: what is complete is healthy, also from before, and of a
// sysbatch Nomad starts nothing again that was stopped in the middle.
JobResult ProveStarted(const JobRun& run, const nomad::Job& job, const JobEvidence& evidence,
                       JobResult result) {
  const std::vector<nomad::Allocation>& rows = evidence.allocations;
  const bool started = std::any_of(rows.begin(), rows.end(), [&](const nomad::Allocation& row) {
    return row.job_version == job.version;
  });
  if (started || !result.wrote || rows.empty() || result.outcome != Outcome::kDone) return result;
  result.summary = "finished before, and Nomad has started nothing again";
  if (evidence.Judge(&job, nullptr).state == JobState::kFailed) {
    result.outcome = Outcome::kFailed;
    result.summary = "it was stopped before it had ended, and Nomad has started nothing again";
    result.details.push_back(AnewHint(run.job.name, job, rows));
  }
  if (run.step.move == Move::kRestart) result.outcome = Outcome::kFailed;
  return result;
}

// Success is what can be seen; that a run was ended is no failure either.
JobResult Unproven(const JobRun& run, const Error& error, JobResult result) {
  if (result.outcome != Outcome::kDone && !IsOurEnd(run, error)) return result;
  JobResult unproven = FailedBy(error);
  unproven.wrote = result.wrote;
  unproven.job_modify_index = result.job_modify_index;
  unproven.evaluation_id = std::move(result.evaluation_id);
  unproven.deployment_id = std::move(result.deployment_id);
  unproven.summary = "it cannot be seen whether it runs: " + error.message;
  return unproven;
}

JobResult AfterWrite(JobResult result) {
  result.wrote = true;
  return result;
}

// What was to be started anew and was cut off in between: nobody but a person, or the next sync,
// starts it.
JobResult HalfRestarted(const JobRun& run, JobResult result) {
  const bool cut =
      result.outcome == Outcome::kUnconfirmed || (result.error && IsOurEnd(run, *result.error));
  if (!cut || !result.wrote) return result;
  result.outcome = Outcome::kUnconfirmed;
  result.details.clear();
  result.error.reset();
  result.summary = "stopped to start it anew, and not started again (interrupted)";
  if (!run.options.looks_again)
    result.summary += "; `nmgr up " + repo::TypedTarget(run.job.name) + "` starts it";
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
  const JobRun stopping{run.intent, run.job, stop, unrecorded, run.wait, false, Goal::kGone};
  JobResult stopped = RunStop(stopping);
  if (stopped.outcome != Outcome::kDone) return HalfRestarted(run, std::move(stopped));

  auto now = run.wait.client.ReadJob(run.job.ref, {}, CallOnce(run.wait));
  if (!now) return HalfRestarted(run, AfterWrite(FailedBy(now.error())));
  JobFacts again = run.job;
  again.live = std::move(now->value);
  auto plan =
      run.wait.client.PlanJob(run.job.ref, nomad::RawJob::parse(*run.job.job), CallOnce(run.wait));
  if (!plan) return HalfRestarted(run, AfterWrite(FailedBy(plan.error())));
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
  auto answer = run.wait.client.PromoteDeployment(deployment_id, run.job.ref, CallOnce(run.wait));
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

bool LeavesFailed(const JobRun& run, const std::string& evaluation_id) {
  if (!evaluation_id.empty()) {
    const auto placed = Watch<nomad::Evaluation>(
        run.wait,
        [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
          return run.wait.client.ReadEvaluation(evaluation_id, run.job.ref, query, call);
        },
        [](const nomad::Evaluation& evaluation) {
          return evaluation.status == "pending" ? std::nullopt : std::optional<Settled>(Settled{});
        });
    if (!placed) return false;
  }
  const auto job = run.wait.client.ReadJob(run.job.ref, {}, CallOnce(run.wait));
  const auto rows = run.wait.client.ListAllocations(run.job.ref, {}, CallOnce(run.wait));
  return job && rows && !LeftFailed(job->value, rows->value).empty();
}

JobResult ProveRunning(const JobRun& run, JobResult result) {
  const nomad::Call call = SecondLook(run.wait);
  auto job = run.wait.client.ReadJob(run.job.ref, {}, call);
  if (!job) return Unproven(run, job.error(), std::move(result));
  auto evidence = AskSingly(job->value, run.job.ref, run.wait.client, call);
  if (!evidence) return Unproven(run, evidence.error(), std::move(result));
  if (job->value.type == "batch" || job->value.type == "sysbatch") {
    return ProveStarted(run, job->value, *evidence, std::move(result));
  }
  // What is left of an older version is not waited for until its delay is over.
  const bool left = !LeftFailed(job->value, evidence->allocations).empty();
  if (left) ForgetDelays(job->value, *evidence);
  const Verdict verdict = evidence->Judge(&job->value, nullptr);
  if (verdict.state != JobState::kFailed) return result;
  if (verdict.failure == Failure::kShort || verdict.failure == Failure::kSystem) {
    run.wait.voice.notice(DescribeShortGroups(verdict.short_groups) +
                          "; having Nomad place it again");
    return Evaluate(run, std::move(result));
  }
  result.outcome = Outcome::kFailed;
  const auto newest = NewestOfVersion(evidence->allocations, job->value);
  result.summary =
      verdict.short_groups.empty() ? "its deployment failed" : WhatIsMissing(verdict, newest);
  result.details = DescribeFailures(newest);
  AddLastWords(run.wait, run.job.ref, CrashesByGroup(newest), result.details);
  result.details.push_back(AnewHint(run.job.name, job->value, evidence->allocations));
  return result;
}

}  // namespace nmgr::rollout
