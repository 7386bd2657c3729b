// Job ID, namespace, region and type. Private to jobspec.
#pragma once

#include "jobspec/section.h"

namespace nmgr::jobspec {

// From an evaluated job.
JobHeader HeaderOf(const EvaluatedBlock& job);

// The label of the first line that looks like a job's header, `job "x" {`; for texts that do not
// parse.
std::optional<std::string> FindJobLabel(std::string_view text);

}  // namespace nmgr::jobspec
