#include "nmgr/rollout/rollout.h"

#include <algorithm>
#include <utility>

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

// Whether somebody who was asked does not want it.
bool IsDeclined(const Rollout& run, const RolloutOptions& options) {
  if (run.dry_run || !options.confirm) return false;
  const bool writes = std::any_of(run.plan.steps.begin(), run.plan.steps.end(),
                                  [](const Step& step) { return IsWrite(step.move); });
  return writes && !options.confirm(run.plan, run.facts);
}

}  // namespace

Rollout CarryOut(const Intent& intent, const std::vector<repo::SelectedJob>& jobs,
                 nomad::JobClient& client, Clock& clock, Progress& progress,
                 const RolloutOptions& options) {
  Questions questions = QuestionsOf(intent);
  questions.keep_diff = options.confirm != nullptr;
  Rollout run;
  run.dry_run = options.dry_run;
  Facts facts = GatherFacts(questions, jobs, client, clock, options.gather);
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
  run.plan = MakePlan(intent, run.facts);
  progress.Decided(run.plan, run.facts, run.dry_run);
  run.declined = IsDeclined(run, options);
  if (run.dry_run || run.declined) {
    run.results.resize(run.facts.size());
  } else {
    run.results = Execute(run.plan, run.facts, client, clock, progress, options.execute);
  }
  run.unrecorded = Unrecorded(run, options.execute.record);
  run.interrupted = options.execute.stop.stop_requested();
  return run;
}

}  // namespace nmgr::rollout
