// What `render` shows: evaluated specs as flat HCL, or their bodies as JSON.
#pragma once

#include <vector>

#include "nmgr/repo/evaluated.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

// Of `specs` those that evaluate. `exit_code` goes into the document of several. kInvalid for a
// value that JSON does not have.
Expected<void> ReportBodies(Reporter& out, const std::vector<repo::EvaluatedSpec>& specs,
                            int exit_code);

std::vector<JsonShape> RenderShapes();

}  // namespace nmgr::report
