// The body of a job: every attribute evaluated, dynamic blocks replaced by what they make. Private
// to jobspec.
#pragma once

#include "jobspec/session.h"

namespace nmgr::jobspec {

// Blocks whose content Nomad takes as it is (maps of strings, driver configuration): nothing in
// them is expanded, a `dynamic` block there is data.
bool IsSchemaless(std::string_view block_type);

// Driver configuration: Nomad evaluates it after everything else.
bool IsDeferred(std::string_view block_type);

// `block` is the job. Faults are reported in Nomad's order: within a body first those of dynamic
// blocks, then attributes, then blocks; those of driver configuration after all others.
EvaluatedBlock EvaluateJob(const hcl::Block& block, Session& session,
                           hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
