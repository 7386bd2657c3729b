// Taking back: one job to an earlier version of it, or all that a run did.
//
// Both go by the versions that Nomad keeps; what a purge or the few versions that it keeps took
// away is registered again from the spec that brought it, where that can be had. A job goes back
// only where nobody has changed it since it was looked at: a revert enforces the version before it,
// a stop is the register of the job's own document with an enforced index, for a DELETE enforces
// nothing. Whatever cannot be taken back is known, and told, before the first write.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "nmgr/base/clock.h"
#include "nmgr/nomad/client.h"
#include "nmgr/rollout/past_run.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::rollout {

// A spec as it was when a job was registered from it.
struct PastSpec {
  jobspec::JobSpec spec;
  std::string digest;  // of known_bad.h
  PastPlace place;
  std::string words;   // "as in commit 1a2b3c4d5e6f": why it is this one
  std::string notice;  // what is not certain of it; ""
};

// Of a job of `run`, whose spec when it stood at `before` is wanted, which no version in Nomad
// holds any more. `purged`: by that run. An error says in half a sentence why it cannot be had.
// Called from several threads at once.
using PastSpecOf = std::function<Expected<PastSpec>(const PastRun& run, const PastJob& job,
                                                    const JobPoint& before, bool purged)>;

struct BackOptions {
  Intent intent;                // Verb::kRevert or kUndo
  Duration time_limit{30'000};  // of the questions about one job
  nomad::Patience patience = nomad::Patience::kBrief;
  const nomad::Contact* contact = nullptr;  // of the client
  PastSpecOf past_spec = {};                // null: none can be had
};

// The job to `version`, or to the newest one before it that was stable and ran. kNotFound as the
// only failure where Nomad has no such job.
Rollout Revert(const nomad::JobRef& ref, const std::string& name,
               std::optional<std::uint64_t> version, nomad::JobClient& client, Clock& clock,
               Progress& progress, const BackOptions& back, const RolloutOptions& options);

// Exactly what the run did to each job of its own, the last first: infra jobs one by one, the
// others together, each before those that went before it.
//
// A job goes to where it stood before: to its version, stopped or not; one that was absent stays,
// stopped; one that was purged is registered again, unless it is a batch job, which would run once
// more. What Nomad has rolled back itself is not somebody's change. What already is as it was
// before the run, because an undo was cut off, is left alone.
Rollout Undo(const PastRun& run, nomad::JobClient& client, Clock& clock, Progress& progress,
             const BackOptions& back, const RolloutOptions& options);

}  // namespace nmgr::rollout
