// The table of moves: what each is called, which runner carries it out, and how it ends.
#pragma once

#include <string_view>

#include "nmgr/rollout/plan.h"
#include "rollout/job_run.h"

namespace nmgr::rollout {

struct MoveRow {
  Move move = Move::kNothing;
  std::string_view name;                      // as documents show it
  JobResult (*run)(const JobRun&) = nullptr;  // none: nothing happens
  std::string_view written = {};              // "registered", of a job that is cut off meanwhile;
                                              // none: Nomad is only asked
  Goal goal = Goal::kHealthy;
  bool proved = false;  // success is believed only where its allocations are seen to run
};

const MoveRow& RowOf(Move move);

}  // namespace nmgr::rollout
