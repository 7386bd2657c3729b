// What a run needs to know before it decides: every selected spec, evaluated, and its job in Nomad.
//
// GatherFacts asks only what the verb needs: `reconcile` reads each live job and plans those whose
// images differ, `up` and `plan` read and plan every job, `down` and `restart` read them. What
// states are judged from is asked once for each name space, for all jobs together, and again of
// each single job that looks as if it had failed. Everything is asked in parallel; the result is in
// the order of the selection. Nothing is changed.
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
#include "nmgr/nomad/contact.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/evidence.h"
#include "nmgr/rollout/state.h"

namespace nmgr::rollout {

// What is to be done with the selected jobs. kPlan and kImages only look.
enum class Verb { kUp, kDown, kReconcile, kRestart, kPlan, kImages };

// Whether the spec must evaluate as a whole; else its header is enough.
constexpr bool NeedsWholeSpec(Verb verb) { return verb != Verb::kDown && verb != Verb::kRestart; }

// The job that a spec is about: its ID, namespace and region as the header names them.
nomad::JobRef RefOf(const jobspec::JobHeader& header);

struct Intent {
  Verb verb = Verb::kUp;
  bool detach = false;         // up, reconcile: wait for infra jobs only; down: for none
  bool purge = false;          // down
  bool keep_children = false;  // down
  bool include_infra = false;  // reconcile
  bool any_change = false;     // reconcile: every difference, not only images
  bool again = false;          // up: runs batch jobs once more that have finished or failed
  bool promote = false;        // up: promotes canaries that wait for it
  std::string task = {};       // restart: only this task; "": all that run
  bool reset_counts = false;   // up, reconcile, plan: groups that scale get their spec's count
};

// One selected job. What was not asked is empty, and so is what nobody needs once the questions are
// answered: the evaluated body, the flat text, the diff of a job that is not registered.
struct JobFacts {
  nomad::JobRef ref;
  std::string name;  // what it is shown as: its ID, or namespace/ID where that is not enough
  Path path;
  bool infra = false;
  bool faulty = false;           // the text does not parse, or its header cannot be trusted
  std::vector<Path> duplicates;  // further specs of the same job

  std::optional<jobspec::JobSpec> spec;  // nothing if it is faulty or does not evaluate
  hcl::Diagnostics diagnostics;          // of parsing and evaluation

  std::optional<Error> error;      // a question to Nomad that failed; what follows may be missing
  std::optional<nomad::Job> live;  // nothing: absent
  // The spec as the server parsed it, but for the live counts of groups that scale: JSON text.
  std::shared_ptr<const std::string> job;
  std::optional<nomad::JobPlan> plan;
  JobEvidence evidence;
  std::vector<nomad::JobSummary> children;  // descendants that may run

  // The row of the table of states; without a plan never `differs`.
  Verdict Judge() const;
  JobState State() const { return Judge().state; }
};

struct GatherOptions {
  const jobspec::SpecContext* specs = nullptr;
  const nomad::Contact* contact = nullptr;  // of the client
  std::size_t parallel = 8;                 // questions at a time
  Duration time_limit{30'000};              // for the questions about one job, repeats included
  std::stop_token stop;
};

// The facts of each job. An Error ends the run: kForbidden or kUnreachable where Nomad granted
// nothing at all (Contact::Verdict), told as soon as nobody is there to ask; kInterrupted. Every
// other failed question is that job's `error`.
Expected<std::vector<JobFacts>> GatherFacts(const Intent& intent,
                                            const std::vector<repo::SelectedJob>& jobs,
                                            nomad::JobClient& client, Clock& clock,
                                            const GatherOptions& options);

}  // namespace nmgr::rollout
