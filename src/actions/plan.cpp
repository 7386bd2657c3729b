// plan: what `up` would change, as Nomad's own plan says. Changes nothing.
#include "actions/all_actions.h"
#include "actions/planned.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/plan_view.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

struct PlanOptions {
  bool show_secrets = false;
  bool all_fields = false;
  std::string out;  // the file in which the plan is kept; ""
};

ExitCode RunPlan(Env& env) {
  const auto options = env.settings.Own<PlanOptions>();
  const bool keeps = !options.out.empty();
  if (keeps) {
    if (const auto may = MayKeep(env, options.out); !may) {
      env.out.Error(may.error());
      return ExitCodeFor(may.error().code);
    }
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const rollout::Questions questions{.plan = rollout::PlanNeed::kAll,
                                     .reset_counts = env.settings.reset_counts,
                                     .keep_job = keeps,
                                     .keep_diff = keeps,
                                     .may_recall = !keeps};
  const auto facts = Gather(env, questions, *selection, code);
  if (!facts) return code;
  report::ReportSpecs(env.out, *facts, questions.spec);
  const report::PlanCounts counts = report::CountPlans(*facts);
  report::PlanView view;
  view.show_secrets = options.show_secrets;
  view.all_fields = options.all_fields;
  report::ReportPlans(env.out, *facts, counts, view);
  if (counts.failed != 0) code = kFailed;
  if (keeps) {
    if (const auto kept = KeepPlanned(env, options.out, selection->jobs, *facts); !kept) {
      env.out.Error(kept.error());
      return kFailed;
    }
  }
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
                   .value = Switch(&PlanOptions::show_secrets)},
                  {.name = "all-fields",
                   .help = "also the defaults of what is new",
                   .value = Switch(&PlanOptions::all_fields)},
                  {.name = "out",
                   .value_name = "FILE",
                   .help = "keep the plan there, for `nmgr up` to carry out",
                   .value = Text(&PlanOptions::out)},
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
          "  nmgr diff changed:HEAD~1\n"
          "\n"
          "--out keeps what `up` would do: of each job the move, its index in Nomad and a\n"
          "hash of what would be registered, no document. `nmgr up --plan FILE` carries out\n"
          "just that, or nothing where a spec, a variable, [order] or a job has moved.\n"
          "\n"
          "  nmgr plan --out merge.plan changed:main...\n",
      .finds = true,
      .documents = report::PlanShapes(),
  };
}

}  // namespace nmgr::actions
