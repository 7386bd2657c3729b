// What is registered beside a job, as Nomad's client makes it. Private to jobspec.
#pragma once

#include "jobspec/variables.h"

namespace nmgr::jobspec {

Submission MakeSubmission(const ParsedSpec& spec, const VariableInput& input,
                          const std::vector<VariableFile>& files, const Variables& variables);

}  // namespace nmgr::jobspec
