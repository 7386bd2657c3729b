// Which starts bring a new image of the same tag.
#pragma once

#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// Whether a start of the task pulls its image again: docker does for `latest`, for what has no tag,
// and with force_pull; podman only with that. Nothing that is named by a digest becomes another
// one.
bool PullsAtStart(const nomad::TaskImage& task);

}  // namespace nmgr::rollout
