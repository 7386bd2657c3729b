// From facts to steps: what happens to each selected job, why, and in which order. Pure: the same
// facts give the same plan, so that a dry run shows what a run would do.
//
// Order (waves): `up`, `reconcile` and `restart` take the infra jobs one by one in their order,
// then all others at the same time, as far as edges between them allow it; `down` goes the other
// way, the others first and then the infra jobs from the last to the first. A wave of an infra job
// that fails ends the run for those that follow it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/order/edges.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/images.h"

namespace nmgr::rollout {

// What is to be done with the selected jobs. Each is a row of src/rollout/verbs.h.
// kRevert, kUndo and kPromote are not about specs: their plans are made in rollout/undo.h and
// rollout/promote.h.
enum class Verb { kUp, kDown, kReconcile, kRestart, kRevert, kUndo, kPromote };

struct Intent {
  Verb verb = Verb::kUp;
  bool detach = false;         // up, reconcile: wait for infra jobs only; down: for none
  bool purge = false;          // down
  bool keep_children = false;  // down
  bool include_infra = false;  // reconcile
  bool any_change = false;     // reconcile: every difference, not only images
  bool again = false;          // up: runs batch jobs once more that have finished or failed
  bool promote = false;        // up, promote: promotes canaries once they wait for it
  std::string task = {};       // restart: only this task; "": all that run
  bool reschedule = false;     // restart: stops each allocation, for another in its stead
  bool reset_counts = false;   // up, reconcile: groups that scale get their spec's count

  bool operator==(const Intent&) const = default;
};

// "up", "down", ...: for documents.
std::string_view VerbName(Verb verb);

// What must be asked for MakePlan.
Questions QuestionsOf(const Intent& intent);

enum class Move {
  kRegister,
  kStop,            // with Intent::purge: and purge once it is gone
  kPurge,           // it runs no more; purge once its allocations are terminal
  kEvaluate,        // an evaluation that replaces failed allocations now, whatever their delay
  kRestart,         // stop, wait until it is gone, register again
  kPromote,         // its canaries; then wait
  kRestartInPlace,  // its allocations, one after another
  kReschedule,      // its allocations, one after another: stopped and placed anew
  kRevert,          // to Step::version, which ran
  kTakeDown,        // to Step::version, which was stopped; without one the job as it is, stopped
  kAwaitHealthy,    // no write: wait until it is healthy
  kAwaitGone,       // no write: wait until its allocations are terminal
  kNothing,         // as it should be, not there, or not ours to change: the reason says which
  kSkip,            // it would change, but not by this run
  kFail,            // the job is in trouble, or a question about it failed
  kBroken,          // its spec cannot be used; the job is left alone, the others go on
};

// A step that has to end before another one starts. Where it is `configured` and fails, the other
// one does not start; else it only goes on later.
struct Predecessor {
  std::size_t step = 0;
  bool configured = false;
};

// What happens to the job at the same position of the facts.
struct Step {
  Move move = Move::kNothing;
  std::string reason;                // "not registered", "image of web: a:1 -> a:2"
  std::vector<std::string> details;  // of a failure: task events and the like, one a line
  std::string hint;                  // what to do about it
  std::string notice;                // worth saying although nothing happens
  bool fails = false;  // of kNothing: all the same the run has not done what it should
  std::vector<ImageChange> images;
  std::vector<Predecessor> after;             // of its own wave, by position
  std::optional<std::uint64_t> version = {};  // kRevert, kTakeDown: of Nomad's, to go back to

  // Whether the job cannot go on: nothing is done with it, and the run has failed.
  bool IsLost() const { return fails || move == Move::kFail || move == Move::kBroken; }
};

// Steps that go at the same time. `barrier`: a single infra job; the next wave starts when it is
// done, and does not if it failed.
struct Wave {
  std::vector<std::size_t> steps;
  bool barrier = false;
};

struct Plan {
  Intent intent;
  std::vector<Step> steps;  // one for each job, in the order of the facts
  std::vector<Wave> waves;  // positions of the steps that do something or must stop what follows

  std::size_t CountOf(Move move) const;
  // Whether a run would change something in Nomad, or skips something that differs.
  bool HasChanges() const;
};

// What becomes of the step that the verb has decided for a job: whoever has more to judge by than
// its facts may take it back (kNothing, kSkip) or let it stand.
using Amend = std::function<Step(const JobFacts& facts, Step step)>;

// Within the wave of the others `up` and `reconcile` go along the edges (of positions in `facts`),
// `down` against them, and `restart` minds none. An edge that leads through jobs with which nothing
// happens holds between those at its ends; one to an infra job is kept by the waves, or cannot be.
// The edges must make no cycle.
Plan MakePlan(const Intent& intent, const std::vector<JobFacts>& facts,
              const std::vector<order::Edge>& edges = {}, const Amend& amend = {});

// Whether edges order the jobs of a run of it.
bool HeedsEdges(Verb verb);

// "register", "await", ...: for documents.
std::string_view MoveName(Move move);

// Whether the move writes to Nomad, or only waits for what somebody else has begun.
bool IsWrite(Move move);
bool IsAwait(Move move);

// What SamePlan compares a diff by that is not kept; never 0.
std::size_t DigestOf(const nlohmann::json& diff);

// True if `later`, made after a conflict, would do the same as `earlier`.
bool SamePlan(const nomad::JobPlan& earlier, const nomad::JobPlan& later);

}  // namespace nmgr::rollout
