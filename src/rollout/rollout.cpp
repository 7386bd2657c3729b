#include "nmgr/rollout/rollout.h"

#include <algorithm>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/order/join.h"

namespace nmgr::rollout {
namespace {

std::vector<std::string> Unrecorded(const Rollout& run, const StoppedRecord* record) {
  std::vector<std::string> names;
  if (run.dry_run || run.plan.intent.verb != Verb::kDown) return names;
  for (std::size_t i = 0; i < run.facts.size(); ++i) {
    const nomad::JobRef& ref = run.facts[i].ref;
    const bool stopped = run.results[i].wrote && !run.results[i].purged;
    if (stopped && (record == nullptr || record->Missed(ref))) names.push_back(run.facts[i].name);
  }
  return names;
}

// What orders the jobs of this run. Inferred edges that lie on a cycle order nothing.
std::vector<order::Edge> EdgesOf(const std::vector<JobFacts>& facts,
                                 const RolloutOptions& options) {
  if (!options.infer_order) return options.configured;
  static const order::Links kNone;
  std::vector<const order::Links*> links;
  std::vector<Path> paths;
  for (const JobFacts& job : facts) {
    links.push_back(job.links ? job.links.get() : &kNone);
    paths.push_back(job.path);
  }
  auto [edges, dropped] =
      order::JoinEdges(options.configured, links, paths, options.gather.specs->files);
  for (auto i = dropped.rbegin(); i != dropped.rend(); ++i) {
    const order::Edge& edge = edges[*i];
    LogDebug("{} does not wait for {}, which comes after it too: {}", facts[edge.job].name,
             facts[edge.after].name, edge.reasons.front().what);
    edges.erase(edges.begin() + static_cast<std::ptrdiff_t>(*i));
  }
  return edges;
}

bool Writes(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const Step& step) { return IsWrite(step.move); });
}

// Whether somebody who was asked does not want it.
bool IsDeclined(const Rollout& run, const RolloutOptions& options) {
  if (run.dry_run || !options.confirm) return false;
  return Writes(run.plan) && !options.confirm(run.plan, run.facts);
}

// A wait may write too, where Nomad has left a failed allocation as it was.
std::optional<Error> BeginJournal(const Rollout& run, const RolloutOptions& options) {
  Journal* const journal = options.execute.journal;
  if (journal == nullptr || run.dry_run || run.declined) return std::nullopt;
  const bool touches = std::any_of(
      run.plan.steps.begin(), run.plan.steps.end(),
      [](const Step& step) { return IsWrite(step.move) || step.move == Move::kAwaitHealthy; });
  if (!touches) return std::nullopt;
  const Expected<void> begun = journal->Begin(run.plan, run.facts);
  if (begun) return std::nullopt;
  return Error{ErrorCode::kIo,
               "nothing was touched, because no journal of it can be kept (--strict): " +
                   begun.error().message};
}

}  // namespace

void CarryOutPlan(Rollout& run, nomad::JobClient& client, Clock& clock, Progress& progress,
                  const RolloutOptions& options) {
  progress.Decided(run.plan, run.facts, run.dry_run);
  run.declined = IsDeclined(run, options);
  if (auto unkept = BeginJournal(run, options); unkept && options.strict) {
    run.failures.push_back(*std::move(unkept));
    return;
  }
  if (run.dry_run || run.declined) {
    run.results.resize(run.facts.size());
  } else {
    run.results = Execute(run.plan, run.facts, client, clock, progress, options.execute);
  }
  run.unrecorded = Unrecorded(run, options.execute.record);
  run.interrupted = options.execute.stop.stop_requested();
}

Rollout CarryOut(const Intent& intent, const std::vector<repo::SelectedJob>& jobs,
                 nomad::JobClient& client, Clock& clock, Progress& progress,
                 const RolloutOptions& options) {
  Questions questions = QuestionsOf(intent);
  questions.keep_diff = options.keep_diff;
  Rollout run;
  run.dry_run = options.dry_run;
  GatherOptions gather = options.gather;
  gather.links = options.infer_order && HeedsEdges(intent.verb);
  Facts facts = GatherFacts(questions, jobs, client, clock, gather);
  run.facts = std::move(facts.jobs);
  if (facts.end) {
    run.failures.push_back(*std::move(facts.end));
    return run;
  }
  progress.Asked(run.facts, questions.spec);
  const bool unusable = std::any_of(run.facts.begin(), run.facts.end(), [&](const JobFacts& job) {
    return !job.Satisfies(questions.spec);
  });
  if (options.strict && (unusable || options.incomplete)) {
    run.failures.push_back(
        {ErrorCode::kInvalid,
         "nothing was touched, because a spec does not evaluate or cannot be read (--strict)"});
    return run;
  }
  run.plan = MakePlan(intent, run.facts, EdgesOf(run.facts, options), options.amend);
  if (options.refuse) run.failures = options.refuse(run.plan, run.facts);
  if (!run.failures.empty()) return run;
  CarryOutPlan(run, client, clock, progress, options);
  return run;
}

}  // namespace nmgr::rollout
