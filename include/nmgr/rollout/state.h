// What state a job is in: one word, the same in every verb, table and JSON document.
//
// "Up to date" means that a job runs as its spec says. Neither Nomad's Status nor the diff of a
// plan can say that: a service that was never placed says "running", one with count 0 says "dead",
// and the plan of a job whose groups have all failed says "None". So the state is judged from what
// runs: the table above JudgeJob is the whole rule, and the first of its rows that holds is the
// state.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

enum class JobState {
  kAbsent,
  kStopped,
  kDiffers,
  kFinished,
  kNeedsPromotion,
  kBlocked,
  kUnderWay,
  kFailed,
  kKnownBad,  // instead of kDiffers or kFailed: JobFacts::Judge
  kRunning,
};

// What can be told without a spec: all but kDiffers and kKnownBad.
inline constexpr JobState kStatesWithoutPlan[] = {
    JobState::kAbsent,         JobState::kStopped, JobState::kFinished,
    JobState::kNeedsPromotion, JobState::kBlocked, JobState::kUnderWay,
    JobState::kFailed,         JobState::kRunning, JobState::kKnownBad};

// system and sysbatch jobs.
bool RunsOnEveryNode(std::string_view type);

// "absent", "needs promotion", ...: for people and programs alike.
std::string_view JobStateName(JobState state);

// In what way a job is `failed`, which decides what may help it.
enum class Failure {
  kNone,
  kSystem,       // a system job lacks an allocation: an evaluation replaces it
  kShort,        // a group is short and its deployment has not failed: likewise
  kHopeless,     // nothing is to be replaced: the `reschedule` of a short group allows no attempt
  kNothingRuns,  // the deployment failed and nothing runs: stop it, wait, register it again
  kPartly,       // the deployment failed and something still runs: not ours to stop
  kChecks,       // everything runs, but the deployment failed and its checks do not pass
  kBatch,        // a batch job: only --again runs it
  kSysbatch,
};

// What a state is judged from. Rows of other jobs must not be among it.
struct StateEvidence {
  const nomad::Job* job = nullptr;       // null: absent
  const nomad::JobPlan* plan = nullptr;  // null: judged without the spec, never `differs`
  const std::vector<nomad::Allocation>* allocations = nullptr;
  const nomad::Deployment* deployment = nullptr;                // the latest; null: none
  const std::vector<nomad::Evaluation>* evaluations = nullptr;  // blocked ones at least
  bool all_evaluations = false;  // `evaluations` holds all, and was read before the allocations
  // What Nomad's own checks say, by allocation ID. Missing: not asked, so they prove nothing.
  const std::map<std::string, std::vector<nomad::CheckResult>>* checks = nullptr;
};

struct ShortGroup {
  std::string name;
  int running = 0;
  int wanted = 0;
  int older = 0;  // running besides, of versions that do not count
};

struct Verdict {
  JobState state = JobState::kAbsent;
  Failure failure = Failure::kNone;      // of kFailed
  std::vector<ShortGroup> short_groups;  // of kFailed: fewer running than wanted
  bool deployment_failed = false;        // the deployment of this version has
  // Nothing of this version is there, and whether Nomad has looked at it yet was not asked: to be
  // judged again with all evaluations.
  bool unproven = false;
  // Of what runs on every node nothing runs, or (sysbatch) nothing is left of it, and Nomad calls
  // that neither blocked nor failed: no node fits it.
  bool nowhere = false;
};

// absent           no such job
// stopped          Stop
// differs          the diff of its plan holds a changed field or object
// finished         a dead batch or sysbatch job: the newest allocation of each name is complete
// needs promotion  the deployment of this version has healthy canaries that somebody must promote
// blocked          a blocked evaluation, or a plan that would place and cannot
// under way        the deployment of this version is active; or, where it has not failed, a
//                  reschedule is pending or an allocation is still to start; or only older
//                  versions run and Nomad is not known to have looked at this one
// failed           the deployment of this version failed; or a group has fewer running allocations
//                  than wanted and nothing is coming
// running          everything else; periodic and parameterized jobs always
//
// An allocation that is to stop counts for nothing; of each name (system, sysbatch: of each name on
// each node) only the newest counts. What a plan would place is never a difference: a healthy
// system job plans a placement for ever. A deployment that failed although everything runs and
// every check passes now is no failure.
Verdict JudgeJob(const StateEvidence& evidence);

// Whether a deployment belongs to the job as it is registered now. After a stop and a register the
// latest may be that of an older version.
bool IsOfThisVersion(const nomad::Deployment& deployment, const nomad::Job& job);

// Running, and somebody has to promote its canaries, which are healthy.
bool NeedsPromotion(const nomad::Deployment& deployment);

// How many allocations of a group do what they should, of those that are wanted. Of a batch job
// what is complete does too. While the deployment of this version is active, what it has not called
// healthy yet does not; older versions that still run do.
struct GroupHealth {
  std::string name;
  int running = 0;
  int healthy = 0;
  int wanted = 0;
};
// In the order of the job. None for what runs nothing itself: absent, stopped, periodic and
// parameterized jobs.
std::vector<GroupHealth> HealthOf(const StateEvidence& evidence);

// The newest allocation of each place (its name; for sysbatch and system jobs its name on its
// node): an older one that was replaced after a failure says nothing about the job any more. In the
// order of their creation.
std::vector<const nomad::Allocation*> NewestAllocations(
    const std::vector<nomad::Allocation>& allocations, std::string_view job_type);

// Of these what was started of the version that is registered. Where nothing was, as Nomad does
// after `down` and `up` of a group whose `reschedule` allows no attempt, what came down before that
// says nothing of it, and is quoted nowhere.
std::vector<const nomad::Allocation*> NewestOfVersion(
    const std::vector<nomad::Allocation>& allocations, const nomad::Job& job);

// Whether an evaluation is one of an older register of the job, as far as it says.
bool IsOfOlderRegister(const nomad::Evaluation& evaluation, std::uint64_t job_modify_index);

// Allocations that still may run a task: whose client has not said complete, failed or lost.
std::vector<const nomad::Allocation*> LiveAllocations(
    const std::vector<nomad::Allocation>& allocations);

// True if every group has as many running allocations as it should, none of them unhealthy, and no
// deployment of this version is under way. Periodic and parameterized jobs are always healthy, a
// system job if what was placed runs, a batch job if all of it runs or is complete.
bool LooksHealthy(const nomad::Job& job, const std::vector<nomad::Allocation>& allocations,
                  const nomad::Deployment* deployment);

// running, paused, pending, blocked and the like; false for successful, failed and cancelled.
bool IsUnderWay(const nomad::Deployment& deployment);

}  // namespace nmgr::rollout
