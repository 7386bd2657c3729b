// The top level of a spec: which blocks it may hold, and the one job. Private to jobspec.
#pragma once

#include <vector>

#include "jobspec/json_values.h"
#include "jobspec/section.h"

namespace nmgr::jobspec {

struct TopLevel {
  std::vector<Section> variables;  // variable and variables blocks, in source order
  std::vector<Section> locals;
  std::vector<const hcl::Block*> jobs;  // of native syntax
  std::vector<JsonBlock> json_jobs;     // of JSON syntax
};

// The spec with its tree, which ParseSpec leaves out where the header could be read without.
ParsedSpec WithTree(const ParsedSpec& spec);

// What is there, for trees with faults, too. Faults in the shape of JSON are reported.
TopLevel ReadTopLevel(const ParsedSpec& spec, hcl::Diagnostics& diagnostics);

// Reports what may not stand at the top level, and blocks with missing or extra labels.
void CheckTopLevel(const ParsedSpec& spec, hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
