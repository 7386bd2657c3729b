// Carrying out a plan: bounded, in waves, each job to its end.
//
// A register sends what was planned and nothing else: the parsed job, with the job modify index
// that the plan answered and the author's own source. A change by somebody else in between is a
// conflict: the job is planned once more and registered only if that plan is the same. A register
// whose answer was lost is never repeated blindly: the job is read first.
//
// A stop asks nothing of the spec. It ends when every allocation is terminal as its client sees it
// (also those of a periodic or parameterized job's children), and only then, never after a
// time-out, the job is purged if that was asked for: a purge deletes the records by which one could
// tell that tasks still run.
#pragma once

#include <stop_token>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/interruption.h"
#include "nmgr/nomad/allocation_client.h"
#include "nmgr/nomad/client.h"
#include "nmgr/rollout/journal.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/record.h"
#include "nmgr/rollout/result.h"
#include "nmgr/rollout/wait.h"

namespace nmgr::rollout {

// Told what goes on, from several threads but never from two at a time. Of one job nothing is said
// twice in a row, and no notice twice.
class Progress {
 public:
  virtual ~Progress() = default;
  // Once each, before anything is touched: what is known, and what is to be done.
  virtual void Asked(const std::vector<JobFacts>& jobs, SpecNeed need) = 0;
  virtual void Decided(const Plan& plan, const std::vector<JobFacts>& jobs, bool dry_run) = 0;
  virtual void Started(const JobFacts& job, const Step& step) = 0;
  virtual void Said(const JobFacts& job, const WaitNews& news) = 0;      // goes on
  virtual void Noticed(const JobFacts& job, std::string_view what) = 0;  // a person should know now
  virtual void Finished(const JobFacts& job, const Step& step, const JobResult& result) = 0;
};

struct ExecuteOptions {
  int parallel = 4;
  Duration timeout{300'000};  // of one job
  bool fail_fast = false;
  bool exact = false;  // a job that moves after it was planned is refused, whatever a new plan says
  StoppedRecord* record = nullptr;  // not owned; null: nothing is recorded
  Journal* journal = nullptr;       // not owned; null, or one that did not begin: none is kept
  std::stop_token stop;
  Interruption* interruption = nullptr;     // not owned; told what is in doubt
  nomad::AllocationClient* logs = nullptr;  // not owned; null: what tasks wrote is no reason
  BadSpecs* known_bad = nullptr;            // not owned; null: a spec that fails is not marked
  // Whoever runs it looks again by itself, as the daemon does: what is said of what goes on later
  // names no command of a person's.
  bool looks_again = false;
  // Asked just before a step that writes begins: why it is not to begin after all; "": it may.
  // Null: nothing forbids it. From several threads at once.
  std::function<std::string(const JobFacts& job)> veto = {};
};

// One result for each step, in the order of the facts. Returns when everything that was started has
// ended, or soon after a stop request.
std::vector<JobResult> Execute(const Plan& plan, const std::vector<JobFacts>& facts,
                               nomad::JobClient& client, Clock& clock, Progress& progress,
                               const ExecuteOptions& options);

}  // namespace nmgr::rollout
