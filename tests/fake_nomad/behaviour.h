// What the stand-in does differently from a healthy cluster: how long things take, and which jobs
// go wrong. A test chooses it by flags (options.h) and may change it while the server runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fake_nomad/json.h"

namespace nmgr::fake {

// Job IDs are glob patterns ('*', '?'); one that names a parent covers its children too. `fail` may
// name one group of a job: "web.db".
struct Behaviour {
  Nanos healthy_after =
      30 * kMillisecond;                 // from placement to healthy, failed, or (batch) complete
  Nanos gone_after = 30 * kMillisecond;  // from stop to a terminal allocation
  std::vector<std::string> fail = {};    // tasks exit with 1 and the deployment fails
  std::vector<std::string> broken = {};  // likewise, because no task of theirs can be started
  std::vector<std::string> sick = {};    // tasks run, their checks and the deployment fail
  std::vector<std::string> never = {};   // nothing can be placed
  std::vector<std::string> busy = {};    // batch jobs that run until they are stopped
  std::size_t kept_versions = 6;         // of each job, as many as a real server keeps
};

bool Covers(const std::vector<std::string>& patterns, std::string_view job_id);

}  // namespace nmgr::fake
