// reconcile: runs deployed jobs again whose images are not those of their specs.
#include <memory>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

struct ReconcileOptions {
  bool any_change = false;
};

ExitCode RunReconcile(Env& env) {
  const auto options = env.settings.Own<ReconcileOptions>();
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOn, false, {.heeds_order = true});
  if (!selection) return code;
  rollout::Intent intent{rollout::Verb::kReconcile, env.settings.detach};
  intent.include_infra = env.settings.include_infra;
  intent.any_change = options.any_change;
  intent.reset_counts = env.settings.reset_counts;
  return RunRollout(env, intent, *selection, code);
}

}  // namespace

Action ReconcileAction() {
  return {
      .name = "reconcile",
      .summary = "run deployed jobs again whose images differ from their specs",
      .options =
          RolloutOptions({{.name = "any-change",
                           .help = "every difference that Nomad's plan shows, not only images",
                           .value = Switch(&ReconcileOptions::any_change)},
                          ResetCountsOption(),
                          NoLogsOption(),
                          NoOrderOption(),
                          NoCacheOption()}),
      .run = RunReconcile,
      .acts = true,
      .details =
          "Images are compared by group and task. Jobs that are not registered or stopped\n"
          "are left as they are. A spec whose deployment has failed, or was rolled back, is\n"
          "named as known bad and not registered again until it changes; nmgr up JOB tries\n"
          "it once more.\n"
          "\n"
          "  nmgr -n reconcile all        what a merged image update would restart\n"
          "  nmgr reconcile all\n",
      .documents = report::RolloutShapes(),
  };
}

}  // namespace nmgr::actions
