// Waiting until a job is healthy, or gone.
//
// Every wait is a blocking query that Nomad answers when something changed (in a run the client
// makes one of all of them, src/rollout/waiting_client.h); only where such a query comes back at
// once without reason is it a slow poll. A server that is away or answers nonsense ends no wait,
// only the job's own limit does. The chain for a registered job is evaluation (following NextEval,
// and a blocked one until there is room) → deployment (an auto-revert starts another one, which is
// followed) → or, for jobs without deployments, their allocations. Nomad itself never gives up on a
// job that nothing can place, so every wait has a limit.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/allocation_client.h"
#include "nmgr/nomad/client.h"

namespace nmgr::rollout {

// What merely goes on: a sentence, and where the wait counts, how far it is.
struct WaitNews {
  struct Tally {
    std::size_t healthy = 0;
    std::size_t desired = 0;
  };

  WaitNews(std::string what) : text(std::move(what)) {}  // NOLINT: any text is news
  WaitNews(const char* what) : text(what) {}             // NOLINT
  WaitNews(std::string what, Tally far) : text(std::move(what)), tally(far) {}
  operator std::string_view() const { return text; }  // NOLINT: and what it says

  std::string text;
  std::optional<Tally> tally;
};

// Called from the waiting thread. `notice` is for what a person should act on now: no capacity,
// canaries that wait for promotion; `progress` for what merely goes on.
struct WaitVoice {
  std::function<void(const WaitNews&)> progress = [](const WaitNews&) {};
  std::function<void(std::string_view)> notice = [](std::string_view) {};
};

struct WaitContext {
  nomad::JobClient& client;
  Clock& clock;
  TimePoint deadline;
  std::stop_token stop;
  WaitVoice voice;
  std::string target = {};                  // the job as one types it; "": its ID
  nomad::AllocationClient* logs = nullptr;  // not owned; null: what tasks wrote is not told
};

enum class WaitEnd {
  kReached,         // healthy, or gone
  kFailed,          // it will not get there, or Nomad could not be asked any more (`error`)
  kNeedsPromotion,  // its canaries are healthy and wait for a person
  kTimedOut,
  kInterrupted,
};

struct WaitResult {
  WaitEnd end = WaitEnd::kReached;
  std::string summary;  // "deployment 1a2b3c4d failed: Failed due to unhealthy allocations"
  std::vector<std::string> details;  // last task events, exit codes, failed placements; one a line
  std::optional<Error> error;
  std::string deployment_id;
  bool deployment_failed = false;                   // Nomad has called it failed
  std::optional<nomad::JobRef> started_again = {};  // of what was to be gone: by somebody else
};

// A job that was just registered.
struct Registered {
  nomad::JobRef ref;
  std::string type;
  bool launches_later =
      false;  // periodic or parameterized: nothing runs yet, so nothing to wait for
  std::string evaluation_id;
};

// Follows the evaluation of a register until the job is healthy. A service or system job is when
// its deployment succeeded; without one, and for batch jobs, when every allocation has run for ten
// seconds (Nomad's own default of min_healthy_time) or, batch, is complete. A system job that fits
// no node is done, with a notice.
WaitResult WaitHealthy(const WaitContext& context, const Registered& job);

// The same for a job of which no evaluation is known: registered earlier, or by a request whose
// answer was lost.
WaitResult WaitHealthyAsFound(const WaitContext& context, const nomad::JobRef& ref);

// A job that was stopped.
struct Stopping {
  nomad::JobRef ref;
  std::string evaluation_id = {};  // of the stop; "": not known
  bool must_stay_stopped = true;   // false: it ended by itself and was never stopped
  std::string name = {};           // what it is shown as; "": its ID
};

// Waits until Nomad has worked on the evaluations of the stops and every allocation of these jobs
// is terminal as its client sees it. A job that no longer exists is gone, but not if tasks of it
// were seen that had not ended. Ends at once where somebody has started a job again meanwhile.
WaitResult WaitGone(const WaitContext& context, const std::vector<Stopping>& jobs);

}  // namespace nmgr::rollout
