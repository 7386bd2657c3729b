#include "nmgr/rollout/state.h"

#include <algorithm>
#include <map>
#include <utility>

#include "nmgr/rollout/reasons.h"

namespace nmgr::rollout {
namespace {

using Chosen = std::vector<const nomad::Allocation*>;

bool IsBatch(std::string_view type) { return type == "batch" || type == "sysbatch"; }

bool IsTemplate(const nomad::Job& job) { return job.periodic || job.parameterized; }

bool HasEnded(const nomad::Allocation& allocation) {
  return allocation.client_status == "failed" || allocation.client_status == "lost";
}

bool IsDone(const nomad::Job& job, const nomad::Allocation& allocation) {
  return allocation.client_status == "running" ||
         (IsBatch(job.type) && allocation.client_status == "complete");
}

Chosen NewestOf(const Chosen& allocations, std::string_view job_type) {
  std::map<std::pair<std::string_view, std::string_view>, const nomad::Allocation*> newest;
  for (const nomad::Allocation* allocation : allocations) {
    std::string_view node;
    if (RunsOnEveryNode(job_type)) node = allocation->node_name;
    const nomad::Allocation*& slot = newest[{allocation->name, node}];
    if (slot == nullptr || slot->create_index < allocation->create_index) slot = allocation;
  }
  Chosen result;
  for (const auto& [place, allocation] : newest) result.push_back(allocation);
  std::stable_sort(result.begin(), result.end(),
                   [](const auto* a, const auto* b) { return a->create_index < b->create_index; });
  return result;
}

// The newest of the allocations that are meant to run: one that is to stop, or was evicted, counts
// for nothing, so it hides no older one either.
Chosen Counting(const StateEvidence& evidence) {
  Chosen wanted;
  if (evidence.allocations == nullptr) return wanted;
  for (const nomad::Allocation& allocation : *evidence.allocations) {
    if (allocation.desired_status == "run") wanted.push_back(&allocation);
  }
  return NewestOf(wanted, evidence.job->type);
}

// Whether a plan was made, and would place what fits no node.
bool PlanCannotPlace(const StateEvidence& evidence) {
  return evidence.plan != nullptr && !evidence.plan->failed_placements.empty();
}

// Where a batch was stopped before it was done, by a drain say, and nothing took its place. What
// has finished is not stopped any more.
Chosen CutShort(const StateEvidence& evidence) {
  Chosen cut;
  if (evidence.allocations == nullptr || !IsBatch(evidence.job->type)) return cut;
  Chosen all;
  bool any_of_this = false;
  for (const nomad::Allocation& allocation : *evidence.allocations) {
    all.push_back(&allocation);
    any_of_this = any_of_this || allocation.job_version == evidence.job->version;
  }
  for (const nomad::Allocation* newest : NewestOf(all, evidence.job->type)) {
    // Where an older version of a sysbatch was stopped, this one may not be meant to run at all;
    // but where none of this version was ever placed, it is what a stop and a start have left.
    const bool counts = !RunsOnEveryNode(evidence.job->type) ||
                        !(any_of_this || PlanCannotPlace(evidence)) ||
                        newest->job_version == evidence.job->version;
    if (newest->desired_status != "run" && counts) cut.push_back(newest);
  }
  return cut;
}

bool WillBeReplaced(const nomad::Allocation* allocation) {
  return HasEnded(*allocation) && !allocation->followup_evaluation_id.empty() &&
         allocation->next_allocation_id.empty();
}

// Not running yet, or out of sight for a while.
bool IsComing(const nomad::Allocation* allocation) {
  return allocation->client_status == "pending" || allocation->client_status == "unknown";
}

bool HasEvaluation(const StateEvidence& evidence, std::string_view status) {
  if (evidence.evaluations == nullptr) return false;
  return std::any_of(evidence.evaluations->begin(), evidence.evaluations->end(),
                     [&](const nomad::Evaluation& evaluation) {
                       // A purge leaves the evaluations of the job's former life.
                       return evaluation.status == status &&
                              evaluation.create_index >= evidence.job->create_index;
                     });
}

bool CannotBePlaced(const StateEvidence& evidence) {
  if (HasEvaluation(evidence, "blocked")) return true;
  // Nodes that a system job does not fit are no fault of it.
  return PlanCannotPlace(evidence) && !RunsOnEveryNode(evidence.job->type);
}

// Groups that have fewer running allocations than wanted. After a failed deployment those of older
// versions do not count: they are not what the spec says.
std::vector<ShortGroup> ShortGroups(const nomad::Job& job, const Chosen& counting,
                                    const Chosen& cut_short, bool deployment_failed) {
  std::map<std::string_view, int> well;
  std::map<std::string_view, int> older;
  std::map<std::string_view, int> placed;
  for (const nomad::Allocation* allocation : cut_short) ++placed[allocation->group];
  for (const nomad::Allocation* allocation : counting) {
    const bool counts = !deployment_failed || allocation->job_version == job.version;
    ++placed[allocation->group];
    if (IsDone(job, *allocation)) ++(counts ? well : older)[allocation->group];
  }
  std::vector<ShortGroup> groups;
  for (const nomad::TaskGroup& group : job.groups) {
    const int wanted = RunsOnEveryNode(job.type) ? placed[group.name] : group.count;
    const int running = well[group.name];
    if (running < wanted) groups.push_back({group.name, running, wanted, older[group.name]});
  }
  return groups;
}

bool HasForeignChecks(const nomad::Job& job, const std::string& group) {
  return std::any_of(job.groups.begin(), job.groups.end(), [&](const nomad::TaskGroup& known) {
    return known.name == group && known.has_foreign_checks;
  });
}

// After a failed deployment only what can be seen now proves that an allocation is well: its
// checks, or where it has none, that Nomad once called it healthy or that its tasks never had to be
// started again.
bool PassesChecks(const StateEvidence& evidence, const nomad::Allocation* allocation) {
  if (allocation->client_status != "running") return false;
  if (evidence.checks == nullptr || !evidence.checks->contains(allocation->id)) return false;
  const std::vector<nomad::CheckResult>& checks = evidence.checks->at(allocation->id);
  if (!checks.empty()) {
    return std::all_of(checks.begin(), checks.end(),
                       [](const nomad::CheckResult& check) { return check.status == "success"; });
  }
  if (allocation->healthy.value_or(false)) return true;
  return !HasForeignChecks(*evidence.job, allocation->group) && !allocation->tasks.empty() &&
         std::all_of(
             allocation->tasks.begin(), allocation->tasks.end(),
             [](const nomad::TaskState& task) { return !task.failed && task.restarts == 0; });
}

bool Reschedules(const nomad::Job& job, const ShortGroup& missing) {
  return std::any_of(job.groups.begin(), job.groups.end(), [&](const nomad::TaskGroup& group) {
    return group.name == missing.name && group.reschedules;
  });
}

Failure HowFailed(const StateEvidence& evidence, const Verdict& verdict, const Chosen& counting) {
  const nomad::Job& job = *evidence.job;
  if (job.type == "sysbatch") return Failure::kSysbatch;
  if (job.type == "batch") return Failure::kBatch;
  if (verdict.short_groups.empty()) return Failure::kChecks;
  if (job.type == "system") return Failure::kSystem;
  const std::vector<ShortGroup>& groups = verdict.short_groups;
  const auto reschedules = [&](const ShortGroup& missing) { return Reschedules(job, missing); };
  if (!verdict.deployment_failed) {
    const bool hope = std::any_of(groups.begin(), groups.end(), reschedules);
    return hope ? Failure::kShort : Failure::kHopeless;
  }
  const bool runs = std::any_of(counting.begin(), counting.end(), [](const auto* allocation) {
    return allocation->client_status == "running";
  });
  if (runs) return Failure::kPartly;
  // A register leaves what has failed where it is, and only what reschedules can be replaced.
  const bool all = std::all_of(groups.begin(), groups.end(), reschedules);
  return all ? Failure::kNothingRuns : Failure::kHopeless;
}

Verdict Failed(const StateEvidence& evidence, Verdict verdict, const Chosen& counting) {
  verdict.state = JobState::kFailed;
  verdict.failure = HowFailed(evidence, verdict, counting);
  if (verdict.failure == Failure::kChecks && !counting.empty() &&
      std::all_of(counting.begin(), counting.end(),
                  [&](const auto* allocation) { return PassesChecks(evidence, allocation); })) {
    verdict.state = JobState::kRunning;
    verdict.failure = Failure::kNone;
  }
  return verdict;
}

bool SomethingIsComing(const StateEvidence& evidence, const Chosen& counting) {
  return std::any_of(counting.begin(), counting.end(), WillBeReplaced) ||
         std::any_of(counting.begin(), counting.end(), IsComing) ||
         HasEvaluation(evidence, "pending");
}

// A register makes what runs one of its version, in place or anew, as soon as Nomad has looked at
// it: only a batch leaves alone what has finished.
bool RunsOnlyOlder(const nomad::Job& job, const Chosen& counting) {
  return !IsBatch(job.type) && !counting.empty() &&
         std::all_of(counting.begin(), counting.end(), [&job](const auto* allocation) {
           return allocation->job_version < job.version;
         });
}

bool RunsNowhere(const nomad::Job& job, const Chosen& counting) {
  return RunsOnEveryNode(job.type) && counting.empty() &&
         std::any_of(job.groups.begin(), job.groups.end(),
                     [](const nomad::TaskGroup& group) { return group.count > 0; });
}

// Everything below `differs`, for a job that is registered and not stopped.
Verdict JudgeRegistered(const StateEvidence& evidence) {
  const nomad::Job& job = *evidence.job;
  Verdict verdict;
  verdict.state = JobState::kRunning;
  if (IsTemplate(job)) return verdict;
  const Chosen counting = Counting(evidence);
  const Chosen cut_short = CutShort(evidence);
  const bool dead_batch = IsBatch(job.type) && job.status == "dead";
  const bool all_done = std::all_of(counting.begin(), counting.end(), [](const auto* allocation) {
    return allocation->client_status == "complete";
  });
  // Those that have finished may have been collected: their number proves nothing.
  if (dead_batch && all_done &&
      (cut_short.empty() || ShortGroups(job, counting, cut_short, false).empty())) {
    verdict.state = JobState::kFinished;
    verdict.nowhere = RunsNowhere(job, counting);
    return verdict;
  }
  const nomad::Deployment* deployment = evidence.deployment;
  if (deployment != nullptr && !IsOfThisVersion(*deployment, job)) deployment = nullptr;
  const bool active = deployment != nullptr && IsUnderWay(*deployment);
  verdict.deployment_failed = deployment != nullptr && deployment->status == "failed";
  const bool is_older = deployment == nullptr && RunsOnlyOlder(job, counting);
  const bool is_nowhere = job.type == "system" && counting.empty();
  verdict.unproven = !evidence.all_evaluations && (is_older || is_nowhere);
  if (active && NeedsPromotion(*deployment)) {
    verdict.state = JobState::kNeedsPromotion;
  } else if (CannotBePlaced(evidence)) {
    verdict.state = JobState::kBlocked;
  } else if (active || (is_older && verdict.unproven) ||
             (!verdict.deployment_failed && SomethingIsComing(evidence, counting))) {
    verdict.state = JobState::kUnderWay;
  } else {
    verdict.short_groups = ShortGroups(job, counting, cut_short, verdict.deployment_failed);
    if (verdict.deployment_failed || !verdict.short_groups.empty()) {
      return Failed(evidence, std::move(verdict), counting);
    }
    verdict.nowhere = RunsNowhere(job, counting);
  }
  return verdict;
}

// An allocation runs as long as one of its tasks does, whatever the others do. Lists have no tasks.
bool IsFalling(const nomad::Allocation& allocation) {
  return std::any_of(
      allocation.tasks.begin(), allocation.tasks.end(),
      [](const nomad::TaskState& task) { return task.state == "pending" && task.restarts > 0; });
}

bool IsWell(const nomad::Job& job, const nomad::Allocation& allocation) {
  if (IsFalling(allocation)) return false;
  if (!allocation.healthy.value_or(true)) return false;
  return allocation.client_status == "running" ||
         (IsBatch(job.type) && allocation.client_status == "complete");
}

bool EveryGroupIsWell(const nomad::Job& job,
                      const std::vector<const nomad::Allocation*>& allocations) {
  std::map<std::string_view, int> well;
  for (const nomad::Allocation* allocation : allocations) {
    if (allocation->desired_status == "run" && IsWell(job, *allocation)) ++well[allocation->group];
  }
  return std::all_of(job.groups.begin(), job.groups.end(), [&](const nomad::TaskGroup& group) {
    return well[group.name] >= group.count;
  });
}

}  // namespace

bool RunsOnEveryNode(std::string_view type) { return type == "system" || type == "sysbatch"; }

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kAbsent:
      return "absent";
    case JobState::kStopped:
      return "stopped";
    case JobState::kDiffers:
      return "differs";
    case JobState::kFinished:
      return "finished";
    case JobState::kNeedsPromotion:
      return "needs promotion";
    case JobState::kBlocked:
      return "blocked";
    case JobState::kUnderWay:
      return "under way";
    case JobState::kFailed:
      return "failed";
    case JobState::kKnownBad:
      return "known bad";
    case JobState::kRunning:
      return "running";
  }
  return "";
}

