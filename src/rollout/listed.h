// Jobs that are known from lists alone.
#pragma once

#include "nmgr/jobspec/jobspec.h"
#include "nmgr/nomad/types.h"
#include "nmgr/rollout/evidence.h"

namespace nmgr::rollout {

// What a row of the list says of the job behind it.
nomad::Job JobOfRow(const nomad::JobSummary& row);

// The job behind a row of the list, as far as its state needs it. Wanted are as many allocations as
// its deployment wants, else as its spec says (null: none that evaluates), and at least the places
// that allocations hold.
nomad::Job JobFromLists(const nomad::JobSummary& row, const jobspec::JobSpec* spec,
                        const JobEvidence& evidence);

}  // namespace nmgr::rollout
