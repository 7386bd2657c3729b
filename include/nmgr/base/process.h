// Child processes: git, the editor. Never a shell here, so that no argument is
// interpreted; who wants one names it.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

// How a child runs, in what it differs from us.
struct ProcessOptions {
  std::vector<std::string> without;  // names of variables that it does not get
  std::vector<std::string> with;     // "NAME=VALUE", in the place of what is there
  // Where set, it gets these variables of ours (and those of `with`) and no others.
  std::optional<std::vector<std::string>> only = {};

  std::optional<Duration> limit = {};      // how long it may run
  std::uint64_t most_output = UINT64_MAX;  // bytes, of each of its two streams
  std::uint64_t most_file = UINT64_MAX;    // bytes of one file that it or its children write
  // A descriptor that it and its children keep open as long as they run: of a lock, which so is not
  // free before the last of them has ended. -1: none.
  int kept_open = -1;
};

class Processes {
 public:
  virtual ~Processes() = default;

  // Runs argv[0] (looked up in PATH) in `folder` with closed standard input and collects its
  // output. It has no terminal to ask on. kNotFound if there is no such program, kIo where the
  // system cannot start one. It is ended, with all that it has started, at a stop request
  // (kInterrupted), when its time is over (kTimedOut) and when it says more than it may
  // (kRejected). One that would write a larger file than it may is ended by the system (128 +
  // SIGXFSZ).
  virtual Expected<ProcessResult> Run(const std::vector<std::string>& argv, const Path& folder,
                                      const std::stop_token& stop = {},
                                      const ProcessOptions& options = {}) = 0;

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
