// Which source owns which job, as far as that is known: what a sync hears of the other sources, and
// whom it concerns that a job has moved in Nomad.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/status.h"
#include "nmgr/sync/tree.h"

namespace nmgr::sync {

// What all sources describe, as far as that is known.
struct Claims {
  std::map<JobKey, std::vector<std::string>> names;  // which sources name a job, each once
  // By source, what may hide a job of it: files whose job is not known, or that nothing of it has
  // been read yet. As long as there is something, no source prunes.
  std::map<std::string, std::vector<std::string>> unclear;
};

// Sources are known by name, and told in the order in which they came. All functions may be called
// from several threads.
class JobOwners {
 public:
  // One of which nothing has been read yet. Every other function is for those that were added.
  void Add(const std::string& source);
  void Drop(std::string_view source);

  // Its tree is this one now; null: none could be read, so nothing is known of it. The sources that
  // own a job which it names since, or does not name any more.
  std::set<std::string> Looked(std::string_view source, const Tree* tree);
  // Before a sync and after it, with the jobs of its last one: from then on it is told of what
  // moves, and of what no file of it describes any more as well.
  void Synced(std::string_view source, const std::vector<JobStatus>& jobs);

  // The sources that own one of these jobs of a name space; null: which of its jobs have moved is
  // not known, so all that have begun a sync.
  std::set<std::string> Of(std::string_view name_space, const std::set<std::string>* jobs) const;

  Claims Known() const;

 private:
  struct Owner {
    std::string source;
    std::set<JobKey> named;    // by its tree
    std::set<JobKey> decided;  // in its last sync
    std::vector<std::string> unclear;
    bool synced = false;

    bool Owns(const JobKey& job) const;
  };
  // With the mutex.
  Owner& OwnerOf(std::string_view source);

  mutable std::mutex mutex_;
  std::vector<Owner> owners_;
};

}  // namespace nmgr::sync
