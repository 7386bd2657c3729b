// down: stops jobs and waits until their allocations are gone, so that `nmgr down nas && umount`
// works.
#include <memory>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool keep_children = false;
};

ExitCode RunDown(Env& env, const Options& options) {
  if (env.settings.detach && env.settings.purge) {
    env.out.Error({ErrorCode::kUsage, "--detach and --purge exclude each other",
                   "a purge has to wait until the allocations are gone"});
    return kUsage;
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  rollout::Intent intent{rollout::Verb::kDown, env.settings.detach};
  intent.purge = env.settings.purge;
  intent.keep_children = options.keep_children;
  return RunRollout(env, "down", intent, *selection, code);
}

Run MakeDown(OwnOptions& own) {
  const auto options = std::make_shared<Options>();
  own.push_back({0, "keep-children",
                 "leave the running children of periodic and parameterized jobs",
                 &options->keep_children});
  return [options](Env& env) { return RunDown(env, *options); };
}

}  // namespace

Action DownAction() {
  Action action;
  action.name = "down";
  action.summary = "stop jobs and wait until they are gone; -p purges afterwards";
  action.acts = true;
  action.make = MakeDown;
  action.details =
      "The other jobs go first, then the infra jobs one by one, the last one first.\n"
      "Running children of periodic and parameterized jobs are stopped too. What is\n"
      "stopped is recorded: `nmgr up --restore` brings it back.\n"
      "\n"
      "  nmgr down nas && sudo umount /mnt/nas\n";
  return action;
}

}  // namespace nmgr::actions
