// revert: one job to an earlier version of it.
#include <optional>
#include <string>

#include "actions/all_actions.h"
#include "actions/back_run.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/numbers.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

struct RevertOptions {
  std::optional<std::string> version;
};

ExitCode RefuseUsage(Env& env, std::string message, std::string hint) {
  env.out.Error({ErrorCode::kUsage, std::move(message), std::move(hint)});
  return kUsage;
}

ExitCode RunRevert(Env& env) {
  const Settings& settings = env.settings;
  if (settings.targets.size() != 1) {
    return RefuseUsage(env, "revert takes one job", "nmgr revert JOB [--version N]");
  }
  const auto options = settings.Own<RevertOptions>();
  std::optional<std::uint64_t> version;
  if (options.version) {
    version = WholeNumber<std::uint64_t>(*options.version);
    if (!version)
      return RefuseUsage(env, "--version takes a number of Nomad's", "nmgr history JOB");
  }
  const std::string word(repo::WithoutJobPrefix(settings.targets.front()));
  ExitCode code = kDone;
  const auto ref = LocateNamed(env, word, code);
  if (!ref) return code;
  return RunBack(env, rollout::Verb::kRevert, "",
                 [&](rollout::Progress& progress, const rollout::BackOptions& back,
                     const rollout::RolloutOptions& rollout) {
                   return rollout::Revert(*ref, word, version, env.jobs, env.clock, progress, back,
                                          rollout);
                 });
}

}  // namespace

Action RevertAction() {
  return {
      .name = "revert",
      .summary = "bring a job back to an earlier version of it, and wait",
      .argument_help = "JOB",
      .options = {DryRunOption(),
                  DetachOption(),
                  TimeoutOption(),
                  StrictOption(),
                  DetailedExitcodeOption(),
                  {.name = "job-version",
                   .value_name = "N",
                   .help = "the version to go back to, also as --version N; else the newest one "
                           "before it that was stable",
                   .value = Text(&RevertOptions::version)},
                  EventsOption(),
                  NoLogsOption()},
      .run = RunRevert,
      .acts = true,
      .details =
          "JOB is an ID, or namespace/ID; no spec is read. What changes is shown; -n shows\n"
          "it and does nothing. Where somebody else changes the job meanwhile, it is\n"
          "refused. The files stay as they are: the next `nmgr up` registers what they say.\n"
          "\n"
          "  nmgr revert web\n"
          "  nmgr revert web --version 3\n",
      .documents = report::RolloutShapes(),
  };
}

}  // namespace nmgr::actions
