// A run within a run.
#pragma once

#include "nmgr/actions/action.h"

namespace nmgr::actions {

// The same run with another place for what it says, or with other settings; both must outlive it.
Env EnvWith(const Env& env, report::Reporter& out, const Settings& settings);

}  // namespace nmgr::actions
