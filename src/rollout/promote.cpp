#include "nmgr/rollout/promote.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/verbs.h"

namespace nmgr::rollout {
namespace {

struct Canaries {
  int healthy = 0;
  int desired = 0;
  bool automatic = false;  // Nomad promotes some by itself
  bool promoted = false;
};

Canaries CanariesOf(const nomad::Deployment& deployment) {
  Canaries all;
  for (const nomad::DeploymentGroup& group : deployment.groups) {
    if (group.desired_canaries == 0) continue;
    if (group.promoted) {
      all.promoted = true;
    } else if (group.auto_promote) {
      all.automatic = true;
    } else {
      all.healthy += std::min(group.healthy, group.desired_canaries);
      all.desired += group.desired_canaries;
    }
  }
  return all;
}

Step NothingToPromote(const std::string& why, std::string hint) {
  Step step = MakeStep(Move::kFail, "nothing to promote: " + why);
  step.hint = std::move(hint);
  return step;
}

Step PromoteStep(const JobFacts& facts) {
  if (facts.live->stop) return NothingToPromote("it is stopped", "");
  const auto& deployment = facts.evidence.deployment;
  if (!deployment || !IsOfThisVersion(*deployment, *facts.live)) {
    return NothingToPromote(fmt::format("version {} of it has no deployment", facts.live->version),
                            "");
  }
  const std::string name = "deployment " + ShortId(deployment->id);
  if (!IsUnderWay(*deployment)) {
    return NothingToPromote(fmt::format("{} is {}", name, deployment->status),
                            deployment->status_description);
  }
  const Canaries canaries = CanariesOf(*deployment);
  if (canaries.desired == 0) {
    return NothingToPromote(name + (canaries.promoted    ? " was promoted already"
                                    : canaries.automatic ? " is promoted by Nomad itself"
                                                         : " has no canaries"),
                            fmt::format("nmgr up {} waits for it", repo::TypedTarget(facts.name)));
  }
  if (deployment->status == "paused") {
    return NothingToPromote(name + " is paused",
                            "nomad deployment resume " + ShortId(deployment->id));
  }
  const std::string count = Count(static_cast<std::size_t>(canaries.desired), "canary", "canaries");
  if (NeedsPromotion(*deployment)) {
    return MakeStep(Move::kPromote, fmt::format("{} of {}, healthy", count, name));
  }
  return MakeStep(Move::kAwaitHealthy,
                  fmt::format("{} of {}, promoted once healthy: {} of {} so far", count, name,
                              canaries.healthy, canaries.desired));
}

// False where there is no such job.
Expected<bool> LookAt(JobFacts& facts, nomad::JobClient& client, const nomad::Call& call) {
  auto live = client.ReadJob(facts.ref, {}, call);
  if (!live && live.error().code == ErrorCode::kNotFound) return false;
  if (!live) return live.error();
  facts.live = std::move(live->value);
  TRY_ASSIGN(facts.evidence, AskSingly(*facts.live, facts.ref, client, call));
  return true;
}

}  // namespace

Rollout Promote(const nomad::JobRef& ref, const std::string& name, nomad::JobClient& client,
                Clock& clock, Progress& progress, const BackOptions& back,
                const RolloutOptions& options) {
  Rollout run;
  run.dry_run = options.dry_run;
  run.plan.intent = back.intent;
  run.plan.intent.promote = true;
  JobFacts facts;
  facts.ref = ref;
  facts.name = name;
  const nomad::Call call{DeadlineAfter(clock.Now(), back.time_limit), options.execute.stop,
                         back.patience};
  const Expected<bool> there = LookAt(facts, client, call);
  if (const auto verdict = back.contact->Verdict()) {
    run.failures.push_back(*verdict);
    return run;
  }
  if (there && !*there) {
    run.failures.push_back({ErrorCode::kNotFound, name + ": Nomad has no such job",
                            "see --namespace, NOMAD_NAMESPACE"});
    return run;
  }
  if (!there) facts.error = there.error();
  run.plan.steps.push_back(there ? PromoteStep(facts)
                                 : MakeStep(Move::kFail, there.error().message));
  const Step& step = run.plan.steps.back();
  if (IsWrite(step.move) || IsAwait(step.move)) run.plan.waves.push_back({{0}, false});
  run.facts.push_back(std::move(facts));
  CarryOutPlan(run, client, clock, progress, options);
  return run;
}

}  // namespace nmgr::rollout
