// `var` and `local`: the names that every expression of a job may use. Private to jobspec.
#pragma once

#include "jobspec/top_level.h"
#include "jobspec/variables.h"

namespace nmgr::jobspec {

// Declares and assigns the variables, checks them, evaluates the locals, and puts both into the
// session's scope. False after an error.
bool EvaluateNames(const TopLevel& top, const VariableInput& input,
                   const std::vector<VariableFile>& files, Session& session, Variables& variables,
                   hcl::Diagnostics& diagnostics);

// The same for a session that goes only partly: what has no value is unknown.
void EvaluateNamesPartly(const TopLevel& top, const VariableInput& input,
                         const std::vector<VariableFile>& files, Session& session);

}  // namespace nmgr::jobspec
