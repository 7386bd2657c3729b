// Which allocations of a job `restart` takes; asked by the plan, so that a dry run names them, and
// again when their turn comes.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// Those that are to run and do, by name and node; with `task` only those of groups that have it.
std::vector<const nomad::Allocation*> Restartable(const std::vector<nomad::Allocation>& allocations,
                                                  const nomad::Job& job, const std::string& task);

// Images of its tasks (of `task` alone, where one is given) that a driver takes from the node at
// each start, whatever is in the registry: docker pulls `latest` and what has no tag, or with
// force_pull, podman only with that. Not those with a digest, which stay what they are.
std::vector<std::string> NotPulledAgain(const nomad::Job& job, const std::string& task);

// "web.main[0] (1a2b3c4d on node1)"
std::string AllocationName(const nomad::Allocation& allocation);

}  // namespace nmgr::rollout
