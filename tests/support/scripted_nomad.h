// A NomadClient in memory that answers what a test tells it to and remembers what it was asked. It
// has no life of its own: a registered job does not become healthy (for that: FakeNomadProcess, a
// real server).
//
//   ScriptedNomad nomad;
//   nomad.AddJob({.ref = {"web", "default", "global"}, .type = "service", .status = "running"});
//   nomad.fail = [](const std::string& call) -> std::optional<Error> { ... };
//   ... run ...
//   CHECK(nomad.calls() == std::vector<std::string>{"PLAN web", "REGISTER web"});
//
// What was not told is as an empty cluster has it: kNotFound for a job, evaluation or deployment,
// empty lists. A parse answers {"ID": the first block label of the text}; a plan "Added" without
// job and "None" with one. Blocking queries answer at once.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/nomad/client.h"

namespace nmgr::testing {

class ScriptedNomad final : public nomad::NomadClient {
 public:
  // By job ID or object ID; name spaces and regions are not told apart.
  std::map<std::string, nomad::Job> jobs;
  std::map<std::string, nomad::JobPlan> plans;
  std::map<std::string, nomad::RawJob> parsed;
  std::map<std::string, std::vector<nomad::Allocation>> allocations;
  std::map<std::string, std::vector<nomad::Evaluation>> evaluations_of;
  std::map<std::string, std::vector<nomad::JobVersion>> versions;
  std::map<std::string, nomad::Deployment> latest_deployments;
  std::map<std::string, nomad::Evaluation> evaluations;
  std::map<std::string, nomad::Deployment> deployments;
  std::vector<nomad::JobSummary> listed;
  bool has_succeeded = true;

  // Asked before each call, by its line ("STOP web"): an Error is answered and nothing done.
  std::function<std::optional<Error>(const std::string& call)> fail;

  void AddJob(nomad::Job job) { jobs[job.ref.id] = std::move(job); }

  // "PARSE web", "PLAN web", "REGISTER web", "STOP web", "PURGE web", "READ web", "LIST default",
  // "EVALUATION id", "ALLOCATIONS web", "LATEST web", "DEPLOYMENT id", "EVALUATIONS web", "VERSIONS
  // web", "PING", in the order in which they came.
  std::vector<std::string> calls() const;
  std::vector<nomad::RegisterRequest> registered() const;

  Expected<nomad::RawJob> ParseJob(const nomad::JobRef& ref, const std::string& flat_hcl,
                                   const nomad::Call& call) override;
  Expected<nomad::JobPlan> PlanJob(const nomad::JobRef& ref, const nomad::RawJob& job,
                                   const nomad::Call& call) override;
  Expected<nomad::WriteResult> RegisterJob(const nomad::JobRef& ref,
                                           const nomad::RegisterRequest& request,
                                           const nomad::Call& call) override;
  Expected<nomad::WriteResult> StopJob(const nomad::JobRef& ref, bool purge,
                                       const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Job>> ReadJob(const nomad::JobRef& ref,
                                               const nomad::BlockingQuery& query,
                                               const nomad::Call& call) override;
  Expected<nomad::Indexed<std::vector<nomad::JobSummary>>> ListJobs(
      const std::string& name_space, const std::string& region, const std::string& prefix,
      const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Evaluation>> ReadEvaluation(const std::string& id,
                                                             const nomad::JobRef& job,
                                                             const nomad::BlockingQuery& query,
                                                             const nomad::Call& call) override;
  Expected<nomad::Indexed<std::vector<nomad::Allocation>>> ListAllocations(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  Expected<nomad::Indexed<std::optional<nomad::Deployment>>> LatestDeployment(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Deployment>> ReadDeployment(const std::string& id,
                                                             const nomad::JobRef& job,
                                                             const nomad::BlockingQuery& query,
                                                             const nomad::Call& call) override;
  Expected<nomad::Indexed<std::vector<nomad::Evaluation>>> ListEvaluations(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  Expected<std::vector<nomad::JobVersion>> ListVersions(const nomad::JobRef& ref,
                                                        const nomad::Call& call) override;
  Expected<void> CheckNamespace(const nomad::JobRef& place, const nomad::Call& call) override;
  Expected<void> Ping(const nomad::Call& call) override;
  bool HasSucceeded() const override { return has_succeeded; }

 private:
  // Remembers the call; its Error if it is to fail.
  Expected<void> Enter(const std::string& line, const nomad::Call& call);

  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
  std::vector<nomad::RegisterRequest> registered_;
  std::uint64_t index_ = 100;
};

}  // namespace nmgr::testing
