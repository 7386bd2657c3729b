// Which steps of a wave have to end before which others start.
#pragma once

#include <vector>

#include "nmgr/rollout/plan.h"

namespace nmgr::rollout {

// Fills Step::after from edges, of which `reversed` turns the direction, and puts the steps of
// `wave` into an order that goes along them, else that of the facts. `blocks`: steps that do
// nothing and still hold up what comes after them, because their job is in trouble.
void OrderWave(const std::vector<order::Edge>& edges, bool reversed,
               const std::vector<JobFacts>& facts, const std::vector<bool>& blocks, Plan& plan,
               Wave& wave);

}  // namespace nmgr::rollout
