// Specs as they were when a job was registered from them: read from the commit that the journal
// names, in a copy of the repository (git/mirror.h), evaluated with the variables of this run, and
// believed only where that comes to what the journal has a hash of.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/git/mirror.h"
#include "nmgr/repo/commit.h"
#include "nmgr/repo/repo.h"
#include "nmgr/rollout/origin.h"
#include "nmgr/rollout/undo.h"

namespace nmgr::actions {

// Of one run. What it checks out is gone with it.
class PastSpecs {
 public:
  explicit PastSpecs(Env& env) : env_(env) {}
  ~PastSpecs();
  PastSpecs(const PastSpecs&) = delete;
  PastSpecs& operator=(const PastSpecs&) = delete;

  // rollout::PastSpecOf.
  Expected<rollout::PastSpec> Of(const rollout::PastRun& run, const rollout::PastJob& job,
                                 const rollout::JobPoint& before, bool purged);

 private:
  // The specs of one commit below one base directory.
  struct Tree {
    Path base;
    jobspec::SpecContext context;
    repo::RepoOptions options;
    repo::Found found;
  };

  void LoadRuns();
  Expected<const Tree*> TreeOf(const rollout::Origin& origin);
  Expected<Tree> ReadTree(const rollout::Origin& origin);
  Expected<Path> CheckOut(const repo::CommitPlace& place);
  Expected<void> CheckHash(const rollout::Origin& origin, const nomad::JobRef& ref,
                           const repo::SpecFile& spec, const std::string& digest);

  Env& env_;
  std::mutex mutex_;
  std::optional<std::vector<rollout::PastRun>> runs_;  // that wrote to this Nomad, newest first
  Path folder_;                                        // of what is checked out; ""
  std::unique_ptr<git::Mirror> mirror_;                // of `mirrored_`
  Path mirrored_;
  std::map<std::string, Expected<Tree>> trees_;  // by commit and base directory
};

}  // namespace nmgr::actions
