#include "nmgr/sync/stale.h"

#include <algorithm>

#include "nmgr/rollout/plan.h"

namespace nmgr::sync {

bool IsLive(const JobKey& job, const Tree& earlier, nomad::JobClient& client, Clock& clock,
            rollout::GatherOptions gather) {
  const auto& jobs = earlier.selection.jobs;
  const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const repo::SelectedJob& one) {
    return KeyOf(*one.spec, earlier.repo) == job;
  });
  if (found == jobs.end()) return false;
  gather.specs = &earlier.context;
  gather.default_namespace = earlier.repo.default_namespace;
  gather.known_bad = nullptr;
  gather.memory = nullptr;
  gather.links = false;
  const rollout::Questions questions = rollout::QuestionsOf({rollout::Verb::kUp});
  const rollout::Facts facts = rollout::GatherFacts(questions, {*found}, client, clock, gather);
  if (facts.end || facts.jobs.size() != 1) return false;
  const rollout::JobFacts& one = facts.jobs.front();
  return one.Satisfies(rollout::SpecNeed::kWhole) && !one.error && one.live && !one.live->stop &&
         one.plan && one.JudgeAnew().state != rollout::JobState::kDiffers;
}

}  // namespace nmgr::sync
