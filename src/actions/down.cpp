// down: stops jobs and waits until their allocations are gone, so that `nmgr down nas && umount`
// works.
#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

struct DownOptions {
  bool purge = false;
  bool keep_children = false;
};

ExitCode RunDown(Env& env) {
  const auto options = env.settings.Own<DownOptions>();
  if (env.settings.detach && options.purge) {
    env.out.Error({ErrorCode::kUsage, "--detach and --purge exclude each other",
                   "a purge has to wait until the allocations are gone"});
    return kUsage;
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(
      env, code, kFailed, VariableCheck::kOff, /*allow_orphans=*/true, {.heeds_order = true});
  if (!selection) return code;
  rollout::Intent intent{rollout::Verb::kDown, env.settings.detach};
  intent.purge = options.purge;
  intent.keep_children = options.keep_children;
  return RunRollout(env, intent, *selection, code);
}

}  // namespace

Action DownAction() {
  return {
      .name = "down",
      .summary = "stop jobs and wait until they are gone; -p purges afterwards",
      .options =
          RolloutOptions({{.name = "purge",
                           .letter = 'p',
                           .help = "purge jobs once they are stopped",
                           .value = Switch(&DownOptions::purge)},
                          {.name = "keep-children",
                           .help = "leave the running children of periodic and parameterized jobs",
                           .value = Switch(&DownOptions::keep_children)},
                          NoOrderOption()}),
      .run = RunDown,
      .acts = true,
      .details =
          "The other jobs go first, then the infra jobs one by one, the last one first.\n"
          "Running children of periodic and parameterized jobs are stopped too, to the\n"
          "last descendant. What is stopped is recorded: `nmgr up --restore` brings it\n"
          "back. job:ID and job:NAMESPACE/ID also name a job that no spec describes\n"
          "(`nmgr list --orphans`), the second one whatever its spec says.\n"
          "\n"
          "  nmgr down nas && sudo umount /mnt/nas\n",
      .documents = report::RolloutShapes(),
  };
}

}  // namespace nmgr::actions
