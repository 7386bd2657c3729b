// How plans and results of up, down and reconcile look, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/report/reporter.h"
#include "nmgr/rollout/execute.h"

namespace nmgr::actions {

// Why a step is made, for one line: "new", "count 3 -> 1, env.DB_PORT", "nginx 1.27 -> 1.28 and 2
// other changes: args, count 3 -> 1".
std::string WhyWords(const rollout::JobFacts& job, const rollout::Step& step);

// `text`, and each detail on a line of its own.
std::string WithDetails(std::string text, const std::vector<std::string>& details);

// Tells a person what goes on: "+ web  new", "~ db  count 3 -> 1", "web: 1 of 2 healthy".
class RolloutProgress final : public rollout::Progress {
 public:
  RolloutProgress(report::Reporter& out, const rollout::Intent& intent)
      : out_(out), intent_(intent) {}

  void Started(const rollout::JobFacts& job, const rollout::Step& step) override;
  void Said(const rollout::JobFacts& job, std::string_view what) override;
  void Noticed(const rollout::JobFacts& job, std::string_view what) override;
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override;

 private:
  report::Reporter& out_;
  const rollout::Intent& intent_;
};

// One "[DRY RUN] would ..." line a job that a run would touch, in the order of the waves.
void ReportDryRun(report::Reporter& out, const rollout::Plan& plan,
                  const std::vector<rollout::JobFacts>& facts);

// One line a job that was touched, the totals, and last a line a job that failed or was left alone.
// In a dry run only the totals, as a notice: the lines have been said.
void ReportSummary(report::Reporter& out, const rollout::Plan& plan,
                   const std::vector<rollout::JobFacts>& facts,
                   const std::vector<rollout::JobResult>& results, bool dry_run);

// {"action", "dry_run", "jobs": [{"id", "namespace", "region", "path", "infra", "state", "move",
// "reason", "images", "outcome", "summary", "details", ...}], "exit_code"}
nlohmann::json RolloutJson(std::string_view name, bool dry_run, const rollout::Plan& plan,
                           const std::vector<rollout::JobFacts>& facts,
                           const std::vector<rollout::JobResult>& results, ExitCode code);

}  // namespace nmgr::actions
