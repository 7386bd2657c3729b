// Jobs of the ledger that no file of the source names any more: the evidence for prune.h, gathered
// in this sync, and the stops that nothing forbids, by the planner and the executor of `down`.
//
// What is to be stopped is written into the ledger before it is (SyncOptions::keep): a kill in
// between leaves a stop that is known as ours, so that the job comes back with its file. One that
// was refused stays noted while it is tried again (LedgerJob::WasStopRefused): the next attempt may
// land, and must not be two writes each time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nmgr/sync/cycle.h"
#include "nmgr/sync/prune.h"

namespace nmgr::sync {

// What a sync knows of its files when all of them have been looked at.
struct FilesSeen {
  std::set<JobKey> named;          // good or not
  std::vector<FaultyFile> faulty;  // with an ID that can be read
  std::set<std::string> good;      // paths of files that evaluate
  bool settled = true;             // what was to be registered has been begun
};

// An orphan, and what becomes of it.
struct Orphan {
  JobKey key;
  std::string path;
  Decision decision;
};

class Orphans {
 public:
  // `rows`: those of jobs that no file names, nor hides. All must outlive it.
  Orphans(const Tree& tree, const SyncOptions& options, const FilesSeen& seen, LedgerJobs rows,
          std::size_t managed, nomad::JobClient& client, Clock& clock, rollout::Progress& progress);

  // Into result: rows of the ledger, those that are forgotten taken out, and what was run. Returned
  // is what is to be shown.
  std::vector<Orphan> Run(SyncResult& result);

 private:
  PruneFacts Facts();
  PruneJob JobOf(const JobKey& key, LedgerJob& row, bool counts);
  void AddHistory(const std::string& id, const LedgerJob& row, PruneJob& job) const;
  std::optional<PruneJob::Live> Ask(const JobKey& key);
  void Count(LedgerJob& row, bool counts) const;
  void Stop(std::vector<Orphan>& orphans, SyncResult& result);
  nomad::Call CallNow() const;

  const Tree& tree_;
  const SyncOptions& options_;
  const Source& source_;
  const FilesSeen& seen_;
  LedgerJobs rows_;
  const std::size_t managed_;
  nomad::JobClient& client_;
  Clock& clock_;
  rollout::Progress& progress_;
  const WallTime now_;
};

// Globs of IDs, or of NAMESPACE/ID.
bool IsProtected(const JobKey& job, const std::vector<std::string>& globs);

// What came of a step that failed, with the right that is missing.
std::string FailureSaid(const rollout::JobResult& result);

}  // namespace nmgr::sync
