// up: brings every selected job to its spec. --restore: what `down` stopped, and only that.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool again = false;
  bool promote = false;
  bool restore = false;
  bool list = false;
  std::optional<std::string> forget;  // "": all that cannot come back
};

nomad::JobRef RefOf(const repo::SelectedJob& job) {
  const jobspec::JobHeader& header = job.spec->parsed.header;
  return {header.id, header.name_space, header.region};
}

// The targets, or without any every spec of the repository.
std::optional<repo::Selection> SelectForRestore(Env& env, ExitCode& code) {
  if (!env.settings.targets.empty()) return SelectTargets(env, code);
  const std::optional<repo::Repo> repo = OpenRepo(env, code);
  if (!repo) return std::nullopt;
  for (const std::string& warning : repo->found.warnings) env.out.Warning(warning);
  return repo::MakeSelection(repo->found.specs, env.settings.repo);
}

// Recorded jobs that no spec describes any more, or not where they ran.
bool ReportMissing(Env& env, const rollout::StoppedRecord& record,
                   const repo::Selection& selection) {
  bool missing = false;
  for (const rollout::StoppedJob& stopped : record.jobs()) {
    std::string hint = "its spec is not in the repository any more";
    const auto matches = [&](const repo::SelectedJob& job) {
      if (job.id() != stopped.ref.id) return false;
      const nomad::JobRef ref = RefOf(job);
      const std::string& name_space =
          ref.name_space.empty() ? env.settings.repo.default_namespace : ref.name_space;
      if (name_space == stopped.ref.name_space) return true;
      hint = fmt::format("it was stopped in namespace {}; try --namespace", stopped.ref.name_space);
      return false;
    };
    if (std::any_of(selection.jobs.begin(), selection.jobs.end(), matches)) continue;
    env.out.Error({ErrorCode::kNotFound,
                   fmt::format("{} was stopped at {} and cannot be brought back", stopped.ref.id,
                               stopped.stopped_at),
                   hint});
    missing = true;
  }
  return missing;
}

ExitCode RunRestore(Env& env) {
  const std::unique_ptr<rollout::StoppedRecord> record = OpenRecord(env);
  if (!record) return kFailed;
  ExitCode code = kDone;
  std::optional<repo::Selection> selection = SelectForRestore(env, code);
  if (!selection) return code;
  if (env.settings.targets.empty() && ReportMissing(env, *record, *selection)) code = kFailed;
  std::erase_if(selection->jobs,
                [&](const repo::SelectedJob& job) { return !record->Holds(RefOf(job)); });
  if (selection->jobs.empty())
    env.out.Notice("the record of stopped jobs holds none to bring back");
  return RunRollout(env, "up", {rollout::Verb::kUp, env.settings.detach}, *selection, code);
}

ExitCode RunUp(Env& env) {
  const auto options = env.settings.Own<Options>();
  if (options.restore) return RunRestore(env);
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  return RunRollout(env, "up", {rollout::Verb::kUp, env.settings.detach}, *selection, code);
}

}  // namespace

Action UpAction() {
  return {
      .name = "up",
      .summary = "bring every selected job to its spec and wait until it is healthy",
      .options = RolloutOptions(
          {{.name = "again",
            .help = "run finished and failed batch jobs once more",
            .value = Switch(&Options::again)},
           {.name = "promote",
            .help = "promote the canaries of jobs that wait for it",
            .value = Switch(&Options::promote)},
           {.name = "restore",
            .help = "bring back what `down` stopped: all of it, or the given targets",
            .value = Switch(&Options::restore)},
           {.name = "list",
            .help = "with --restore: show what it would bring back",
            .value = Switch(&Options::list)},
           {.name = "forget",
            .value_name = "[JOB]",
            .help = "with --restore: forget that job, or all that cannot come back",
            .value = OptionalText(&Options::forget)},
           DetailedExitcodeOption(),
           ResetCountsOption()}),
      .run = RunUp,
      .acts = true,
      .details =
          "Registers what is not registered, stopped, or differs from its spec. Infra jobs\n"
          "go first, one by one in their order, each until it is healthy; then the others,\n"
          "--parallel at a time. A job that has failed and whose spec is unchanged is\n"
          "named and left alone: `nmgr down JOB` and `nmgr up JOB` start it again.\n"
          "\n"
          "  nmgr up all\n"
          "  nmgr -n up changed:HEAD~1    what the last commit would change\n"
          "  nmgr up --restore            after maintenance: what `nmgr down` stopped\n",
  };
}

}  // namespace nmgr::actions
