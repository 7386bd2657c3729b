// A run within a run.
#pragma once

#include "nmgr/actions/action.h"

namespace nmgr::actions {

// The same run with another disk, another place for what it says, or other settings; all must
// outlive it.
Env EnvWith(const Env& env, FileSystem& files, report::Reporter& out, const Settings& settings);

}  // namespace nmgr::actions
