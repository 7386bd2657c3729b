// What evaluated values come to as texts.
#pragma once

#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

// As Nomad makes it for a field of type string: "5" of 5; "" of what has none, and of what is null
// or not known.
std::string TextOf(const hcl::Value& value);

// That of a scalar; those of the elements of a list, set or tuple. `maps`: those of the values of a
// map or object, too, which else has none.
enum class Maps { kLeftOut, kTaken };
std::vector<std::string> TextsOf(const hcl::Value& value, Maps maps);

// "" where it has none.
const std::string& FirstLabel(const EvaluatedBlock& block);

}  // namespace nmgr::jobspec
