#include "nmgr/rollout/state.h"

#include <algorithm>
#include <map>
#include <utility>

namespace nmgr::rollout {
namespace {

bool IsBatch(std::string_view type) { return type == "batch" || type == "sysbatch"; }

bool RunsOnEveryNode(std::string_view type) { return type == "system" || type == "sysbatch"; }

bool IsTemplate(const nomad::Job& job) { return job.periodic || job.parameterized; }

JobState ClassifyDeadBatch(const StateEvidence& evidence) {
  if (evidence.allocations == nullptr) return JobState::kDeployed;
  const auto newest = NewestAllocations(*evidence.allocations, evidence.job->type);
  const auto has_status = [](std::string_view status) {
    return [status](const nomad::Allocation* allocation) {
      return allocation->client_status == status;
    };
  };
  if (std::any_of(newest.begin(), newest.end(), has_status("failed"))) return JobState::kFailed;
  if (std::all_of(newest.begin(), newest.end(), has_status("complete"))) return JobState::kFinished;
  return JobState::kDeployed;
}

bool IsWell(const nomad::Job& job, const nomad::Allocation& allocation) {
  if (!allocation.healthy.value_or(true)) return false;
  return allocation.client_status == "running" ||
         (IsBatch(job.type) && allocation.client_status == "complete");
}

bool EveryGroupIsWell(const nomad::Job& job,
                      const std::vector<const nomad::Allocation*>& allocations) {
  std::map<std::string_view, int> well;
  for (const nomad::Allocation* allocation : allocations) {
    if (allocation->desired_status == "run" && IsWell(job, *allocation)) ++well[allocation->group];
  }
  return std::all_of(job.groups.begin(), job.groups.end(), [&](const nomad::TaskGroup& group) {
    return well[group.name] >= group.count;
  });
}

}  // namespace

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kAbsent:
      return "absent";
    case JobState::kStopped:
      return "stopped";
    case JobState::kDeployed:
      return "deployed";
    case JobState::kFailed:
      return "failed";
    case JobState::kFinished:
      return "finished";
  }
  return "";
}

JobState ClassifyJob(const StateEvidence& evidence) {
  const nomad::Job* job = evidence.job;
  if (job == nullptr) return JobState::kAbsent;
  if (job->stop) return JobState::kStopped;
  if (!evidence.spec_unchanged) return JobState::kDeployed;
  if (IsDeadService(*job)) return JobState::kFailed;
  if (NeedsDeployment(*job)) {
    const nomad::Deployment* deployment = evidence.deployment;
    const bool failed = deployment != nullptr && deployment->status == "failed" &&
                        deployment->job_version == job->version;
    return failed ? JobState::kFailed : JobState::kDeployed;
  }
  if (NeedsAllocations(*job)) return ClassifyDeadBatch(evidence);
  return JobState::kDeployed;
}

bool NeedsAllocations(const nomad::Job& job) {
  return !job.stop && IsBatch(job.type) && job.status == "dead";
}

bool NeedsDeployment(const nomad::Job& job) { return !job.stop && job.type == "system"; }

bool IsDeadService(const nomad::Job& job) {
  return !job.stop && job.type == "service" && job.status == "dead" && !IsTemplate(job) &&
         std::any_of(job.groups.begin(), job.groups.end(),
                     [](const nomad::TaskGroup& group) { return group.count > 0; });
}

std::vector<const nomad::Allocation*> NewestAllocations(
    const std::vector<nomad::Allocation>& allocations, std::string_view job_type) {
  std::map<std::pair<std::string_view, std::string_view>, const nomad::Allocation*> newest;
  for (const nomad::Allocation& allocation : allocations) {
    std::string_view node;
    if (RunsOnEveryNode(job_type)) node = allocation.node_name;
    const nomad::Allocation*& slot = newest[{allocation.name, node}];
    if (slot == nullptr || slot->create_index < allocation.create_index) slot = &allocation;
  }
  std::vector<const nomad::Allocation*> result;
  for (const auto& [place, allocation] : newest) result.push_back(allocation);
  std::stable_sort(result.begin(), result.end(),
                   [](const auto* a, const auto* b) { return a->create_index < b->create_index; });
  return result;
}

std::vector<const nomad::Allocation*> LiveAllocations(
    const std::vector<nomad::Allocation>& allocations) {
  std::vector<const nomad::Allocation*> live;
  for (const nomad::Allocation& allocation : allocations) {
    if (!allocation.IsTerminal()) live.push_back(&allocation);
  }
  return live;
}

bool LooksHealthy(const nomad::Job& job, const std::vector<nomad::Allocation>& allocations,
                  const nomad::Deployment* deployment) {
  if (IsTemplate(job)) return true;
  if (deployment != nullptr && deployment->job_version == job.version && IsUnderWay(*deployment)) {
    return false;
  }
  const auto newest = NewestAllocations(allocations, job.type);
  if (!RunsOnEveryNode(job.type)) return EveryGroupIsWell(job, newest);
  return std::all_of(newest.begin(), newest.end(), [&job](const nomad::Allocation* allocation) {
    return allocation->desired_status != "run" || IsWell(job, *allocation);
  });
}

bool IsUnderWay(const nomad::Deployment& deployment) {
  return deployment.status != "successful" && deployment.status != "failed" &&
         deployment.status != "cancelled";
}

}  // namespace nmgr::rollout
