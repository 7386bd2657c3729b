// What `plan` shows: of each job what `up` would change, and of all a line of counts.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "nmgr/report/diff_view.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::report {

struct PlanCounts {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  // Registered as their specs say, and not running so: by state.
  std::map<rollout::JobState, std::size_t> troubled;
  std::size_t unplaceable = 0;
  std::size_t failed = 0;  // without a plan
};
PlanCounts CountPlans(const std::vector<rollout::JobFacts>& jobs);

struct PlanView {
  bool show_secrets = false;
  bool all_fields = false;
  std::string reveal_hint = DiffViewOptions().reveal_hint;
};

// What the plan of the job would change (RenderPlan). A plan is a text of the server's: what is a
// secret of this run is hidden by its value, too.
std::string PlanText(const Reporter& out, const rollout::JobFacts& job, const PlanView& view,
                     const Painter& paint);

// The same, beside what a run is otherwise about: on stderr where stdout is for a document. Nothing
// without a plan.
void ShowPlanBeside(Reporter& out, const rollout::JobFacts& job, std::string reveal_hint);

void ReportPlans(Reporter& out, const std::vector<rollout::JobFacts>& jobs,
                 const PlanCounts& counts, const PlanView& view);

std::vector<JsonShape> PlanShapes();

}  // namespace nmgr::report
