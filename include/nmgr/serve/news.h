// What people are told of how a source and its jobs changed: pure, of what was known before and of
// what is now. News are of changes, so what stays as it is is told once, and a copy that takes a
// source over knows from the ledger what was told before.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/serve/notify.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/status.h"

namespace nmgr::serve {

// One source, from the moment this copy leads it. Not thread-safe.
class SourceNews {
 public:
  // `stored`: its status as the copy before has left it, null where there is none.
  explicit SourceNews(const sync::SourceStatus* stored = nullptr);

  // After a sync. `before`: the ledger that it began with; `written`: the jobs that it registered;
  // `unclear`: "file:line: why" of files that have no job ID.
  std::vector<News> OfSync(const sync::SourceStatus& status, const sync::LedgerJobs& before,
                           const std::vector<sync::JobStatus>& jobs,
                           const std::set<sync::JobKey>& written,
                           const std::vector<std::string>& unclear);

  // Of the source itself: its last look or sync failed, or does so no longer.
  std::vector<News> OfSource(const sync::SourceStatus& status);
  // People were told before this reign that it failed.
  void BeginInTrouble() { in_trouble_ = true; }

 private:
  bool in_trouble_ = false;
  std::string told_commit_;        // of which unclear files were told
  std::set<std::string> unclear_;  // paths
  std::set<sync::JobKey> unwell_;  // failed, known to be bad or frozen, and not well since
};

// This copy leads a source that another one led before.
News LeaseNews(const std::string& source, std::string_view holder, std::string_view before);

// The registry has another image under a reference than the one that runs.
News DigestNews(const std::string& source, const sync::JobKey& job, std::string_view image,
                std::string_view digest, std::string reason);

}  // namespace nmgr::serve
