// serve: keeps the jobs of git repositories on the cluster.
#include "actions/all_actions.h"
#include "actions/serve_loop.h"
#include "actions/serve_sync.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/serve_view.h"
#include "nmgr/sync/declared.h"

namespace nmgr::actions {
namespace {

struct ServeOptions {
  bool once = false;
  bool no_lease = false;
};

ExitCode RunServe(Env& env) {
  const auto options = env.settings.Own<ServeOptions>();
  if (const auto checked = CheckServe(env); !checked) {
    env.out.Error(checked.error());
    return ExitCodeFor(checked.error().code);
  }
  if (options.no_lease && sync::MayDeclare(env.settings.serve)) {
    env.out.Warning(
        "--no-lease does without Nomad's variables: no source that stands in one is kept");
  }
  return options.once ? ServeOnce(env, options.no_lease) : ServeLoop(env, options.no_lease);
}

}  // namespace

Action ServeAction() {
  return {
      .name = "serve",
      .summary = "keep the jobs of git repositories on the cluster",
      .arguments = Arguments::kNone,
      .argument_help = "",
      .options = {{.name = "once",
                   .help = "one sync of every source, and then the end",
                   .value = Switch(&ServeOptions::once)},
                  {.name = "no-lease",
                   .help = "without Nomad's variables: this copy is the only one",
                   .value = Switch(&ServeOptions::no_lease)},
                  DryRunOption(),
                  ParallelOption(),
                  TimeoutOption(),
                  DetailedExitcodeOption(),
                  NoLogsOption(),
                  NoOrderOption(),
                  NoCacheOption()},
      .run = RunServe,
      .acts = true,
      .details =
          "Fetches each [source.NAME] of the config file, evaluates its specs, and\n"
          "registers what differs and nothing holds. Every job has a verdict and a reason.\n"
          "Nothing is purged; what somebody stopped, changed or registered before is left\n"
          "as it is until it is confirmed.\n"
          "\n"
          "  nmgr -n serve --once    what a sync would do\n"
          "  nmgr serve --once       one sync, for cron and CI\n"
          "  nmgr serve              until it is told to end\n",
      .documents = report::ServeShapes(),
      .stays = true,
  };
}

}  // namespace nmgr::actions
