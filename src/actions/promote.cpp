// promote: the canaries of one job.
#include "nmgr/rollout/promote.h"

#include <string>

#include "actions/all_actions.h"
#include "actions/back_run.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

ExitCode RunPromote(Env& env) {
  const Settings& settings = env.settings;
  if (settings.targets.size() != 1) {
    env.out.Error({ErrorCode::kUsage, "promote takes one job", "nmgr promote JOB"});
    return kUsage;
  }
  const std::string word(repo::WithoutJobPrefix(settings.targets.front()));
  ExitCode code = kDone;
  const auto ref = LocateNamed(env, word, code);
  if (!ref) return code;
  return RunBack(env, rollout::Verb::kPromote, "",
                 [&](rollout::Progress& progress, const rollout::BackOptions& back,
                     const rollout::RolloutOptions& options) {
                   return rollout::Promote(*ref, word, env.jobs, env.clock, progress, back,
                                           options);
                 });
}

}  // namespace

Action PromoteAction() {
  return {
      .name = "promote",
      .summary = "promote the canaries of a job once all are healthy, and wait",
      .argument_help = "JOB",
      .options = RolloutOptions({NoLogsOption()}),
      .run = RunPromote,
      .acts = true,
      .details =
          "JOB is an ID, or namespace/ID; no spec is read. Canaries that are not healthy\n"
          "yet are waited for. Only the deployment that is under way now is promoted: one\n"
          "that takes its place meanwhile is refused. Where there is nothing to promote,\n"
          "that is said, and the exit code is 1. `nmgr undo` cannot take it back; see\n"
          "`nmgr revert`.\n"
          "\n"
          "  nmgr promote web\n"
          "  nmgr -n promote prod/web\n",
      .documents = report::RolloutShapes(),
  };
}

}  // namespace nmgr::actions
