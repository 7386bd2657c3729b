// What up, down and reconcile share: read, decide, say or do, sum up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/order/edges.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/journal.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/record.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::actions {

// For questions about the selected jobs; refers to `specs`.
rollout::GatherOptions GatherOptionsOf(Env& env, const jobspec::SpecContext& specs);

// Waits for Nomad (--wait-server), then gathers. Nothing when the run ends here: the reason has
// been reported and `exit_code` is 69, 77 or 130.
std::optional<std::vector<rollout::JobFacts>> Gather(Env& env, const rollout::Questions& questions,
                                                     const repo::Selection& selection,
                                                     ExitCode& exit_code);

// What the lists alone say of each of these jobs, whatever their number.
rollout::Facts GatherListed(Env& env, const std::vector<repo::SelectedJob>& jobs);

// What need not be asked again. Null with --no-cache.
std::unique_ptr<rollout::PlanMemory> OpenMemory(Env& env);

// The record of what `down` stopped at this address. Nothing, with a warning, where it cannot be
// read.
std::unique_ptr<rollout::StoppedRecord> OpenRecord(Env& env);

// The journal of this run, which begins where something is to be written. None in a dry run and
// without a state folder. `undoes`: the run that it takes back.
std::unique_ptr<rollout::Journal> OpenJournal(Env& env, std::string_view action,
                                              std::string undoes = "");

// Who runs this, and where; without a commit.
rollout::RunHead HeadOf(const Env& env, std::string_view action);
// The same of a journal, or of a plan that is kept. Asks git.
rollout::RunHead RunHeadOf(Env& env, std::string_view action);

// The edges of [order] among `jobs`; none with --no-order. kConfig for a cycle.
Expected<std::vector<order::Edge>> ConfiguredEdges(Env& env,
                                                   const std::vector<repo::SelectedJob>& jobs);

// May veto what is to be done (RolloutOptions::confirm).
using Confirm = decltype(rollout::RolloutOptions::confirm);

// May refuse it (RolloutOptions::refuse). Where it is there, each job is registered as it was
// planned or not at all.
using Refuse = decltype(rollout::RolloutOptions::refuse);

// Carries `intent` out, or shows it (--dry-run), and says nothing of its end. `code` holds what
// selecting the targets came to. Nothing where the run must not start: reported, `code` says why.
std::optional<rollout::Rollout> StartRollout(Env& env, const rollout::Intent& intent,
                                             const repo::Selection& selection, ExitCode& code,
                                             Confirm confirm, Refuse refuse = {});

// Who tells what goes on: live lines, plain ones, or events. To be gone before the end is told.
std::unique_ptr<rollout::Progress> MakeProgress(Env& env);

// What `settings` say of a run. `so_far` is what selecting its targets came to.
rollout::RolloutOptions RunOptionsOf(Env& env, const jobspec::SpecContext& specs,
                                     rollout::StoppedRecord* record, ExitCode so_far);

// The summary is a result, and repeats what a server said.
void HideSecrets(const report::Reporter& out, rollout::Rollout& run);

// Says how it ended; the exit code of the run.
ExitCode EndRollout(Env& env, const rollout::Rollout& run, ExitCode so_far);

// Both, and the document of -o json.
ExitCode RunRollout(Env& env, const rollout::Intent& intent, const repo::Selection& selection,
                    ExitCode so_far, Refuse refuse = {});

}  // namespace nmgr::actions
