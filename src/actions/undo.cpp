// undo: takes back exactly what one run did.
#include <fmt/format.h>

#include <optional>
#include <string>

#include "actions/all_actions.h"
#include "actions/back_run.h"
#include "actions/past_specs.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/report/history_view.h"
#include "nmgr/report/notices.h"
#include "nmgr/report/rollout.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::actions {
namespace {

using rollout::PastRun;

Expected<PastRun> Load(Env& env, const std::string& id) {
  auto run = rollout::LoadRun(env.state_folder, id, env.files);
  if (!run && run.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kNotFound, "there is no run " + id + " on record here",
                 "`nmgr history` shows those that are"};
  }
  return run;
}

// The newest run that wrote to this Nomad; of an undo that was cut off, what it was to take back.
Expected<PastRun> LastRun(Env& env) {
  TRY_ASSIGN(const auto ids, rollout::RunIds(env.state_folder, env.files));
  for (const std::string& id : ids) {
    auto run = rollout::LoadRun(env.state_folder, id, env.files);
    if (!run && run.error().code != ErrorCode::kNotFound) env.out.Warning(run.error().message);
    if (!run) continue;
    if (!IsHere(env, *run)) continue;
    const bool cut_off = run->ended.empty() || run->interrupted;
    if (cut_off && !run->head.undoes.empty()) return Load(env, run->head.undoes);
    if (run->Wrote()) return run;
  }
  return Error{ErrorCode::kNotFound, "there is no run to take back: none that wrote to " +
                                         nomad::DisplayAddress(env.settings.connection) +
                                         " is on record here"};
}

ExitCode Fail(Env& env, const Error& error) {
  env.out.Error(error);
  return error.code == ErrorCode::kNotFound ? kNoSuchTarget : ExitCodeFor(error.code);
}

ExitCode RunUndo(Env& env) {
  const std::vector<std::string>& words = env.settings.targets;
  if (words.size() > 1) return Fail(env, {ErrorCode::kUsage, "undo takes one run"});
  const auto run = words.empty() ? LastRun(env) : Load(env, words.front());
  if (!run) return Fail(env, run.error());
  if (!IsHere(env, *run)) {
    return Fail(env, {ErrorCode::kUsage,
                      fmt::format("the run {} wrote to {}, region {}", run->head.id,
                                  run->head.address, run->head.region),
                      "see --address, --region and --cluster"});
  }
  report::TellTakenBack(env.out, run->head.id, report::CommandOf(*run));
  PastSpecs past_specs(env);
  return RunBack(env, rollout::Verb::kUndo, run->head.id,
                 [&](rollout::Progress& progress, rollout::BackOptions back,
                     const rollout::RolloutOptions& options) {
                   back.past_spec = [&](const auto&... about) { return past_specs.Of(about...); };
                   return rollout::Undo(*run, env.jobs, env.clock, progress, back, options);
                 });
}

}  // namespace

Action UndoAction() {
  return {
      .name = "undo",
      .summary = "take back what a run did",
      .argument_help = "[RUN]",
      .options = RolloutOptions({NoLogsOption()}),
      .run = RunUndo,
      .acts = true,
      .details =
          "The last run that wrote to this Nomad, or the given one (`nmgr history`). Its\n"
          "jobs go back to the version before the run, the last one first; what the run\n"
          "started is stopped, what it stopped is started. A job that somebody has changed\n"
          "since is refused and named before anything is touched; the others go on, with\n"
          "--strict none. To undo an undo is to do it again.\n"
          "\n"
          "What it purged, or what Nomad keeps no version of any more, is registered again\n"
          "from the commit that had brought it, where nothing was uncommitted then, the\n"
          "commit is still there, and its spec comes to the same as then: give the --var\n"
          "and --var-file of that time.\n"
          "\n"
          "  nmgr -n undo                  what that would be\n"
          "  nmgr undo 261126-122644\n",
      .documents = report::RolloutShapes(),
  };
}

}  // namespace nmgr::actions
