// What is wrong with a job that is not as it should be, in words: what every verb that leaves such
// a job alone says of it, and what `status` shows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/rollout/facts.h"

namespace nmgr::rollout {

// "its deployment failed, group db runs 0 of 1": of a job that is `failed`.
std::string FailureWords(const Verdict& verdict);

// Of a job that is `nowhere`.
std::string_view NowhereWords(const nomad::Job& job);

// Why, one a line: what cannot be placed and why not, checks that do not pass, the last events of
// tasks that failed. None for a job that is neither `blocked`, `failed` nor nowhere.
std::vector<std::string> TroubleDetails(const JobFacts& facts, const Verdict& verdict);

// "nmgr promote web", of a job as it is shown.
std::string PromoteCommand(std::string_view name);

// "nmgr promote web promotes its canaries": of a job that `needs promotion`. The job is named so
// that the action finds it, which reads no spec.
std::string PromoteHint(const nomad::JobRef& job);

}  // namespace nmgr::rollout
