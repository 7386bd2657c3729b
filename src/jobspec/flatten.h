// An evaluated job as plain HCL (shared reference section 10). Private to jobspec.
#pragma once

#include <string>
#include <vector>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::jobspec {

// Appends `block` and what it holds. Each block and its closing brace stand on lines of their own;
// an object that the author did not write as `{ ... }` is put in parentheses, because Nomad wraps a
// bare one in driver configuration in a list. `lines` gets the place of each line.
void AppendFlat(const EvaluatedBlock& block, std::string& out, std::vector<LinePlace>& lines);

}  // namespace nmgr::jobspec
