// One step of a plan, from its first request to its end.
#pragma once

#include <functional>
#include <string>

#include "nmgr/rollout/execute.h"
#include "nmgr/rollout/wait.h"

namespace nmgr::rollout {

// What a job is waited for to be.
enum class Goal { kHealthy, kGone };

// What a step works with. Lives for one job.
struct JobRun {
  const Intent& intent;
  const JobFacts& job;
  const Step& step;
  const ExecuteOptions& options;
  WaitContext wait;
  bool detach = false;         // of this job: never for infra jobs that are to be healthy
  Goal goal = Goal::kHealthy;  // of the whole step
};

// The runners of moves.h.
JobResult RunRegister(const JobRun& run);
// Move::kTakeDown: a stop that is registered, so that it is check-and-set.
JobResult RunTakeDown(const JobRun& run);
JobResult RunAwaitHealthy(const JobRun& run);

// Move::kEvaluate: has Nomad replace failed allocations now, and waits until every group has its
// count of running ones.
JobResult RunEvaluate(const JobRun& run);

// Move::kRestart: what was stopped here is no entry of the record of stopped jobs.
JobResult RunRestart(const JobRun& run);

// Move::kRestartInPlace and kReschedule: until each allocation, or what is placed in its stead, has
// run for the min_healthy_time of its group.
JobResult RunRestartInPlace(const JobRun& run);

// Move::kPromote, or what follows a wait that ended with canaries to promote (Intent::promote).
JobResult RunPromote(const JobRun& run, const std::string& deployment_id);

// After a wait that found the job healthy: whether each of its groups really runs. Nomad calls the
// deployment of a job successful that was stopped and started with a failed group, which has 0 of 1
// running. Such a group is evaluated once; where that does not help, the job has failed.
JobResult ProveRunning(const JobRun& run, JobResult result);

// After the register of a stopped job: whether Nomad leaves a failed allocation where it was,
// although its group may reschedule, so that it would be replaced after a delay or never.
bool LeavesFailed(const JobRun& run, const std::string& evaluation_id);

// Move::kStop, kPurge and kAwaitGone.
JobResult RunStop(const JobRun& run);

// How the result of a wait ends a job that was written to, or only waited for.
void Conclude(const WaitResult& wait, const JobRun& run, JobResult& result);

// An end that was asked for says nothing of the job: what failed only because a question or a write
// was cut off by it is kUnconfirmed where something may have been done, else kNotStarted.
JobResult NotByOurEnd(const JobRun& run, JobResult result);
// Whether an error is such an end.
bool IsOurEnd(const JobRun& run, const Error& error);

// Whether a write that failed so may have been done all the same, or may be done by a second try:
// to be settled by reading the job.
bool FateIsOpen(const Error& error);

}  // namespace nmgr::rollout
