// --watch: what a run shows, shown again whenever something in Nomad, or a file that it has read,
// has changed.
#pragma once

#include <functional>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/nomad/types.h"

namespace nmgr::actions {

// One look: what it would print goes to `env.out`. Its first part names the namespaces and regions
// (refs without IDs) whose changes are of interest; its second, asked after their indexes are
// known, so that no change is missed in between, looks. Nothing from the first: the run ends with
// its code.
struct WatchedLook {
  std::function<std::optional<std::vector<nomad::JobRef>>(Env& env, ExitCode& code)> select;
  std::function<ExitCode(Env& env)> look;
};

// Looks until the run is ended. On a terminal on its whole screen, drawn anew also where its size
// has changed, with the last look left behind, its messages too; elsewhere every look that differs
// from the one before, a blank line between them, or with -o json a document a line. A look that
// fails before anything was shown ends it. Three held questions for each namespace, at the pace of
// all waits; the files of a look are looked at once a second.
ExitCode WatchLooks(Env& env, const WatchedLook& look);

}  // namespace nmgr::actions
