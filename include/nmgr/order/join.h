// All that orders jobs: what the config file says and what the specs say, as one list.
#pragma once

#include <cstddef>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"
#include "nmgr/order/edges.h"
#include "nmgr/order/links.h"

namespace nmgr::order {

struct JoinedEdges {
  std::vector<Edge> edges;  // one for a pair: configured, where it is that too, with all reasons
  // Positions of those that order nothing: inferred, and on a cycle. Sorted.
  std::vector<std::size_t> dropped;
};

// `links` of the jobs, whose specs lie at `paths`; without `files` no volume leads to its plugin.
// The configured ones make no cycle by themselves (rules.h).
JoinedEdges JoinEdges(std::vector<Edge> configured, const std::vector<const Links*>& links,
                      const std::vector<Path>& paths, FileSystem* files);

}  // namespace nmgr::order
