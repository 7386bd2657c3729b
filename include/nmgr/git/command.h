// How git is run, by whoever runs it here.
//
// A repository is not trusted: its own configuration can name programs (fsmonitor, hooks, filters,
// transports of a partial clone). So what is asked is plumbing, with the settings of CommandLine
// and the environment of CommandOptions, under which git runs nothing but itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/process.h"

namespace nmgr::git {

// "git --no-pager --literal-pathspecs -c ..." and `arguments`, which may begin with more options of
// git itself.
std::vector<std::string> CommandLine(std::vector<std::string> arguments);

// Without the variables that point git at another repository or change what paths mean to it; no
// transport but `transports` (as in GIT_ALLOW_PROTOCOL), no question to a person, messages in
// English.
ProcessOptions CommandOptions(std::string_view transports = "none");

// Without the line break that ends it.
std::string Line(std::string text);

}  // namespace nmgr::git
