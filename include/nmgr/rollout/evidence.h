// What states are judged from, asked for all jobs of a name space together: three lists, in pages,
// whatever the number of jobs. What a list cannot hold (task events, checks, evaluations that are
// still pending) is asked of the one job that looks as if it had failed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/nomad/client.h"
#include "nmgr/rollout/state.h"

namespace nmgr::rollout {

// The rows of one job. `failed_registers` (JobModifyIndex) are asked for all jobs together only.
struct JobEvidence {
  std::vector<nomad::Allocation> allocations;
  std::optional<nomad::Deployment> deployment;  // the latest
  std::vector<std::uint64_t> failed_registers;  // whose deployments have failed
  std::vector<nomad::Evaluation> evaluations;   // blocked ones; asked singly: all
  bool asked_singly = false;
  std::map<std::string, std::vector<nomad::CheckResult>> checks;  // by allocation ID

  Verdict Judge(const nomad::Job* job, const nomad::JobPlan* plan) const;
  std::vector<GroupHealth> Health(const nomad::Job* job) const;
};

// The rows of all jobs of one name space in one region.
class Evidence {
 public:
  // GET /v1/allocations, /v1/deployments and /v1/evaluations of the name space and region of
  // `place` (its id is not looked at).
  static Expected<Evidence> Ask(const nomad::JobRef& place, nomad::JobClient& client,
                                const nomad::Call& call);

  // Empty for a job that has none.
  const JobEvidence& Of(const nomad::JobRef& job) const;

  // The same. Moves the rows out: to be called once for each job.
  JobEvidence Take(const nomad::JobRef& job);

 private:
  std::map<std::pair<std::string, std::string>, JobEvidence> jobs_;  // by name space and ID
};

// What the checks of its running allocations say now. The errors of clients that do not tell.
std::vector<Error> AskChecks(const nomad::JobRef& ref, nomad::JobClient& client,
                             const nomad::Call& call, JobEvidence& evidence);

// The rows of one job alone, with task events; and, where its deployment failed although everything
// runs, what its checks say now. A client that does not tell its checks proves nothing and is no
// error.
Expected<JobEvidence> AskSingly(const nomad::Job& job, const nomad::JobRef& ref,
                                nomad::JobClient& client, const nomad::Call& call);

}  // namespace nmgr::rollout
