// What a step of a rollout is called, before, while and after it happens.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/result.h"

namespace nmgr::report {

// A registered job that is registered again.
bool IsUpdate(const rollout::JobFacts& job, const rollout::Step& step);

// "would update", without the would.
std::string Phrase(bool purge, const rollout::JobFacts& job, const rollout::Step& step);
// What of the totals a step belongs to: "updated 3".
std::string PastPhrase(const rollout::Intent& intent, const rollout::JobFacts& job,
                       const rollout::Step& step);
// "updating": while it is under way.
std::string_view PhaseWord(const rollout::JobFacts& job, const rollout::Step& step);

// Why, in words of what differs where something does.
std::string WhyWords(const rollout::JobFacts& job, const rollout::Step& step);
// " (2 to replace)": how many tasks stop and start.
std::string Replaced(const nomad::JobPlan& plan);

std::string OutcomePhrase(const rollout::JobResult& result);
// " (3.2s)"; not where the phrase has it already, or it says nothing.
std::string Took(const rollout::JobResult& result);

}  // namespace nmgr::report
