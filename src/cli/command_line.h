// argv as data: which action, which options with which values, which targets.
//
// CLI11 parses: every option of the table is declared on one App, so that options may stand before
// or after the action; which of them the action heeds is checked afterwards, from its row. What
// CLI11 cannot tell is in word_ends.h.
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
  // Values by long name, in the order given; switches hold "true" or what was attached. A list
  // given without a word has an entry without values.
  std::map<std::string, std::vector<std::string>, std::less<>> options;
  std::vector<std::string> targets;
  std::vector<std::string> command;  // what stands behind `--`, of Arguments::kJobCommand; or
                                     // behind the job, of kJobChanges
  std::string no_target_hint;
};

// `arguments` without the program's name. kUsage, with the nearest name where something is
// misspelt. No argument at all, and `help [ACTION]`, ask for help.
Expected<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments);

// By name or alias; null if there is none.
const actions::Action* FindAction(std::string_view name);

}  // namespace nmgr::cli
