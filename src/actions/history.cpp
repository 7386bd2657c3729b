// history: the runs that wrote to Nomad, as their journals tell.
#include <string>
#include <utility>
#include <vector>

#include "actions/all_actions.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/history_view.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::actions {
namespace {

// A journal that cannot be read is told of and passed over.
std::vector<rollout::PastRun> LoadRuns(Env& env, const std::vector<std::string>& ids,
                                       ExitCode& code) {
  std::vector<rollout::PastRun> runs;
  for (const std::string& id : ids) {
    auto run = rollout::LoadRun(env.state_folder, id, env.files);
    if (run) {
      runs.push_back(*std::move(run));
    } else {
      env.out.Warning(run.error().message);
      code = kFailed;
    }
  }
  return runs;
}

ExitCode ShowRun(Env& env, const std::string& id) {
  const auto run = rollout::LoadRun(env.state_folder, id, env.files);
  if (!run) {
    const bool absent = run.error().code == ErrorCode::kNotFound;
    env.out.Error(absent ? Error{ErrorCode::kNotFound, "there is no run " + id + " on record here",
                                 "`nmgr history` shows those that are"}
                         : run.error());
    return absent ? kNoSuchTarget : kFailed;
  }
  report::ReportRun(env.out, *run);
  return kDone;
}

ExitCode RunHistory(Env& env) {
  const std::vector<std::string>& words = env.settings.targets;
  if (words.size() > 1) {
    env.out.Error({ErrorCode::kUsage, "history takes one run or one job"});
    return kUsage;
  }
  if (!words.empty()) return ShowRun(env, words.front());
  const auto ids = rollout::RunIds(env.state_folder, env.files);
  if (!ids) {
    env.out.Error(ids.error());
    return kFailed;
  }
  ExitCode code = kDone;
  report::ReportRuns(env.out, LoadRuns(env, *ids, code));
  return code;
}

}  // namespace

Action HistoryAction() {
  return {
      .name = "history",
      .summary = "show the runs that wrote to Nomad, or one of them",
      .argument_help = "[RUN]",
      .run = RunHistory,
      .needs_nomad = false,
      .details =
          "Every run that writes leaves a journal in the state folder: who started it, with\n"
          "which arguments, from which commit (a + behind it: the files differed from it),\n"
          "and of each job what was done, from which version to which, and how it ended.\n"
          "The last 200 are kept.\n"
          "\n"
          "  nmgr history                  all runs, the newest first\n"
          "  nmgr history 261126-122644    one of them, job by job\n",
      .documents = report::HistoryShapes(),
  };
}

}  // namespace nmgr::actions
