// The JSON syntax of a flat spec. Only the schema can tell its blocks from its arguments.
#pragma once

#include <string_view>

#include "fake_nomad/flat_body.h"
#include "fake_nomad/job_schema.h"

namespace nmgr::fake {

// The file's body: one block "job" for each job. All ranges are the start of the file: a reader of
// JSON has no places. Templates in strings are refused; "$${" means "${".
Body ParseFlatJson(std::string_view source, SpecFaults& faults);

}  // namespace nmgr::fake
