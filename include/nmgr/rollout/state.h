// What state a job is in, as far as `up`, `down` and `reconcile` decide by it.
//
// Nomad's own Status cannot be used for that: a service that was never placed says "running", one
// with count 0 says "dead", and a failed one says "dead" while its plan says "None", so that
// registering it again would start nothing. The table in ClassifyJob's comment is the whole rule.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

enum class JobState {
  kAbsent,    // no such job in its namespace
  kStopped,   // Stop is true
  kDeployed,  // registered and none of the others; what its Status says does not matter
  kFailed,    // it came to nothing, and registering the same spec again would not change that
  kFinished,  // a batch job that did its work
};

// "absent", "stopped", ...: for results in JSON and for logs.
std::string_view JobStateName(JobState state);

// What a state is judged from. `job` null: absent. `allocations` and `deployment` are looked at
// only where NeedsAllocations and NeedsDeployment say so; a null deployment: the job never had one.
struct StateEvidence {
  const nomad::Job* job = nullptr;
  bool spec_unchanged = false;  // a plan was made and its Diff.Type is None
  const std::vector<nomad::Allocation>* allocations = nullptr;
  const nomad::Deployment* deployment = nullptr;
};

// absent     no job
// stopped    Stop
// failed     spec unchanged, and: a dead service with some count above 0; a system job whose latest
//            deployment of this version failed; a dead batch or sysbatch job with failed
//            allocations
// finished   spec unchanged, and a dead batch or sysbatch job whose allocations are all complete
// deployed   everything else
JobState ClassifyJob(const StateEvidence& evidence);

// Which questions ClassifyJob needs answered for this job, provided that its spec is unchanged.
bool NeedsAllocations(const nomad::Job& job);
bool NeedsDeployment(const nomad::Job& job);

// A service that has ended although it should run. The one failure that a job's own document shows.
bool IsDeadService(const nomad::Job& job);

// The newest allocation of each place (its name; for sysbatch and system jobs its name on its
// node): an older one that was replaced after a failure says nothing about the job any more. In the
// order of their creation.
std::vector<const nomad::Allocation*> NewestAllocations(
    const std::vector<nomad::Allocation>& allocations, std::string_view job_type);

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
