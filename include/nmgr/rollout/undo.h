// Taking back: one job to an earlier version of it, or all that a run did.
//
// Both go by the versions that Nomad keeps and by nothing else: no spec is read. A job goes back
// only where nobody has changed it since it was looked at: a revert enforces the version before it,
// a stop is the register of the job's own document with an enforced index, for a DELETE enforces
// nothing. Whatever cannot be taken back is known, and told, before the first write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nmgr/base/clock.h"
#include "nmgr/nomad/client.h"
#include "nmgr/rollout/past_run.h"
#include "nmgr/rollout/rollout.h"

namespace nmgr::rollout {

struct BackOptions {
  Intent intent;                // Verb::kRevert or kUndo
  Duration time_limit{30'000};  // of the questions about one job
  nomad::Patience patience = nomad::Patience::kBrief;
  const nomad::Contact* contact = nullptr;  // of the client
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
// stopped. What Nomad has rolled back itself is not somebody's change. What already is as it was
// before the run, because an undo was cut off, is left alone.
Rollout Undo(const PastRun& run, nomad::JobClient& client, Clock& clock, Progress& progress,
             const BackOptions& back, const RolloutOptions& options);

}  // namespace nmgr::rollout
