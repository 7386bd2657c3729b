// What a registration would do: the answer of POST /v1/job/:id/plan, and the server's own checks of
// a job, which plan, register and validate share.
#pragma once

#include <string>
#include <vector>

#include "fake_nomad/cluster.h"
#include "fake_nomad/json.h"

namespace nmgr::fake {

// `job` is canonical and valid, in a namespace that exists. Identifiers of the evaluations shown
// are made up and stored nowhere.
Json PlanJob(const Cluster& cluster, const Json& job, bool with_diff, Nanos now);

// The faults of a job as `ValidationErrors` has them, each in the nested form of Go's multierror.
std::vector<std::string> JobFaults(const Json& job);

// "1 error occurred:\n\t* ...\n\n"
std::string JoinFaults(const std::vector<std::string>& faults);

}  // namespace nmgr::fake
