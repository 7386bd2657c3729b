// The one spec that `set` and `edit` are about.
#pragma once

#include "nmgr/actions/action.h"
#include "nmgr/repo/selection.h"

namespace nmgr::actions {

// The only job of the selection, of which there is one spec. Else null, reported, and `code` says
// how the run ends: no job (66), several (64), several specs of the job (1).
const repo::SelectedJob* OneSpec(Env& env, const repo::Selection& selection, ExitCode& code);

}  // namespace nmgr::actions