Verdict JudgeJob(const StateEvidence& evidence) {
  Verdict verdict;
  if (evidence.job == nullptr) return verdict;
  if (evidence.job->stop) {
    verdict.state = JobState::kStopped;
  } else if (evidence.plan != nullptr && PlanDiffers(*evidence.plan)) {
    verdict.state = JobState::kDiffers;
  } else {
    verdict = JudgeRegistered(evidence);
  }
  return verdict;
}

std::vector<GroupHealth> HealthOf(const StateEvidence& evidence) {
  std::vector<GroupHealth> groups;
  if (evidence.job == nullptr || evidence.job->stop || IsTemplate(*evidence.job)) return groups;
  const nomad::Job& job = *evidence.job;
  const nomad::Deployment* deployment = evidence.deployment;
  const bool deploying =
      deployment != nullptr && IsOfThisVersion(*deployment, job) && IsUnderWay(*deployment);
  for (const nomad::TaskGroup& group : job.groups)
    groups.push_back({group.name, 0, 0, group.count});
  if (RunsOnEveryNode(job.type)) {
    for (GroupHealth& group : groups) group.wanted = 0;
  }
  for (const nomad::Allocation* allocation : Counting(evidence)) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const GroupHealth& it) {
      return it.name == allocation->group;
    });
    if (group == groups.end()) continue;
    const bool waits = deploying && !allocation->healthy && allocation->job_version == job.version;
    if (RunsOnEveryNode(job.type)) ++group->wanted;
    if (allocation->client_status == "running") ++group->running;
    if (IsWell(job, *allocation) && !waits) ++group->healthy;
  }
  return groups;
}

