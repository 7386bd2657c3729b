// POST /v1/jobs/parse: from flat HCL (or its JSON syntax) to the job of Nomad's API.
//
// A reader of its own, independent of src/hcl on purpose, so that a fault of nmgr's front end
// cannot hide in both. "Flat" means that nothing is left to evaluate: literal values only.
// Variables, references, functions, interpolation, heredocs and for-expressions are refused, so a
// spec that was sent unflattened fails here as it would fail for filesystem functions on a real
// server.
#pragma once

#include <string>
#include <string_view>

#include "fake_nomad/json.h"

namespace nmgr::fake {

// The job as a real server answers it without Canonicalize. On a fault `error` holds its text,
// without "Failed to parse job: ", else it is empty.
Json ReadJobSpec(std::string_view source, std::string& error);

}  // namespace nmgr::fake
