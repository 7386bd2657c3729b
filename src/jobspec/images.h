// What nmgr itself needs to know of an evaluated job. Private to jobspec.
#pragma once

#include <vector>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

// Group, task and config.image of each task that has one, in the order of the spec.
std::vector<Image> ImagesOf(const EvaluatedBlock& job);

bool HasBlock(const EvaluatedBody& body, std::string_view type);

// A value as the text that Nomad makes of it for a field of type string; "" for null and what has
// none.
std::string TextOf(const hcl::Value& value);

}  // namespace nmgr::jobspec
