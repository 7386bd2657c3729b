// What up, down and reconcile share: read, decide, say or do, sum up.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/record.h"

namespace nmgr::actions {

// For questions about the selected jobs; refers to `specs`.
rollout::GatherOptions GatherOptionsOf(Env& env, const jobspec::SpecContext& specs);

// Waits for Nomad (--wait-server), then gathers. Nothing when the run ends here: the reason has
// been reported and `exit_code` is 69, 77 or 130.
std::optional<std::vector<rollout::JobFacts>> Gather(Env& env, const rollout::Questions& questions,
                                                     const repo::Selection& selection,
                                                     ExitCode& exit_code);

// The record of what `down` stopped at this address. Nothing, with a warning, where it cannot be
// read.
std::unique_ptr<rollout::StoppedRecord> OpenRecord(Env& env);

// Carries `intent` out, or shows it (--dry-run). `so_far` is what selecting the targets came to.
ExitCode RunRollout(Env& env, const rollout::Intent& intent, const repo::Selection& selection,
                    ExitCode so_far);

}  // namespace nmgr::actions
