#include "nmgr/rollout/evidence.h"

#include <utility>

#include "nmgr/base/parallel.h"

namespace nmgr::rollout {
namespace {

StateEvidence WithoutPlan(const JobEvidence& rows, const nomad::Job* job) {
  StateEvidence evidence;
  evidence.job = job;
  evidence.allocations = &rows.allocations;
  evidence.deployment = rows.deployment ? &*rows.deployment : nullptr;
  evidence.evaluations = &rows.evaluations;
  evidence.all_evaluations = rows.asked_singly;
  evidence.checks = &rows.checks;
  return evidence;
}

}  // namespace

Verdict JobEvidence::Judge(const nomad::Job* job, const nomad::JobPlan* plan) const {
  StateEvidence evidence = WithoutPlan(*this, job);
  evidence.plan = plan;
  return JudgeJob(evidence);
}

std::vector<GroupHealth> JobEvidence::Health(const nomad::Job* job) const {
  return HealthOf(WithoutPlan(*this, job));
}

Expected<Evidence> Evidence::Ask(const nomad::JobRef& place, nomad::JobClient& client,
                                 const nomad::Call& call) {
  Expected<std::vector<nomad::Allocation>> listed_allocations;
  Expected<std::vector<nomad::Deployment>> listed_deployments;
  Expected<std::vector<nomad::Evaluation>> listed_blocked;
  ParallelFor(3, 3, [&](std::size_t list) {
    const auto& [id, name_space, region] = place;
    if (list == 0) listed_allocations = client.ListAllAllocations(name_space, region, call);
    if (list == 1) listed_deployments = client.ListAllDeployments(name_space, region, call);
    if (list == 2) listed_blocked = client.ListBlockedEvaluations(name_space, region, call);
  });
  TRY_ASSIGN(auto allocations, std::move(listed_allocations));
  TRY_ASSIGN(auto deployments, std::move(listed_deployments));
  TRY_ASSIGN(auto blocked, std::move(listed_blocked));
  Evidence evidence;
  for (nomad::Allocation& row : allocations) {
    JobEvidence& job = evidence.jobs_[{row.name_space, row.job_id}];
    job.allocations.push_back(std::move(row));
  }
  for (nomad::Deployment& row : deployments) {
    JobEvidence& job = evidence.jobs_[{row.name_space, row.job_id}];
    if (row.status == "failed") job.failed_registers.push_back(row.job_modify_index);
    std::optional<nomad::Deployment>& latest = job.deployment;
    if (!latest || latest->create_index < row.create_index) latest = std::move(row);
  }
  for (nomad::Evaluation& row : blocked) {
    JobEvidence& job = evidence.jobs_[{row.name_space, row.job_id}];
    job.evaluations.push_back(std::move(row));
  }
  return evidence;
}

const JobEvidence& Evidence::Of(const nomad::JobRef& job) const {
  static const JobEvidence kNone;
  const auto found = jobs_.find({job.name_space, job.id});
  return found == jobs_.end() ? kNone : found->second;
}

JobEvidence Evidence::Take(const nomad::JobRef& job) {
  const auto found = jobs_.find({job.name_space, job.id});
  return found == jobs_.end() ? JobEvidence() : std::exchange(found->second, {});
}

std::vector<Error> AskChecks(const nomad::JobRef& ref, nomad::JobClient& client,
                             const nomad::Call& call, JobEvidence& evidence) {
  std::vector<Error> failed;
  for (const nomad::Allocation& allocation : evidence.allocations) {
    if (allocation.desired_status != "run" || allocation.client_status != "running") continue;
    if (auto answer = client.ReadChecks(allocation.id, ref, call)) {
      evidence.checks.emplace(allocation.id, *std::move(answer));
    } else {
      failed.push_back(std::move(answer).error());
    }
  }
  return failed;
}

Expected<JobEvidence> AskSingly(const nomad::Job& job, const nomad::JobRef& ref,
                                nomad::JobClient& client, const nomad::Call& call) {
  JobEvidence evidence;
  // First, so that what Nomad has not looked at then is told by them, and what it has by the
  // others.
  TRY_ASSIGN(auto evaluations, client.ListEvaluations(ref, {}, call));
  TRY_ASSIGN(auto allocations, client.ListAllocations(ref, {}, call));
  TRY_ASSIGN(auto deployment, client.LatestDeployment(ref, {}, call));
  evidence.asked_singly = true;
  evidence.allocations = std::move(allocations.value);
  evidence.deployment = std::move(deployment.value);
  evidence.evaluations = std::move(evaluations.value);
  if (evidence.Judge(&job, nullptr).failure == Failure::kChecks) {
    AskChecks(ref, client, call, evidence);
  }
  return evidence;
}

}  // namespace nmgr::rollout
