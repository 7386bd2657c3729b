// `image --registry`: what the registries say of the images of jobs.
#pragma once

#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/report/image_view.h"

namespace nmgr::actions {

// Asks, and shows. `code` holds what came before. A registry that could not be asked is told of and
// is kFailed: what it holds is then unknown, never up to date.
ExitCode ShowRegistries(Env& env, const std::vector<report::JobImages>& jobs, bool outdated,
                        ExitCode code);

}  // namespace nmgr::actions
