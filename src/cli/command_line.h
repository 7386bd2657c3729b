// argv as data: which action, which options with which values, which targets.
//
// The words are told apart here and not by CLI11, whose list options swallow targets and which
// wants options of an action behind its name. Options may stand before or after the action, those
// of the action itself included. CLI11 declares and converts what belongs to one action alone.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/base/expected.h"

namespace nmgr::cli {

struct CommandLine {
  bool help = false;
  bool version = false;
  const actions::Action* action = nullptr;  // null only with `help` or `version`
  actions::Run run;
  // Values of the options of the table by long name, in the order given; flags hold "true" or
  // "false". A list given without a word has an entry without values.
  std::map<std::string, std::vector<std::string>, std::less<>> options;
  std::vector<std::string> targets;
  std::string no_target_hint;
};

using Environment = std::map<std::string, std::string>;

// `arguments` without the program's name. kUsage, with the nearest name where something is
// misspelt. Options of the action that are not given come from NMGR_<LONG_NAME> of `environment`.
Expected<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments,
                                       const Environment& environment);

// By name or alias; null if there is none.
const actions::Action* FindAction(std::string_view name);

}  // namespace nmgr::cli
