// A plan in a file: `plan --out` writes it, `up --plan` carries it out.
#pragma once

#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {

// Before anything is asked: whether a plan may be written there. A file that is none is not
// replaced.
Expected<void> MayKeep(Env& env, const Path& file);

// Keeps what `up` would do about `facts` now, which are those of `jobs`.
Expected<void> KeepPlanned(Env& env, const Path& file, const std::vector<repo::SelectedJob>& jobs,
                           const std::vector<rollout::JobFacts>& facts);

// Carries out what `file` holds, or refuses it as a whole.
ExitCode RunPlanned(Env& env, const Path& file);

}  // namespace nmgr::actions
