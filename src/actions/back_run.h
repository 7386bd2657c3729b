// What revert, undo and promote share: they go by what Nomad has, and read no spec.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "nmgr/actions/action.h"
#include "nmgr/rollout/undo.h"

namespace nmgr::actions {

// The job that is called so in the connection's name space; "prod/web" also means the job "web" of
// "prod" where that is no ID. kNotFound where Nomad has neither.
Expected<nomad::JobRef> LocateJob(Env& env, const std::string& name);

// The same for an action that takes one job: reports what is wrong, and gives its exit code.
std::optional<nomad::JobRef> LocateNamed(Env& env, const std::string& name, ExitCode& code);

// Whether the run wrote to the Nomad that this one speaks to.
bool IsHere(const Env& env, const rollout::PastRun& run);

using Back = std::function<rollout::Rollout(rollout::Progress&, const rollout::BackOptions&,
                                            const rollout::RolloutOptions&)>;

// Carries it out with journal and record, shows what changes, and says how it ended. `undoes`: the
// run that is taken back.
ExitCode RunBack(Env& env, rollout::Verb verb, const std::string& undoes, const Back& back);

}  // namespace nmgr::actions
