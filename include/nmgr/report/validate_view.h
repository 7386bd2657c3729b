// What `validate` shows: every fault of every spec, and whether Nomad was asked.
#pragma once

#include <optional>
#include <vector>

#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/selection.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

struct JudgedSpec {
  repo::EvaluatedSpec spec;
  hcl::Diagnostics told = {};           // what Nomad has against it, and warns of
  std::optional<Error> unchecked = {};  // why Nomad could not be asked

  bool valid() const { return spec.spec.has_value() && !told.HasErrors(); }
};

// `selection` has the named paths that hold no spec; `server`: Nomad was to be asked.
void ReportVerdicts(Reporter& out, const std::vector<JudgedSpec>& specs,
                    const repo::Selection& selection, bool server);

std::vector<JsonShape> ValidateShapes();

}  // namespace nmgr::report
