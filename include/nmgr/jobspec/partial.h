// What is known of a spec that does not evaluate as a whole: EvaluatePartly's way, with the blocks
// that it leads to.
#pragma once

#include <optional>
#include <vector>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

// The job with everything that hangs on nothing unset or broken; other values are unknown, labels
// kUnknownImage. Has body (or json_body), header, images, source and inputs, and no flat text.
// Nothing where the text does not parse or holds no job. Reports nothing.
std::optional<JobSpec> EvaluateKnownPart(const ParsedSpec& spec, const SpecContext& context);

// No value and no label of it is unknown.
bool IsWhollyKnown(const EvaluatedBody& body);

// Whether `inputs` of such a spec are all files that it can read: its text calls no function that
// reads files, or file("a plain text") alone and each of them was looked at.
bool ReadsAreKnown(const ParsedSpec& spec, const std::vector<Path>& inputs);

}  // namespace nmgr::jobspec
