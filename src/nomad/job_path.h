// Job IDs that Nomad's HTTP API cannot be asked about.
#pragma once

#include <optional>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr::nomad {

// Nomad decodes a path before it looks at it, so an ID with slashes may lead elsewhere: one that
// ends in /allocations is taken for a question about the allocations of another job, and one with
// `.`,
// `..` or an empty word in it is redirected. The Error says so (kRejected: the job's own fault,
// which says nothing of the server). Nothing for every other ID.
std::optional<Error> LeadsElsewhere(std::string_view job_id);

}  // namespace nmgr::nomad
