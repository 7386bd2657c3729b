// Child processes: git for `changed:REV`, the editor. Never a shell here, so that no argument is
// interpreted; who wants one names it.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

// In what the environment of a child differs from ours.
struct EnvironmentChanges {
  std::vector<std::string> without;  // names
  std::vector<std::string> with;     // "NAME=VALUE", in the place of what is there
};

class Processes {
 public:
  virtual ~Processes() = default;

  // Runs argv[0] (looked up in PATH) in `folder` with closed standard input and collects its
  // output. It has no terminal to ask on. kNotFound if there is no such program, kIo where the
  // system cannot start one. A stop request ends it and all that it has started: kInterrupted.
  virtual Expected<ProcessResult> Run(const std::vector<std::string>& argv, const Path& folder,
                                      const std::stop_token& stop = {},
                                      const EnvironmentChanges& changes = {}) = 0;

  // Runs argv[0] in the current folder on our terminal, which stdin and stderr are, until it ends:
  // its exit code, 128 + signal where a signal ended it. A stdout that leads elsewhere is not its.
  // Meanwhile Ctrl-C and Ctrl-\ are the child's alone; Ctrl-Z stops both. The terminal's settings
  // are afterwards what they were before. Errors as of Run; a stop request sends it SIGTERM and
  // waits for it all the same.
  virtual Expected<int> RunOnTerminal(const std::vector<std::string>& argv,
                                      const std::stop_token& stop);
};

Processes& RealProcesses();

// Kills every child that is under way, and all that they have started. For the end of the process,
// also from a signal handler.
void KillChildren();

}  // namespace nmgr
