// What tasks that came down wrote last: it says more than Nomad's events, which know exit codes
// only.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/wait.h"

namespace nmgr::rollout {

// Of each of these crashes the last ten lines of stderr, or of stdout where that is empty, indented
// and without what is a secret by its name; of several each under its task and group. Asks the
// clients of the allocations for a few kilobytes and for a few seconds in all; what cannot be had
// is left out, and nothing is asked where WaitContext::logs is null.
std::vector<std::string> LastWords(const WaitContext& context, const nomad::JobRef& ref,
                                   const std::vector<Crash>& crashes);

// The words first, where a person looks, and last the commands that show all of it.
void AddLastWords(const WaitContext& context, const nomad::JobRef& ref,
                  const std::vector<Crash>& crashes, std::vector<std::string>& details);

}  // namespace nmgr::rollout
