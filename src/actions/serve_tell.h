// What a running daemon says of itself on stderr, for journals and logs: what changes, once.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actions/serve_sync.h"
#include "nmgr/report/reporter.h"
#include "nmgr/rollout/execute.h"

namespace nmgr::actions {

// All functions may be called from several threads at once.
class ServeTeller {
 public:
  explicit ServeTeller(report::Reporter& out) : out_(out) {}

  void Say(const std::string& text);
  void Warn(std::string_view text);
  // Of one sync; several tell of theirs at the same time. What fails for a job as it did before is
  // not told again, until it goes otherwise.
  // What a dry run of it would do is not either.
  std::unique_ptr<rollout::Progress> Progress(const std::string& source);

  // Of a look at the remote. `error`: that of the look before.
  void Look(const Followed& followed, actions::Look look, const std::string& error);
  // Verdicts that are other ones than `before`.
  void Changes(const Followed& followed, const std::vector<sync::JobStatus>& before);

 private:
  report::Reporter& out_;
  std::mutex mutex_;
  std::map<nomad::JobRef, std::string> failed_;         // how each job failed last, as it was told
  std::map<std::string, std::set<std::string>> would_;  // by source: plans of its last dry run
};

}  // namespace nmgr::actions
