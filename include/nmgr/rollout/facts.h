// What a run needs to know before it decides: every selected spec, evaluated, and its job in Nomad.
//
// GatherFacts asks only what the verb needs: `reconcile` reads each live job and plans those whose
// images differ, `up` and `plan` plan every job, `down` never plans a job that runs. Everything is
// asked in parallel; the result is in the order of the selection. Nothing is changed.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/jobspec/jobspec.h"
#include "nmgr/nomad/client.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/state.h"

namespace nmgr::rollout {

// What is to be done with the selected jobs. kPlan and kImages only look.
enum class Verb { kUp, kDown, kReconcile, kPlan, kImages };

struct Intent {
  Verb verb = Verb::kUp;
  bool detach = false;         // up, reconcile: wait for infra jobs only; down: for none
  bool purge = false;          // down
  bool keep_children = false;  // down
  bool include_infra = false;  // reconcile
  bool any_change = false;     // reconcile: every difference, not only images
};

// One selected job. What was not asked is empty, and so is what nobody needs once the questions are
// answered: the evaluated body, the flat text, the diff of a job that is not registered.
struct JobFacts {
  nomad::JobRef ref;
  Path path;
  bool infra = false;
  bool faulty = false;           // the text does not parse, or its header cannot be trusted
  std::vector<Path> duplicates;  // further specs of the same job

  std::optional<jobspec::JobSpec> spec;  // nothing if it is faulty or does not evaluate
  hcl::Diagnostics diagnostics;          // of parsing and evaluation

  std::optional<Error> error;      // a question to Nomad that failed; what follows may be missing
  std::optional<nomad::Job> live;  // nothing: absent
  std::shared_ptr<const std::string> job;  // the spec as the server parsed it: JSON text
  std::optional<nomad::JobPlan> plan;
  std::vector<nomad::Allocation> allocations;
  std::optional<nomad::Deployment> deployment;
  std::vector<nomad::JobSummary> children;  // descendants that may run

  // The row of the table of states; kDeployed where no plan was made.
  JobState State() const;
};

struct GatherOptions {
  const jobspec::SpecContext* specs = nullptr;
  std::size_t parallel = 8;     // questions at a time
  Duration time_limit{30'000};  // for the questions about one job, repeats included
  std::stop_token stop;
};

// The facts of each job. An Error ends the run: kUnreachable where nobody answered the first
// request, kForbidden where the token was refused before any request had succeeded, kInterrupted.
// Every other failed question is that job's `error`.
Expected<std::vector<JobFacts>> GatherFacts(const Intent& intent,
                                            const std::vector<repo::SelectedJob>& jobs,
                                            nomad::NomadClient& client, Clock& clock,
                                            const GatherOptions& options);

// Waits until a Nomad answers that is not up yet (after a boot), at most `time_limit`. kUnreachable
// when none did.
Expected<void> WaitForServer(nomad::NomadClient& client, Clock& clock, Duration time_limit,
                             std::stop_token stop);

}  // namespace nmgr::rollout
