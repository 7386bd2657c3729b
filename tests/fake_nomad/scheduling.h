// What has to happen to a job's allocations so that they match a version of it. Pure: plan shows
// the decision, cluster.h carries it out.
#pragma once

#include <string>
#include <vector>

#include "fake_nomad/behaviour.h"
#include "fake_nomad/json.h"
#include "fake_nomad/store.h"

namespace nmgr::fake {

struct GroupDecision {
  std::string group;
  std::vector<int> place;        // name indexes of new allocations
  std::vector<Doc> stop;         // no longer wanted
  std::vector<Doc> in_place;     // updated where they run
  std::vector<Doc> destructive;  // replaced, each by one of its own name index
  std::vector<Doc> ignore;       // already right, or finished and not to be run again
  int canaries = 0;              // placed beside the running ones, which stay until promotion
  int desired_total = 0;

  Json Counts() const;  // as in DesiredTGUpdates
};

bool IsSystem(const Json& job);  // system, sysbatch: one allocation a node
bool IsBatch(const Json& job);   // batch, sysbatch: has no deployments
bool IsParent(const Json& job);  // periodic or parameterized: runs only through its children

// True until an allocation has ended or is to be stopped.
bool IsLive(const Json& allocation);
bool IsTerminal(const Json& allocation);

int NameIndex(const Json& allocation);

// For every group of `job` (canonical) and every group that still has allocations. A stopped job
// stops all of them.
std::vector<GroupDecision> Decide(const Store& store, const Json& job);

// {group: counts} of all decisions. With `unplaceable`, for a job that fits no node.
Json DesiredUpdates(const std::vector<GroupDecision>& decisions, const Json& job, bool unplaceable);

}  // namespace nmgr::fake
