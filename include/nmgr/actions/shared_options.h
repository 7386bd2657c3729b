// Options that more than one action heeds, and not all. An action names those it heeds in its row.
#pragma once

#include <vector>

#include "nmgr/actions/option.h"

namespace nmgr::actions {

const Option& DryRunOption();
const Option& DetachOption();
const Option& ParallelOption();
const Option& TimeoutOption();
const Option& FailFastOption();
const Option& StrictOption();
const Option& DetailedExitcodeOption();
const Option& ResetCountsOption();
const Option& EventsOption();
const Option& NoLogsOption();
const Option& NoOrderOption();
const Option& NoCacheOption();
const Option& TaskOption();
const Option& GroupOption();
const Option& AllocOption();

// All of them, in the order of the help.
std::vector<Option> SharedOptions();

// What every rollout heeds (the first eight), and `more`.
std::vector<Option> RolloutOptions(const std::vector<Option>& more);

}  // namespace nmgr::actions
