// Promoting the canaries of one job, whoever has registered it.
//
// Only what was looked at is promoted: the deployment of the job's version, by its ID. Where its
// canaries are not healthy yet they are waited for; another deployment that takes its place
// meanwhile is somebody else's and is refused. No spec is read.
#pragma once

#include <string>

#include "nmgr/rollout/undo.h"

namespace nmgr::rollout {

// kNotFound as the only failure where Nomad has no such job. Nothing to promote is a step that
// fails and says why.
Rollout Promote(const nomad::JobRef& ref, const std::string& name, nomad::JobClient& client,
                Clock& clock, Progress& progress, const BackOptions& back,
                const RolloutOptions& options);

}  // namespace nmgr::rollout
