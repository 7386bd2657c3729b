// Child processes: git for `changed:REV`, the editor. Never a shell, so that no argument is
// interpreted.
#pragma once

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
  // output. kNotFound if there is no such program.
  virtual Expected<ProcessResult> Run(const std::vector<std::string>& argv, const Path& folder) = 0;
};

Processes& RealProcesses();

}  // namespace nmgr
