// plan: what `up` would change, as Nomad's own plan says. Changes nothing.
#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/plan_view.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

ExitCode RunPlan(Env& env) {
  const auto view = env.settings.Own<report::PlanView>();
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const rollout::Questions questions{.plan = rollout::PlanNeed::kAll,
                                     .reset_counts = env.settings.reset_counts,
                                     .keep_job = false};
  const auto facts = Gather(env, questions, *selection, code);
  if (!facts) return code;
  report::ReportSpecs(env.out, *facts, questions.spec);
  const report::PlanCounts counts = report::CountPlans(*facts);
  report::ReportPlans(env.out, *facts, counts, view);
  if (counts.failed != 0) code = kFailed;
  const bool pending =
      counts.added + counts.changed != 0 || counts.troubled.contains(rollout::JobState::kKnownBad);
  if (code == kDone && pending && env.settings.detailed_exitcode) code = kChangesPending;
  return code;
}

}  // namespace

Action PlanAction() {
  return {
      .name = "plan",
      .summary = "show what `up` would change, as Nomad's own plan says",
      .alias = "diff",
      .options = {{.name = "show-secrets",
                   .help = "show env values, templates and what is named like a password",
                   .value = Switch(&report::PlanView::show_secrets)},
                  {.name = "all-fields",
                   .help = "also the defaults of what is new",
                   .value = Switch(&report::PlanView::all_fields)},
                  ParallelOption(),
                  TimeoutOption(),
                  ResetCountsOption(),
                  NoCacheOption(),
                  DetailedExitcodeOption()},
      .run = RunPlan,
      .details =
          "Exits with 0 whether or not something would change; with --detailed-exitcode\n"
          "changes are 2. Changes nothing.\n"
          "\n"
          "  nmgr plan all\n"
          "  nmgr diff changed:HEAD~1\n",
      .finds = true,
      .documents = report::PlanShapes(),
  };
}

}  // namespace nmgr::actions
