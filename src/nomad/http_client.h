// The clients over HTTP: a method an endpoint.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exchanger.h"
#include "nmgr/nomad/allocation_client.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::nomad {

class HttpClient : public Client {
 public:
  explicit HttpClient(ClientOptions options);

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
  Expected<void> StreamLogs(const LogRequest& request, const JobRef& job,
                            const std::function<bool(LogFrame frame)>& take,
                            const Call& call) override;
  Expected<int> Exec(const ExecRequest& request, const JobRef& job, ExecPeer& peer,
                     const Call& call) override;

  Expected<Indexed<std::vector<VariableInfo>>> ListVariables(const VariableRef& prefix,
                                                             const BlockingQuery& query,
                                                             const Call& call) override;
  Expected<Indexed<std::optional<Variable>>> ReadVariable(const VariableRef& ref,
                                                          const BlockingQuery& query,
                                                          const Call& call) override;
  VariableResult<VariableInfo> WriteVariable(const VariableRef& ref, const VariableItems& items,
                                             std::uint64_t index, const Call& call) override;
  VariableResult<void> DeleteVariable(const VariableRef& ref, std::uint64_t index,
                                      const Call& call) override;
  VariableResult<std::string> AcquireLock(const VariableRef& ref, const VariableItems& items,
                                          const LockTerms& terms, const Call& call) override;
  VariableResult<void> RenewLock(const VariableRef& ref, const std::string& id,
                                 const Call& call) override;
  VariableResult<void> ReleaseLock(const VariableRef& ref, const std::string& id,
                                   const Call& call) override;

 private:
  Exchanger http_;
};

}  // namespace nmgr::nomad
