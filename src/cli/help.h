// The help texts, made from the tables of actions and options; no line is longer than 80 columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/actions/action.h"

namespace nmgr::cli {

inline constexpr int kHelpWidth = 80;

// What a target may be, and what it selects.
struct HelpEntry {
  std::string left;
  std::string right;
};
std::vector<HelpEntry> TargetHelp();

// "-o, --output FORM"
std::string OptionTitle(char letter, std::string_view name, std::string_view value_name);

std::string OverviewHelp();
std::string ActionHelp(const actions::Action& action);

}  // namespace nmgr::cli
