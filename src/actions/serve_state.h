// Where the daemon's variables are.
#pragma once

#include <string>

#include "nmgr/actions/action.h"
#include "nmgr/nomad/variable_client.h"
#include "nmgr/sync/state_paths.h"

namespace nmgr::actions {

nomad::VariableRef StateVariable(const Env& env, sync::StateKind kind, const std::string& source);

}  // namespace nmgr::actions
