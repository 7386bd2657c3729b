// What a run needs to know before it decides: every selected spec, evaluated, and its job in Nomad.
//
// Nothing is asked but what is in the set of questions. What states are judged from is asked once
// for each name space, for all jobs together, and again of each single job that looks as if it had
// failed. Everything is asked in parallel; the result is in the order of the selection. Nothing is
// changed.
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
#include "nmgr/order/links.h"
#include "nmgr/repo/selection.h"
#include "nmgr/rollout/evidence.h"
#include "nmgr/rollout/known_bad.h"
#include "nmgr/rollout/plan_memory.h"
#include "nmgr/rollout/state.h"

namespace nmgr::rollout {

// What of a spec there must be before Nomad is asked about its job.
enum class SpecNeed {
  kWhole,   // it evaluates, and is the only one of its job
  kHeader,  // its header can be trusted
  kNone,    // nothing, but that it is the only one
  kAny,     // nothing at all: for who only looks. Only what kWhole would take is planned
};

// Which jobs are planned.
enum class PlanNeed {
  kNone,
  kAll,
  kRegistered,  // those that Nomad has and nobody has stopped
  kNewImages,   // of these, those whose images are not those of the spec
  kStartAnew,   // those that can only be stopped and registered again
};

// What is asked of Nomad about the selected jobs.
struct Questions {
  SpecNeed spec = SpecNeed::kWhole;
  PlanNeed plan = PlanNeed::kNone;
  bool listed = false;        // jobs from the lists alone, whatever their number; no plan then
  bool states = true;         // what states are judged from
  bool stopped_too = false;   // also of stopped jobs: whether tasks of theirs still end
  bool children = false;      // what the job has launched and may run
  bool infra_images = true;   // false: no plan of infra jobs with new images, which are skipped
  bool reset_counts = false;  // plan groups that scale with the count of the spec
  bool keep_job = true;       // JobFacts::job, which is what would be registered
  bool plan_may_fail =
      false;               // a plan that could not be had is a `plan_error`, and all else stands
  bool closer = false;     // of what is under way too: what keeps it
  bool keep_diff = false;  // also of a job that is not registered
  bool may_recall = true;  // a plan that showed no difference may be one that is remembered
};

// The job that a spec is about: its ID, namespace and region as the header names them.
nomad::JobRef RefOf(const jobspec::JobHeader& header);

// A commit, and the base directory in whose repository it is.
struct PastPlace {
  std::string commit;
  Path base_dir;  // absolute, as it was when that was on the disk
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

  std::optional<jobspec::JobSpec> spec;       // nothing if it is faulty or does not evaluate
  hcl::Diagnostics diagnostics;               // of parsing and evaluation
  std::shared_ptr<const order::Links> links;  // where wanted and it evaluates
  std::string spec_digest;                    // of known_bad.h; "": not wanted
  std::optional<PastPlace> past_spec;         // where `spec` is from, if not from the disk as it is
  bool known_bad = false;                     // the deployment of this spec has failed
  std::uint64_t registered_at = 0;            // JobModifyIndex of its last register; 0: not known

  std::optional<Error> error;       // a question to Nomad that failed; what follows may be missing
  std::optional<Error> plan_error;  // only with Questions::plan_may_fail
  std::optional<nomad::Job> live;   // nothing: absent
  // The spec as the server parsed it, but for the live counts of groups that scale: JSON text.
  std::shared_ptr<const std::string> job;
  std::optional<nomad::JobPlan> plan;
  JobEvidence evidence;
  // It was not asked about: `live` and `plan` are what is remembered of them (plan_memory.h) beside
  // its row of the list, and it runs as it should. Or the list says that it is stopped or absent,
  // and no more is wanted of such a job.
  bool remembered = false;
  std::vector<nomad::JobSummary> children;  // descendants that may run

  // The row of the table of states; without a plan never `differs`. What differs or has failed is
  // `known bad` where the deployment of this very spec has failed before; without a plan also what
  // runs since another register than that, as after a rollback.
  Verdict Judge() const;
  // The same for who tries it once more.
  Verdict JudgeAnew() const;
  // The same without the plan, as who does not ask for one sees it.
  Verdict JudgeLive() const;
  bool Satisfies(SpecNeed need) const;
  JobState State() const { return Judge().state; }
};

struct GatherOptions {
  const jobspec::SpecContext* specs = nullptr;
  const nomad::Contact* contact = nullptr;    // of the client
  std::size_t parallel = 8;                   // questions at a time
  Duration time_limit{30'000};                // for the questions about one job, repeats included
  bool links = false;                         // JobFacts::links is wanted
  std::string default_namespace = "default";  // where a spec without one goes, for its links
  BadSpecs* known_bad = nullptr;  // not owned; null: no spec is. Told of what failed unwatched
  PlanMemory* memory = nullptr;   // not owned; null: everything is asked
  bool all_namespaces = false;    // the connection's is "*": what is not listed may be elsewhere
  nomad::Patience patience = nomad::Patience::kBrief;
  std::stop_token stop;
};

struct Facts {
  std::vector<JobFacts> jobs;  // in the order of the selection; those that were asked about
  // Nothing more can be known: kForbidden or kUnreachable where Nomad granted nothing at all
  // (Contact::Verdict), as soon as nobody is there to ask; kInterrupted.
  std::optional<Error> end;
};

// A question that fails is that job's `error`.
Facts GatherFacts(const Questions& questions, const std::vector<repo::SelectedJob>& jobs,
                  nomad::JobClient& client, Clock& clock, const GatherOptions& options);

}  // namespace nmgr::rollout
