// `list --orphans`: what Nomad runs and no spec of the repository describes.
#pragma once

#include "nmgr/actions/action.h"

namespace nmgr::actions {

// Registered jobs without a spec, in the namespaces and regions of the specs and of the connection;
// what a periodic or parameterized job has launched is none. `detailed`: with type, status and
// namespace.
ExitCode ListOrphans(Env& env, bool detailed);

}  // namespace nmgr::actions
