// From a body and its schema to JSON, as Nomad's decoder does it: conversions between text, numbers
// and flags, durations, labels, and the faults of arguments and blocks that no schema has.
#pragma once

#include "fake_nomad/flat_body.h"
#include "fake_nomad/job_schema.h"
#include "fake_nomad/json.h"

namespace nmgr::fake {

// The object of `body`; without the label, which its block has. Goes on after a fault.
Json DecodeBody(const Body& body, const BlockSchema& schema, SpecFaults& faults);

// The values of a block whose content is free ("config"): nested blocks become lists of maps, and
// so does an argument written as a bare object.
Json DecodeFree(const Body& body);

}  // namespace nmgr::fake
