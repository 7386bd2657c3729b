// A verb carried out over selected jobs, from the first question to the last result, as a value.
//
// Nothing here prints, and nothing is shared between two rollouts: each has its own client, clock,
// progress and stop token, so that several may run at once in one process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/client.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/execute.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/plan.h"

namespace nmgr::rollout {

struct RolloutOptions {
  GatherOptions gather;
  ExecuteOptions execute;
  bool dry_run = false;
  std::vector<order::Edge> configured;  // [order], of positions in the selection
  bool infer_order = true;              // what the specs name orders jobs too
  // Nothing is touched where the spec of a job cannot be used, or the selection is not complete.
  bool strict = false;
  bool incomplete = false;
  Amend amend = {};  // null: every step as the verb decides it
  // What there is against this plan, asked before anything is told of it or touched; these are then
  // the failures of the run.
  std::function<std::vector<Error>(const Plan& plan, const std::vector<JobFacts>& facts)> refuse =
      {};
  bool keep_diff = false;  // also of jobs that are not registered, which no step needs: to be shown
  // Asked before anything is touched, where the plan writes to Nomad and this is no dry run; false:
  // nothing is. It may take its time: a plan that is old by then is not registered, as ever.
  std::function<bool(const Plan& plan, const std::vector<JobFacts>& facts)> confirm = {};
};

struct Rollout {
  std::vector<JobFacts> facts;
  Plan plan;                       // of these facts
  std::vector<JobResult> results;  // one for each step; in a dry run all of them untouched
  std::vector<Error> failures;     // why nothing was touched; then there is no result
  bool dry_run = false;
  bool declined = false;                // `confirm` said no: all results are untouched
  bool interrupted = false;             // its stop token was asked to stop
  std::vector<std::string> unrecorded;  // names of jobs that `down` stopped and could not record
};

// What follows the decision: `run` has its facts and its plan.
void CarryOutPlan(Rollout& run, nomad::JobClient& client, Clock& clock, Progress& progress,
                  const RolloutOptions& options);

Rollout CarryOut(const Intent& intent, const std::vector<repo::SelectedJob>& jobs,
                 nomad::JobClient& client, Clock& clock, Progress& progress,
                 const RolloutOptions& options);

}  // namespace nmgr::rollout
