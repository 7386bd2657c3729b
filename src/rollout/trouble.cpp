#include "nmgr/rollout/trouble.h"

#include <fmt/format.h>

#include <utility>

#include "nmgr/repo/target.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::rollout {
namespace {

// What its checks say that do not pass.
std::vector<std::string> CheckDetails(const JobFacts& facts) {
  std::vector<std::string> lines;
  for (const auto& [allocation, checks] : facts.evidence.checks) {
    for (const nomad::CheckResult& check : checks) {
      if (check.status == "success") continue;
      lines.push_back(fmt::format("check \"{}\" of allocation {}: {}{}", check.name,
                                  ShortId(allocation), check.status,
                                  check.output.empty() ? "" : ": " + check.output));
    }
  }
  return lines;
}

}  // namespace

std::string FailureWords(const Verdict& verdict) {
  switch (verdict.failure) {
    case Failure::kChecks:
      return "its deployment failed, and its checks do not pass";
    case Failure::kBatch:
    case Failure::kSysbatch:
      return verdict.short_groups.empty() ? "it did not complete"
                                          : DescribeShortGroups(verdict.short_groups);
    default:
      break;
  }
  std::string words = verdict.deployment_failed ? "its deployment failed" : "";
  if (verdict.short_groups.empty()) return words;
  return words + (words.empty() ? "" : ", ") + DescribeShortGroups(verdict.short_groups);
}

std::string_view NowhereWords(const nomad::Job& job) {
  return job.type == "system"
             ? "nothing of it runs: no node fits it"
             : "it has no allocation: no node fits it, or those that finished were collected";
}

std::vector<std::string> TroubleDetails(const JobFacts& facts, const Verdict& verdict) {
  if (verdict.state == JobState::kBlocked) {
    std::vector<std::string> lines;
    for (const nomad::Evaluation& evaluation : facts.evidence.evaluations) {
      if (evaluation.status != "blocked") continue;
      if (IsOfOlderRegister(evaluation, facts.live->job_modify_index)) continue;
      lines = DescribePlacements(evaluation.failed_placements);
    }
    if (lines.empty() && facts.plan) lines = DescribePlacements(facts.plan->failed_placements);
    return lines;
  }
  if (verdict.nowhere && facts.plan) return DescribePlacements(facts.plan->failed_placements);
  if (verdict.state != JobState::kFailed) return {};
  std::vector<std::string> lines = CheckDetails(facts);
  const auto newest = NewestOfVersion(facts.evidence.allocations, *facts.live);
  for (std::string& line : DescribeFailures(newest)) lines.push_back(std::move(line));
  return lines;
}

std::string PromoteCommand(std::string_view name) {
  return "nmgr promote " + repo::TypedTarget(name);
}

std::string PromoteHint(const nomad::JobRef& job) {
  const std::string space = job.name_space.empty() ? "" : job.name_space + "/";
  return PromoteCommand(space + job.id) + " promotes its canaries";
}

}  // namespace nmgr::rollout
