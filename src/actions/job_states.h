// The states of jobs for what only looks: four lists for each name space and region, whatever the
// number of jobs, and a closer look at those that seem to have failed.
#pragma once

#include <map>
#include <string>

#include "nmgr/actions/action.h"
#include "nmgr/jobspec/jobspec.h"
#include "nmgr/rollout/evidence.h"
#include "nmgr/rollout/namespaces.h"

namespace nmgr::actions {

class JobStates {
 public:
  explicit JobStates(Env& env) : env_(env), namespaces_(env.jobs) {}

  // Judged without the spec, so never `differs`; a null `spec` (one that does not evaluate) leaves
  // the counts to the deployment. To be asked once for each job.
  Expected<rollout::JobState> Of(const nomad::JobRef& ref, const jobspec::JobSpec* spec);

 private:
  struct Place {
    std::map<std::string, nomad::JobSummary> jobs;  // by ID
    rollout::Evidence evidence;
  };
  Expected<rollout::JobState> Absent(const nomad::JobRef& ref);
  Expected<Place> Ask(const nomad::JobRef& ref);
  Expected<rollout::JobState> LookCloser(const nomad::JobRef& ref);

  Env& env_;
  rollout::Namespaces namespaces_;
  std::map<nomad::JobRef, Expected<Place>> places_;  // by name space and region
};

}  // namespace nmgr::actions
