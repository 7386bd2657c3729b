// What comes after what among the jobs of a source: what `[order]` of the config file says, and
// what specs said that are gone.
#pragma once

#include <stop_token>
#include <vector>

#include "actions/serve_sync.h"
#include "nmgr/order/edges.h"
#include "nmgr/repo/selection.h"

namespace nmgr::actions {

// [order] among these jobs of a tree, as positions. kConfig for a cycle and an unknown filter.
Expected<std::vector<order::Edge>> OrderIn(Env& env, const sync::Tree& tree,
                                           const std::vector<repo::SelectedJob>& jobs);

// All that ordered jobs whose files git has deleted, by their specs in the commits at which they
// were applied, read from the mirror; `jobs` and `rows` side by side. A job whose commit or spec
// cannot be read any more is ordered by nothing: that keeps none from being stopped.
std::vector<order::Edge> OrderOfGone(Env& env, Followed& followed, const std::stop_token& stop,
                                     const std::vector<repo::SelectedJob>& jobs,
                                     const std::vector<sync::LedgerJob>& rows);

}  // namespace nmgr::actions
