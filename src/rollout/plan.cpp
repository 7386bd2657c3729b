#include "nmgr/rollout/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/repo/target.h"
#include "rollout/predecessors.h"
#include "rollout/verbs.h"

namespace nmgr::rollout {
namespace {

Step BrokenStep(Verb verb, const JobFacts& facts) {
  if (facts.duplicates.empty()) {
    Step step =
        MakeStep(Move::kBroken, fmt::format("its spec does not evaluate ({})",
                                            repo::FaultPlace(facts.diagnostics, facts.path)));
    if (verb == Verb::kDown && !facts.ref.id.empty()) {
      step.hint = fmt::format("nmgr down {} stops it, whatever its spec says",
                              ShellWord(repo::JobTarget("NAMESPACE/" + facts.ref.id)));
    }
    return step;
  }
  std::vector<std::string> paths = {facts.path};
  paths.insert(paths.end(), facts.duplicates.begin(), facts.duplicates.end());
  return MakeStep(Move::kBroken, "several specs define it: " + Join(paths, ", "));
}

Step ErrorStep(const Error& error) {
  Step step = MakeStep(Move::kFail, error.message);
  step.hint = error.hint;
  return step;
}

Step MakeStepFor(const Intent& intent, const JobFacts& facts) {
  if (!facts.Satisfies(QuestionsOf(intent).spec)) return BrokenStep(intent.verb, facts);
  if (facts.error) return ErrorStep(*facts.error);
  return RowOf(intent.verb).decide(intent, facts);
}

bool TakesPart(Move move) { return IsWrite(move) || IsAwait(move); }

}  // namespace

std::size_t Plan::CountOf(Move move) const {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [move](const Step& step) { return step.move == move; }));
}

bool Plan::HasChanges() const {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return IsWrite(step.move) || step.move == Move::kSkip;
  });
}

Plan MakePlan(const Intent& intent, const std::vector<JobFacts>& facts,
              const std::vector<order::Edge>& edges, const Amend& amend) {
  Plan plan;
  plan.intent = intent;
  std::vector<Wave> infra;
  Wave others;
  std::vector<bool> blocks(facts.size(), false);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    plan.steps.push_back(MakeStepFor(intent, facts[i]));
    if (amend) plan.steps.back() = amend(facts[i], std::move(plan.steps.back()));
    const Move move = plan.steps.back().move;
    // Nothing is done with it, and it has failed: what starts after it waits for it all the same.
    const bool holds_up = intent.verb == Verb::kUp && plan.steps.back().fails;
    if (!facts[i].infra) {
      if (TakesPart(move)) others.steps.push_back(i);
      blocks[i] = plan.steps.back().IsLost();
    } else if (TakesPart(move) || move == Move::kFail || holds_up) {
      infra.push_back(Wave{{i}, true});
    }
  }
  const bool infra_first = RowOf(intent.verb).order == Order::kInfraFirst;
  if (!infra_first) std::reverse(infra.begin(), infra.end());
  plan.waves = std::move(infra);
  if (HeedsEdges(intent.verb)) {
    OrderWave(edges, !infra_first, facts, blocks, plan, others);
  }
  if (!others.steps.empty()) {
    plan.waves.insert(infra_first ? plan.waves.end() : plan.waves.begin(), std::move(others));
  }
  return plan;
}

std::size_t DigestOf(const nlohmann::json& diff) {
  using Json = nlohmann::json;
  const std::size_t digest =
      std::hash<std::string>()(diff.dump(-1, ' ', false, Json::error_handler_t::replace));
  return std::max<std::size_t>(digest, 1);
}

bool SamePlan(const nomad::JobPlan& earlier, const nomad::JobPlan& later) {
  if (earlier.diff_type != later.diff_type) return false;
  if (earlier.diff_digest != 0 && later.diff) return earlier.diff_digest == DigestOf(*later.diff);
  if (earlier.diff == nullptr || later.diff == nullptr) return earlier.diff == later.diff;
  return *earlier.diff == *later.diff;
}

}  // namespace nmgr::rollout
