// restart: the allocations of running jobs, where they are.
#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

struct RestartOptions {
  bool reschedule = false;
};

ExitCode RunRestart(Env& env) {
  ExitCode code = kDone;
  const bool reschedule = env.settings.Own<RestartOptions>().reschedule;
  if (reschedule && !env.settings.task.empty()) {
    env.out.Error({ErrorCode::kUsage, "--reschedule stops whole allocations, not single tasks",
                   "leave out --task, or restart the task in place"});
    return kUsage;
  }
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  rollout::Intent intent{rollout::Verb::kRestart, env.settings.detach};
  intent.task = env.settings.task;
  intent.reschedule = reschedule;
  return RunRollout(env, intent, *selection, code);
}

}  // namespace

Action RestartAction() {
  return {
      .name = "restart",
      .summary = "restart running jobs in place, one allocation after another",
      .options = {DryRunOption(),
                  DetachOption(),
                  ParallelOption(),
                  TimeoutOption(),
                  FailFastOption(),
                  StrictOption(),
                  EventsOption(),
                  TaskOption(),
                  {.name = "reschedule",
                   .help = "stop each allocation, and have it placed anew",
                   .value = Switch(&RestartOptions::reschedule)},
                  NoLogsOption()},
      .run = RunRestart,
      .acts = true,
      .details =
          "Of each job one allocation after another, on the node where it is: the next one\n"
          "when its tasks have run for the group's min_healthy_time. The first that does\n"
          "not come up again ends its job; the others go on, --parallel jobs at a time,\n"
          "infra jobs first and one by one. Nothing is registered, so a changed spec stays\n"
          "for `nmgr up`; a job that has failed is treated as `nmgr up` would. What is not\n"
          "running is named and left as it is. With --reschedule each allocation is\n"
          "stopped, and the next one's turn comes when another one, maybe on another node,\n"
          "has run for that long in its stead.\n"
          "\n"
          "  nmgr restart web\n"
          "  nmgr -n restart nas          which allocations that would be\n"
          "  nmgr restart --task nginx web\n"
          "  nmgr restart --reschedule web\n",
      .documents = report::RolloutShapes(),
  };
}

}  // namespace nmgr::actions
