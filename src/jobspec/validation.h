// The `validation` blocks of a variable. Private to jobspec.
#pragma once

#include "jobspec/variables.h"

namespace nmgr::jobspec {

// What a validation block says; its faults are reported.
VariableValidation ReadValidation(const Section& block, std::string_view variable,
                                  const Session& session, hcl::Diagnostics& diagnostics);

// Reports each validation that the variable's value does not fulfil.
void CheckVariable(const Variable& variable, const Session& session, hcl::Diagnostics& diagnostics);

// A string that needs no names (a description, a message); nothing after an error.
std::optional<std::string> ReadConstantString(const SpecExpr& expr, const Session& session,
                                              hcl::Diagnostics& diagnostics);

}  // namespace nmgr::jobspec
