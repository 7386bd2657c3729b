// What a copy that lost its lease, or died, may have left behind: a register of an older commit
// that landed after the copy that leads now had looked. It is applied over, never held as a
// person's change (drift), nor as what was there before (adopt).
//
// How it is told from what a person did. Before a leader registers anything it writes into the row
// of the job which spec of which commit it sets out to register (LedgerTry), and takes that back
// once it knows that it landed or will not. So a try that still stands belongs to a leader that was
// killed, or frozen, in between: its register is lost, has landed, or will. Or Nomad has refused
// it, and it will be tried again. If the live job differs from its spec and is what the commit of
// such a try would have registered, it is that register. `undo`, `revert`, an automatic rollback
// and a person's `up` of an older commit lead back to what a leader has seen land, whose try is
// gone: these stay what they are, drift.
//
// Whether a live job is what a commit would have registered is not asked of hashes, since Nomad
// keeps the job and not the spec: the spec of that commit is evaluated once more and planned, and
// Nomad's plan shows no difference. So a try costs a checkout and a plan, and only where a job
// differs that ought not to.
//
// Why it is bounded: a register carries the index of its plan, so it cannot land on what another
// leader has registered since. Whatever we register ourselves ends all tries of the job before it.
#pragma once

#include <string>

#include "nmgr/nomad/client.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/sync/tree.h"

namespace nmgr::sync {

// `earlier`: the tree of that commit, read as the source is. False too where its spec cannot be
// evaluated, or Nomad not be asked.
bool IsLive(const JobKey& job, const Tree& earlier, nomad::JobClient& client, Clock& clock,
            rollout::GatherOptions gather);

}  // namespace nmgr::sync
