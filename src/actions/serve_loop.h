// `serve` left running: a thread for each source, which sleeps until its time, a trigger or Nomad
// wakes it; a thread for each name space, which waits for Nomad; the page beside them.
#pragma once

#include "nmgr/actions/action.h"

namespace nmgr::actions {

// Until it is asked to stop; kDone then. `alone`: without variables (--no-lease).
ExitCode ServeLoop(Env& env, bool alone);

}  // namespace nmgr::actions
