// Child processes: git for `changed:REV`, the editor. Never a shell, so that no argument is
// interpreted.
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

class Processes {
 public:
  virtual ~Processes() = default;

  // Runs argv[0] (looked up in PATH) in `folder` with closed standard input and collects its
  // output. It has no terminal to ask on. kNotFound if there is no such program, kIo where the
  // system cannot start one. A stop request ends it and all that it has started: kInterrupted.
  virtual Expected<ProcessResult> Run(const std::vector<std::string>& argv, const Path& folder,
                                      const std::stop_token& stop = {}) = 0;
};

Processes& RealProcesses();

// Kills every child that is under way, and all that they have started. For the end of the process,
// also from a signal handler.
void KillChildren();

}  // namespace nmgr
