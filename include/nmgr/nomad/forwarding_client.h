// A JobClient that passes every call on to another one: the base of those that change some of them.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/client.h"

namespace nmgr::nomad {

class ForwardingClient : public JobClient {
 public:
  // `client` must outlive it.
  explicit ForwardingClient(JobClient& client) : client_(client) {}

  Expected<RawJob> ParseJob(const JobRef& ref, const std::string& flat_hcl,
                            const Call& call) override;
  Expected<JobPlan> PlanJob(const JobRef& ref, const RawJob& job, const Call& call) override;
  Expected<JobVerdict> ValidateJob(const JobRef& ref, const RawJob& job, const Call& call) override;
  Expected<WriteResult> RegisterJob(const JobRef& ref, const RegisterRequest& request,
                                    const Call& call) override;
  Expected<WriteResult> RevertJob(const JobRef& ref, std::uint64_t version,
                                  std::uint64_t prior_version, const Call& call) override;
  Expected<WriteResult> StopJob(const JobRef& ref, bool purge, const Call& call) override;
  Expected<Indexed<Job>> ReadJob(const JobRef& ref, const BlockingQuery& query,
                                 const Call& call) override;
  Expected<Indexed<std::vector<JobSummary>>> ListJobs(const std::string& name_space,
                                                      const std::string& region,
                                                      const std::string& prefix,
                                                      const Call& call) override;
  Expected<Indexed<Evaluation>> ReadEvaluation(const std::string& id, const JobRef& job,
                                               const BlockingQuery& query,
                                               const Call& call) override;
  Expected<Indexed<std::vector<Allocation>>> ListAllocations(const JobRef& ref,
                                                             const BlockingQuery& query,
                                                             const Call& call) override;
  Expected<Indexed<std::optional<Deployment>>> LatestDeployment(const JobRef& ref,
                                                                const BlockingQuery& query,
                                                                const Call& call) override;
  Expected<Indexed<Deployment>> ReadDeployment(const std::string& id, const JobRef& job,
                                               const BlockingQuery& query,
                                               const Call& call) override;
  Expected<Indexed<std::vector<Evaluation>>> ListEvaluations(const JobRef& ref,
                                                             const BlockingQuery& query,
                                                             const Call& call) override;
  Expected<std::vector<Allocation>> ListAllAllocations(const std::string& name_space,
                                                       const std::string& region,
                                                       const Call& call) override;
  Expected<std::vector<Deployment>> ListAllDeployments(const std::string& name_space,
                                                       const std::string& region,
                                                       const Call& call) override;
  Expected<std::vector<Evaluation>> ListBlockedEvaluations(const std::string& name_space,
                                                           const std::string& region,
                                                           const Call& call) override;
  Expected<WriteResult> EvaluateJob(const JobRef& ref, const Call& call) override;
  Expected<WriteResult> PromoteDeployment(const std::string& id, const JobRef& job,
                                          const Call& call) override;
  Expected<std::vector<CheckResult>> ReadChecks(const std::string& allocation_id, const JobRef& job,
                                                const Call& call) override;
  Expected<void> RestartAllocation(const std::string& allocation_id, const std::string& task,
                                   const JobRef& job, const Call& call) override;
  Expected<WriteResult> StopAllocation(const std::string& allocation_id, const JobRef& job,
                                       const Call& call) override;
  Expected<std::vector<JobVersion>> ListVersions(const JobRef& ref, const Call& call) override;
  Expected<std::vector<ServiceInstance>> ListServices(const JobRef& ref, const Call& call) override;
  Expected<Indexed<NamespaceTable>> AwaitChange(NamespaceTable table, const JobRef& place,
                                                const BlockingQuery& query,
                                                const Call& call) override;
  Expected<Indexed<std::vector<JobStanding>>> AwaitJobs(const std::vector<JobRef>& jobs,
                                                        const BlockingQuery& query,
                                                        const Call& call) override;
  Expected<void> CheckNamespace(const JobRef& place, const Call& call) override;
  Expected<void> Ping(const Call& call) override;

 protected:
  JobClient& client_;
};

}  // namespace nmgr::nomad
