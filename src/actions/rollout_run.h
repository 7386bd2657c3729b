// What up, down and reconcile share: read, decide, say or do, sum up.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/record.h"

namespace nmgr::actions {

// Waits for Nomad (--wait-server), then gathers. Nothing when the run ends here: the reason has
// been reported and `exit_code` is 69, 77 or 130.
std::optional<std::vector<rollout::JobFacts>> Gather(Env& env, const rollout::Intent& intent,
                                                     const repo::Selection& selection,
                                                     ExitCode& exit_code);

// The diagnostics of specs that cannot be used and the names of duplicates, as errors; warnings of
// the others. True if some job's spec cannot be used for `verb`.
bool ReportSpecs(Env& env, rollout::Verb verb, const std::vector<rollout::JobFacts>& facts);

// The record of what `down` stopped at this address. Nothing, with a warning, where it cannot be
// read.
std::unique_ptr<rollout::StoppedRecord> OpenRecord(Env& env);

// Carries `intent` out, or shows it (--dry-run). `so_far` is what selecting the targets came to.
// `name`: of the action, for the JSON document.
ExitCode RunRollout(Env& env, std::string_view name, const rollout::Intent& intent,
                    const repo::Selection& selection, ExitCode so_far);

}  // namespace nmgr::actions
