// Which spec brought a job to where it stood, as the journals of the runs tell: for `undo`, where
// Nomad itself keeps no version of that any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/keyed_hash.h"
#include "nmgr/base/path.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::rollout {

// What a journal keeps of the spec of a job: a hash that only this user can make, of the digest of
// its flat text (known_bad.h) and of the job. `ref` with its namespace and region.
std::string SpecHash(const HashKey& key, const nomad::JobRef& ref, std::string_view digest);

// Its key: made by the first journal.
Path SpecKeyPath(const Path& state_folder);

struct Origin {
  std::string run;         // its ID
  bool served = false;     // a sync of `serve`: the commit is one of its source
  std::string commit;      // "": not known
  bool clean = false;      // the disk is known to have held just that commit
  Path base_dir;           // absolute, as it was then
  std::string name_space;  // where a job without one of its own went
  std::string region;
  std::string spec_hash;         // "": not on record
  bool given_variables = false;  // on its command line
  // Its register is on record; else it is the run that took the job away, whose commit says what
  // the spec was then.
  bool registered = true;
};

// Of the spec that the job `ref` was registered from when it came to `point`. A stop is followed to
// what ran before it, a revert to the version that it went back to. Nothing where the register of
// that version is not on record. `runs`: the newest first, of one Nomad.
std::optional<Origin> FindOrigin(const std::vector<PastRun>& runs, const nomad::JobRef& ref,
                                 const JobPoint& point);

// What the run itself says of a job that it has taken away.
Origin OriginAsTakenAway(const PastRun& run, const PastJob& job);

}  // namespace nmgr::rollout
