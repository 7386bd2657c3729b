// reconcile: runs deployed jobs again whose images are not those of their specs.
#include <memory>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool any_change = false;
};

ExitCode RunReconcile(Env& env, const Options& options) {
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  rollout::Intent intent{rollout::Verb::kReconcile, env.settings.detach};
  intent.include_infra = env.settings.include_infra;
  intent.any_change = options.any_change;
  return RunRollout(env, "reconcile", intent, *selection, code);
}

Run MakeReconcile(OwnOptions& own) {
  const auto options = std::make_shared<Options>();
  own.push_back({0, "any-change", "every difference that Nomad's plan shows, not only images",
                 &options->any_change});
  return [options](Env& env) { return RunReconcile(env, *options); };
}

}  // namespace

Action ReconcileAction() {
  Action action;
  action.name = "reconcile";
  action.summary = "run deployed jobs again whose images differ from their specs";
  action.acts = true;
  action.make = MakeReconcile;
  action.details =
      "Images are compared by group and task. Jobs that are not registered or stopped\n"
      "are left as they are.\n"
      "\n"
      "  nmgr -n reconcile all        what a merged image update would restart\n"
      "  nmgr reconcile all\n";
  return action;
}

}  // namespace nmgr::actions
