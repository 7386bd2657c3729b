// How each step of a plan ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"

namespace nmgr::rollout {

enum class Outcome {
  kUntouched,  // nothing, skip or broken: the step says why
  kDone,       // registered and healthy, stopped and gone, purged, or awaited
  kSubmitted,  // registered or stopped, and not waited for (--detach)
  kFailed,
  kRefused,         // somebody else changed the job between plan and register
  kTimedOut,        // registered or stopped, but not healthy or gone in time
  kNeedsPromotion,  // its canaries are healthy and wait for a person
  kUnconfirmed,     // Ctrl-C came after the request and before its result
  kNotStarted,      // Ctrl-C, --fail-fast, or a failed infra job before it
};

// "done", "failed", ...: for results in JSON.
std::string_view OutcomeName(Outcome outcome);

// kFailed, kRefused, kTimedOut and kNeedsPromotion: what a run exits with 1 for.
bool IsFailure(Outcome outcome);

struct JobResult {
  Outcome outcome = Outcome::kUntouched;
  bool wrote = false;  // Nomad accepted a write for this job
  // That the register was answered with; 0: none, or its answer was lost.
  std::uint64_t job_modify_index = 0;
  bool purged = false;
  bool deployment_failed = false;    // that of the spec: Nomad says so, no limit of ours
  std::string summary;               // "healthy", "deployment 1a2b3c4d failed: ..."
  std::vector<std::string> details;  // reasons, one a line
  std::optional<Error> error;
  std::string evaluation_id;
  std::string deployment_id;
  Duration took{0};
};

JobResult FailedBy(const Error& error);

}  // namespace nmgr::rollout
