// history: the runs that wrote to Nomad, as their journals tell.
#include <string>
#include <utility>
#include <vector>

#include "actions/all_actions.h"
#include "actions/back_run.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/history_view.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::actions {
namespace {

struct HistoryOptions {
  bool diff = false;
};

// A journal that cannot be read is told of and passed over; one that went away meanwhile, or was
// never begun, is none.
std::vector<rollout::PastRun> LoadRuns(Env& env, const std::vector<std::string>& ids,
                                       ExitCode& code) {
  std::vector<rollout::PastRun> runs;
  for (const std::string& id : ids) {
    auto run = rollout::LoadRun(env.state_folder, id, env.files);
    if (run) {
      runs.push_back(*std::move(run));
    } else if (run.error().code != ErrorCode::kNotFound) {
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

// A job that is called like a run is meant by job:NAME.
bool IsRun(Env& env, const std::string& word) {
  return rollout::IsRunId(word) && (env.files.Stat(rollout::RunPath(env.state_folder, word)) ||
                                    repo::WithoutJobPrefix(word) == word);
}

ExitCode ShowJob(Env& env, const std::string& word, bool diff) {
  report::VersionHistory history;
  history.name = repo::WithoutJobPrefix(word);
  history.diff = diff;
  const auto ref = LocateJob(env, history.name);
  if (!ref) {
    env.out.Error(ref.error().code == ErrorCode::kNotFound
                      ? Error{ErrorCode::kNotFound,
                              history.name + " is neither a run on record nor "
                                             "a job of Nomad's",
                              "`nmgr history` shows the runs; see --namespace, NOMAD_NAMESPACE"}
                      : ref.error());
    return ref.error().code == ErrorCode::kNotFound ? kNoSuchTarget
                                                    : ExitCodeFor(ref.error(), env.contact);
  }
  history.ref = *ref;
  auto versions = env.jobs.ListVersions(*ref, {TimePoint::max(), env.stop});
  if (!versions) return EndWith(env, versions.error());
  history.versions = *std::move(versions);
  if (history.ref.name_space.empty()) {
    history.ref.name_space = env.settings.repo.default_namespace;
  }
  const auto ids = rollout::RunIds(env.state_folder, env.files);
  ExitCode code = kDone;
  if (ids) history.runs = LoadRuns(env, *ids, code);
  std::erase_if(history.runs, [&env](const auto& run) { return !IsHere(env, run); });
  report::ReportVersions(env.out, history);
  return code;
}

ExitCode RunHistory(Env& env) {
  const std::vector<std::string>& words = env.settings.targets;
  if (words.size() > 1) {
    env.out.Error({ErrorCode::kUsage, "history takes one run or one job"});
    return kUsage;
  }
  const bool diff = env.settings.Own<HistoryOptions>().diff;
  if (!words.empty() && IsRun(env, words.front()) && !diff) return ShowRun(env, words.front());
  if (!words.empty()) return ShowJob(env, words.front(), diff);
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
      .summary = "show the runs that wrote to Nomad, or the versions of a job",
      .argument_help = "[RUN|JOB]",
      .options = {{.name = "diff",
                   .help = "of a job: what each version changed",
                   .value = Switch(&HistoryOptions::diff)}},
      .run = RunHistory,
      .needs_nomad = false,
      .details =
          "Every run that writes leaves a journal in the state folder: who started it, with\n"
          "which arguments, from which commit (a + behind it: the files differed from it),\n"
          "and of each job what was done, from which version to which, and how it ended.\n"
          "The last 200 are kept.\n"
          "\n"
          "  nmgr history                  all runs, the newest first\n"
          "  nmgr history 261126-122644    one of them, job by job\n"
          "  nmgr history web              Nomad's versions of a job, and the runs that\n"
          "                                made them; job:web where a run is called so\n",
      .documents = report::HistoryShapes(),
  };
}

}  // namespace nmgr::actions
