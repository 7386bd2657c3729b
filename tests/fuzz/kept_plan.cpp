// The file of a kept plan with any text: read without harm; what is taken for one is written again
// as the same, and no part of it is taken for the whole.
#include "nmgr/rollout/kept_plan.h"

#include <string>

#include "fuzz/fuzz.h"

namespace nmgr::fuzz {

void KeptPlan(std::string_view text) {
  const auto plan = rollout::ReadKeptPlan(text);
  if (!plan) return;
  Require(rollout::LooksKept(text), "it does not look like what it is");
  const std::string written = rollout::TextOf(*plan);
  const auto again = rollout::ReadKeptPlan(written);
  Require(again.has_value(), "what was written cannot be read");
  Require(again->jobs == plan->jobs && again->salt == plan->salt, "it is another one");
  Require(!rollout::ReadKeptPlan(written.substr(0, written.size() / 2)), "a part is a plan");
}

}  // namespace nmgr::fuzz