bool IsOfThisVersion(const nomad::Deployment& deployment, const nomad::Job& job) {
  const bool indexes = deployment.job_modify_index != 0 && job.job_modify_index != 0;
  return indexes ? deployment.job_modify_index == job.job_modify_index
                 : deployment.job_version == job.version;
}

bool NeedsPromotion(const nomad::Deployment& deployment) {
  bool canaries = false;
  for (const nomad::DeploymentGroup& group : deployment.groups) {
    if (group.desired_canaries == 0 || group.promoted || group.auto_promote) continue;
    if (group.healthy < group.desired_canaries) return false;
    canaries = true;
  }
  return canaries && deployment.status == "running";
}

std::vector<const nomad::Allocation*> NewestAllocations(
    const std::vector<nomad::Allocation>& allocations, std::string_view job_type) {
  Chosen all;
  for (const nomad::Allocation& allocation : allocations) all.push_back(&allocation);
  return NewestOf(all, job_type);
}

std::vector<const nomad::Allocation*> NewestOfVersion(
    const std::vector<nomad::Allocation>& allocations, const nomad::Job& job) {
  auto newest = NewestAllocations(allocations, job.type);
  std::erase_if(newest, [&job](const auto* row) { return row->job_version < job.version; });
  return newest;
}

bool IsOfOlderRegister(const nomad::Evaluation& evaluation, std::uint64_t job_modify_index) {
  return evaluation.job_modify_index != 0 && evaluation.job_modify_index < job_modify_index;
}

std::vector<const nomad::Allocation*> LiveAllocations(
    const std::vector<nomad::Allocation>& allocations) {
  std::vector<const nomad::Allocation*> live;
  for (const nomad::Allocation& allocation : allocations) {
    if (!allocation.IsTerminal()) live.push_back(&allocation);
  }
  return live;
}

bool LooksHealthy(const nomad::Job& job, const std::vector<nomad::Allocation>& allocations,
                  const nomad::Deployment* deployment) {
  if (IsTemplate(job)) return true;
  if (deployment != nullptr && deployment->job_version == job.version && IsUnderWay(*deployment)) {
    return false;
  }
  const auto newest = NewestAllocations(allocations, job.type);
  if (!RunsOnEveryNode(job.type)) return EveryGroupIsWell(job, newest);
  return std::all_of(newest.begin(), newest.end(), [&job](const nomad::Allocation* allocation) {
    return allocation->desired_status != "run" || IsWell(job, *allocation);
  });
}

bool IsUnderWay(const nomad::Deployment& deployment) {
  return deployment.status != "successful" && deployment.status != "failed" &&
         deployment.status != "cancelled";
}

}  // namespace nmgr::rollout
