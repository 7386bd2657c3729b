// What comes after what in the whole repository, and which of it concerns a selection: for who
// shows it. (A rollout makes its own edges, of the jobs that it is about.)
#pragma once

#include <optional>
#include <vector>

#include "nmgr/actions/selection.h"
#include "nmgr/report/graph.h"

namespace nmgr::actions {

struct JobGraph {
  report::Graph graph;  // the jobs of the selection, and those that an edge ties to one of them
  std::vector<EvaluatedSpec> faulty;  // what they name is not known
};

// `repo` where it was walked: its jobs too are looked at. Evaluates every spec, as the last reader.
// kConfig where [order] cannot be kept. After a stop request it is a part.
Expected<JobGraph> GraphAround(Env& env, const std::optional<repo::Repo>& repo,
                               const repo::Selection& selection);

}  // namespace nmgr::actions
