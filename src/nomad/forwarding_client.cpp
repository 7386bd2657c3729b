#include "nmgr/nomad/forwarding_client.h"

namespace nmgr::nomad {

Expected<RawJob> ForwardingClient::ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                            const Call& call) {
  return client_.ParseJob(ref, flat_hcl, call);
}

Expected<JobPlan> ForwardingClient::PlanJob(const JobRef& ref, const RawJob& job,
                                            const Call& call) {
  return client_.PlanJob(ref, job, call);
}

Expected<JobVerdict> ForwardingClient::ValidateJob(const JobRef& ref, const RawJob& job,
                                                   const Call& call) {
  return client_.ValidateJob(ref, job, call);
}

Expected<WriteResult> ForwardingClient::RegisterJob(const JobRef& ref,
                                                    const RegisterRequest& request,
                                                    const Call& call) {
  return client_.RegisterJob(ref, request, call);
}

Expected<WriteResult> ForwardingClient::RevertJob(const JobRef& ref, std::uint64_t version,
                                                  std::uint64_t prior_version, const Call& call) {
  return client_.RevertJob(ref, version, prior_version, call);
}

Expected<WriteResult> ForwardingClient::StopJob(const JobRef& ref, bool purge, const Call& call) {
  return client_.StopJob(ref, purge, call);
}

Expected<Indexed<Job>> ForwardingClient::ReadJob(const JobRef& ref, const BlockingQuery& query,
                                                 const Call& call) {
  return client_.ReadJob(ref, query, call);
}

Expected<Indexed<std::vector<JobSummary>>> ForwardingClient::ListJobs(const std::string& name_space,
                                                                      const std::string& region,
                                                                      const std::string& prefix,
                                                                      const Call& call) {
  return client_.ListJobs(name_space, region, prefix, call);
}

Expected<Indexed<Evaluation>> ForwardingClient::ReadEvaluation(const std::string& id,
                                                               const JobRef& job,
                                                               const BlockingQuery& query,
                                                               const Call& call) {
  return client_.ReadEvaluation(id, job, query, call);
}

Expected<Indexed<std::vector<Allocation>>> ForwardingClient::ListAllocations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  return client_.ListAllocations(ref, query, call);
}

Expected<Indexed<std::optional<Deployment>>> ForwardingClient::LatestDeployment(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  return client_.LatestDeployment(ref, query, call);
}

Expected<Indexed<Deployment>> ForwardingClient::ReadDeployment(const std::string& id,
                                                               const JobRef& job,
                                                               const BlockingQuery& query,
                                                               const Call& call) {
  return client_.ReadDeployment(id, job, query, call);
}

Expected<Indexed<std::vector<Evaluation>>> ForwardingClient::ListEvaluations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  return client_.ListEvaluations(ref, query, call);
}

Expected<std::vector<Allocation>> ForwardingClient::ListAllAllocations(
    const std::string& name_space, const std::string& region, const Call& call) {
  return client_.ListAllAllocations(name_space, region, call);
}

Expected<std::vector<Deployment>> ForwardingClient::ListAllDeployments(
    const std::string& name_space, const std::string& region, const Call& call) {
  return client_.ListAllDeployments(name_space, region, call);
}

Expected<std::vector<Evaluation>> ForwardingClient::ListBlockedEvaluations(
    const std::string& name_space, const std::string& region, const Call& call) {
  return client_.ListBlockedEvaluations(name_space, region, call);
}

Expected<WriteResult> ForwardingClient::EvaluateJob(const JobRef& ref, const Call& call) {
  return client_.EvaluateJob(ref, call);
}

Expected<WriteResult> ForwardingClient::PromoteDeployment(const std::string& id, const JobRef& job,
                                                          const Call& call) {
  return client_.PromoteDeployment(id, job, call);
}

Expected<std::vector<CheckResult>> ForwardingClient::ReadChecks(const std::string& allocation_id,
                                                                const JobRef& job,
                                                                const Call& call) {
  return client_.ReadChecks(allocation_id, job, call);
}

Expected<void> ForwardingClient::RestartAllocation(const std::string& allocation_id,
                                                   const std::string& task, const JobRef& job,
                                                   const Call& call) {
  return client_.RestartAllocation(allocation_id, task, job, call);
}

Expected<WriteResult> ForwardingClient::StopAllocation(const std::string& allocation_id,
                                                       const JobRef& job, const Call& call) {
  return client_.StopAllocation(allocation_id, job, call);
}

Expected<std::vector<JobVersion>> ForwardingClient::ListVersions(const JobRef& ref,
                                                                 const Call& call) {
  return client_.ListVersions(ref, call);
}

Expected<std::vector<ServiceInstance>> ForwardingClient::ListServices(const JobRef& ref,
                                                                      const Call& call) {
  return client_.ListServices(ref, call);
}

Expected<Indexed<NamespaceTable>> ForwardingClient::AwaitChange(NamespaceTable table,
                                                                const JobRef& place,
                                                                const BlockingQuery& query,
                                                                const Call& call) {
  return client_.AwaitChange(table, place, query, call);
}

Expected<Indexed<std::vector<JobStanding>>> ForwardingClient::AwaitJobs(
    const std::vector<JobRef>& jobs, const BlockingQuery& query, const Call& call) {
  return client_.AwaitJobs(jobs, query, call);
}

Expected<void> ForwardingClient::CheckNamespace(const JobRef& place, const Call& call) {
  return client_.CheckNamespace(place, call);
}

Expected<void> ForwardingClient::Ping(const Call& call) { return client_.Ping(call); }

}  // namespace nmgr::nomad
