// What only Nomad knows of the words that completion offers.
#pragma once

#include <optional>
#include <vector>

#include "nmgr/actions/settings.h"
#include "nmgr/cli/run.h"
#include "nmgr/nomad/types.h"

namespace nmgr::cli {

// The allocations of a job, or without one of the whole namespace, those that run first and the
// newest before older ones. Somebody waits for the next letter: none where Nomad has not answered
// within a second, and nothing is said of it.
std::vector<nomad::Allocation> AllocationsToOffer(const World& world,
                                                  const actions::Settings& settings,
                                                  const std::optional<nomad::JobRef>& job);

}  // namespace nmgr::cli
