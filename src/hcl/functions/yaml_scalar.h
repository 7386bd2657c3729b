// What a YAML scalar stands for: YAML 1.1's words for bools and nulls, YAML 1.2's numbers.
#pragma once

#include "hcl/functions/yaml_library.h"

namespace nmgr::hcl::functions {

// The value of a scalar event by its tag, or by its look where it has none.
FunctionResult ResolveScalar(const YamlEvent& scalar);

}  // namespace nmgr::hcl::functions
