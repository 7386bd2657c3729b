// One sync of one source: its tree beside Nomad, a verdict for every job, and what is wanted and
// not held is registered, by the planner, the executor, the waits and the order of `up`.
//
// Rows of the ledger go in and come out; who keeps them where is for the caller. Nothing here
// prints.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/order/edges.h"
#include "nmgr/rollout/rollout.h"
#include "nmgr/sync/decide.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/owners.h"
#include "nmgr/sync/status.h"
#include "nmgr/sync/tree.h"

namespace nmgr::sync {

struct SyncOptions {
  const Source* source = nullptr;
  Gates gates;
  std::function<JobSteering(const JobKey& job)> steering;  // null: nobody steers
  const Claims* claims = nullptr;                          // of all sources
  std::vector<std::string> protect;                        // [serve] protect
  std::optional<JobKey> own;                               // the daemon's job
  // A template: the context of the specs, what is known to be bad and what becomes of each step are
  // put in here.
  rollout::RolloutOptions run;
  // In what a registered job differs from its spec.
  std::function<std::string(const rollout::JobFacts& job,
                            const std::vector<rollout::ImageChange>& images)>
      difference;
  std::function<std::string(std::string_view text)> hide;  // secrets in what a server said
  // Whether the live job is what that commit of the source would have registered (sync/stale.h).
  std::function<bool(const JobKey& job, const std::string& commit12)> equals;
  // For what git no longer has (sync/prune.h).
  bool fetched = false;        // the remote answered in this cycle, and its commit is this tree's
  bool ledger_stands = false;  // nothing of it is lost
  // What has become of files since an earlier commit of the source.
  std::function<Expected<FilesSince>(const std::string& commit12)> since;
  // What comes after what, as positions: by [order] of the config file among jobs of the tree,
  // whose specs say the rest; an error is the end of the sync. And all that is known of it among
  // jobs whose files are gone, with their rows. Null: nothing.
  std::function<Expected<std::vector<order::Edge>>(const std::vector<repo::SelectedJob>& jobs)>
      order;
  std::function<std::vector<order::Edge>(const std::vector<repo::SelectedJob>& jobs,
                                         const std::vector<LedgerJob>& rows)>
      order_of_gone;
  // All that Nomad was asked for a plan is decided: before the first write, at the latest before
  // what git no longer has is stopped. More than once; may be null.
  std::function<void()> planned;
  // Writes the rows down in the middle of a sync, before something is done that must not be
  // forgotten.
  std::function<Expected<void>(const LedgerJobs& rows)> keep;
};

struct SyncResult {
  // What was asked, decided and done: that of all jobs, and where the daemon itself is among those
  // to be registered, that of it.
  std::vector<rollout::Rollout> runs;
  std::vector<JobStatus> jobs;  // by namespace and ID
  LedgerJobs ledger;            // as it is to be kept
  std::optional<Error> end;  // nothing could be decided: Nomad is not there, or refuses the token
};

SyncResult Sync(const Tree& tree, const LedgerJobs& ledger, const SyncOptions& options,
                nomad::JobClient& client, Clock& clock, rollout::Progress& progress);

// What there is to say where no sync can be, as its memory cannot be had: nobody is asked, each job
// that one would have asked about is unreachable for that reason (`why`, a sentence), and since
// when is not known. Its ledger is not to be kept.
SyncResult NoSync(const Tree& tree, const SyncOptions& options, const std::string& why,
                  WallTime now);

}  // namespace nmgr::sync
