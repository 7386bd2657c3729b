// Every function that a Nomad 2.0 jobspec may call (83), sorted by name. `try` and `can` take
// expressions instead of values, `convert` takes a type: the evaluator handles these three (their
// `call` is empty), but they are listed here all the same.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl {

std::span<const Function> AllFunctions();
const Function* FindFunction(std::string_view name);

// docs/functions.md.
std::string FunctionReference();

}  // namespace nmgr::hcl
