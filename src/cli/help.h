// The help texts, made from the tables of actions and options; no line is longer than 80 columns.
#pragma once

#include <string>

#include "nmgr/actions/action.h"

namespace nmgr::cli {

inline constexpr int kHelpWidth = 80;

std::string OverviewHelp();
std::string ActionHelp(const actions::Action& action);

}  // namespace nmgr::cli
