// up: brings every selected job to its spec. --restore: what `down` stopped, and only that.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "actions/all_actions.h"
#include "actions/planned.h"
#include "actions/rollout_run.h"
#include "actions/shown_names.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/record_view.h"

namespace nmgr::actions {
namespace {

struct UpOptions {
  bool again = false;
  bool promote = false;
  bool restore = false;
  bool list = false;
  std::optional<std::string> forget;  // "": all of it
  std::string plan;                   // the file of a kept plan; ""
};

rollout::Intent IntentOf(const Env& env, const UpOptions& options) {
  rollout::Intent intent{rollout::Verb::kUp, env.settings.detach};
  intent.again = options.again;
  intent.promote = options.promote;
  intent.reset_counts = env.settings.reset_counts;
  return intent;
}

// The targets, or without any every spec of the repository. `complete`: no spec can hide from it.
std::optional<repo::Selection> SelectForRestore(Env& env, ExitCode& code, bool& complete) {
  complete = false;
  if (!env.settings.targets.empty()) return SelectTargets(env, code);
  const std::optional<repo::Repo> repo = OpenRepo(env, code);
  if (!repo) return std::nullopt;
  for (const std::string& warning : repo->found.warnings) env.out.Warning(warning);
  for (const std::string& text : repo->found.unreadable) {
    env.out.Error({ErrorCode::kIo, text, "the spec of a stopped job may hide there"});
    code = kFailed;
  }
  complete = repo->found.warnings.empty() && repo->found.unreadable.empty();
  return repo::MakeSelection(repo->found.specs, env.settings.repo);
}

// What these jobs of a record are shown as.
std::vector<std::string> ShownIn(const rollout::StoppedRecord& record,
                                 const std::vector<rollout::StoppedJob>& jobs) {
  std::vector<nomad::JobRef> refs;
  std::vector<nomad::JobRef> all;
  for (const rollout::StoppedJob& job : jobs) refs.push_back(job.ref);
  for (const rollout::StoppedJob& job : record.jobs()) all.push_back(job.ref);
  return ShownNames(refs, all);
}

// Recorded jobs that no spec describes any more are told of once and then forgotten; those that
// were stopped in another namespace can still come back.
bool ReportMissing(Env& env, rollout::StoppedRecord& record, const repo::Selection& selection,
                   bool complete) {
  bool missing = false;
  for (const rollout::StoppedJob& stopped : record.jobs()) {
    std::string hint = "its spec is not in the repository any more";
    bool forget = complete && !env.settings.dry_run;
    const auto matches = [&](const repo::SelectedJob& job) {
      if (job.id() != stopped.ref.id) return false;
      const nomad::JobRef ref = rollout::RefOf(job.spec->parsed.header);
      const std::string& name_space =
          ref.name_space.empty() ? env.settings.repo.default_namespace : ref.name_space;
      if (name_space == stopped.ref.name_space) return true;
      hint = fmt::format("it was stopped in namespace {}; try --namespace", stopped.ref.name_space);
      forget = false;
      return false;
    };
    if (std::any_of(selection.jobs.begin(), selection.jobs.end(), matches)) continue;
    if (forget) hint += "; it is forgotten now";
    env.out.Error(
        {ErrorCode::kNotFound,
         fmt::format("{} was stopped at {} and cannot be brought back",
                     ShownIn(record, {stopped}).front(), report::StopTime(stopped.stopped_at)),
         hint});
    missing = true;
    if (!forget) continue;
    if (auto removed = record.Remove(stopped.ref); !removed) {
      env.out.Warning(removed.error().message);
    }
  }
  return missing;
}

bool IsCalled(const rollout::StoppedJob& job, const std::string& name) {
  return repo::WithoutJobPrefix(name) == job.ref.id ||
         name == job.ref.name_space + "/" + job.ref.id;
}

// Recorded jobs that `names` name, by ID; without names all of them. Nothing, and an error,
// where the record does not hold one of them.
std::optional<std::vector<rollout::StoppedJob>> Named(Env& env,
                                                      const rollout::StoppedRecord& record,
                                                      const std::vector<std::string>& names) {
  std::vector<rollout::StoppedJob> jobs = record.jobs();
  if (names.empty()) return jobs;
  std::vector<std::string> unknown;
  std::vector<rollout::StoppedJob> named;
  for (const std::string& name : names) {
    const auto end = std::stable_partition(
        jobs.begin(), jobs.end(), [&name](const auto& job) { return !IsCalled(job, name); });
    if (end == jobs.end()) unknown.push_back(name);
    std::move(end, jobs.end(), std::back_inserter(named));
    jobs.erase(end, jobs.end());
  }
  if (unknown.empty()) return named;
  env.out.Error({ErrorCode::kNotFound,
                 "the record of stopped jobs does not hold " + Join(unknown, ", "),
                 "`nmgr up --restore --list` shows what it holds"});
  return std::nullopt;
}

ExitCode ListRecord(Env& env, const rollout::StoppedRecord& record,
                    const std::vector<std::string>& names) {
  const auto named = Named(env, record, names);
  if (!named) return kNoSuchTarget;
  report::ReportStopped(env.out, record, *named);
  return kDone;
}

ExitCode Forget(Env& env, rollout::StoppedRecord& record, const std::vector<std::string>& names) {
  const auto named = Named(env, record, names);
  if (!named) return kNoSuchTarget;
  const std::vector<rollout::StoppedJob>& jobs = *named;
  ExitCode code = kDone;
  std::vector<rollout::StoppedJob> forgotten;
  const std::vector<std::string> shown = ShownIn(record, jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const rollout::StoppedJob& job = jobs[i];
    if (!env.settings.dry_run) {
      if (auto removed = record.Remove(job.ref); !removed) {
        env.out.Error(removed.error());
        code = kFailed;
        continue;
      }
    }
    report::TellForgotten(env.out, shown[i], env.settings.dry_run);
    forgotten.push_back(job);
  }
  report::ReportForgotten(env.out, record, forgotten, env.settings.dry_run);
  return code;
}

ExitCode Restore(Env& env, rollout::StoppedRecord& record, const UpOptions& options) {
  ExitCode code = kDone;
  bool complete = false;
  std::optional<repo::Selection> selection = SelectForRestore(env, code, complete);
  if (!selection) return code;
  if (env.settings.targets.empty() && ReportMissing(env, record, *selection, complete)) {
    code = kFailed;
  }
  std::erase_if(selection->jobs, [&](const repo::SelectedJob& job) {
    return !record.Holds(rollout::RefOf(job.spec->parsed.header));
  });
  if (selection->jobs.empty() && code == kDone) report::TellNothingStopped(env.out, record);
  return RunRollout(env, IntentOf(env, options), *selection, code);
}

// What a plan has decided cannot be decided otherwise beside it.
ExitCode RunPlanFile(Env& env, const UpOptions& options) {
  const Settings& settings = env.settings;
  const bool decides = options.again || options.promote || options.restore || options.list ||
                       options.forget || settings.reset_counts;
  const bool selects =
      !settings.targets.empty() || !settings.narrowed.empty() || !settings.excluded.empty();
  if (!decides && !selects) return RunPlanned(env, options.plan);
  env.out.Error({ErrorCode::kUsage,
                 selects ? "up --plan takes no targets: the plan has its own"
                         : "up --plan goes with none of --again, --promote, --restore, --list, "
                           "--forget and --reset-counts",
                 "`nmgr plan --out FILE TARGET...` makes a plan"});
  return kUsage;
}

ExitCode RunUp(Env& env) {
  const auto options = env.settings.Own<UpOptions>();
  if (!options.plan.empty()) return RunPlanFile(env, options);
  if (options.list && !options.restore) {
    env.out.Error({ErrorCode::kUsage, "up --list needs --restore",
                   "`nmgr up --restore --list` shows what would be brought back"});
    return kUsage;
  }
  if (options.restore || options.forget) {
    const std::unique_ptr<rollout::StoppedRecord> record = OpenRecord(env);
    if (!record) return kFailed;
    std::vector<std::string> names = env.settings.targets;
    if (options.forget && !options.forget->empty()) names.insert(names.begin(), *options.forget);
    if (options.list) return ListRecord(env, *record, names);
    return options.forget ? Forget(env, *record, names) : Restore(env, *record, options);
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOn, false, {.heeds_order = true});
  if (!selection) return code;
  return RunRollout(env, IntentOf(env, options), *selection, code);
}

}  // namespace

Action UpAction() {
  return {
      .name = "up",
      .summary = "bring every selected job to its spec and wait until it is healthy",
      .options = RolloutOptions(
          {{.name = "again",
            .help = "run finished and failed batch jobs once more",
            .value = Switch(&UpOptions::again)},
           {.name = "promote",
            .help = "promote the canaries of jobs that wait for it",
            .value = Switch(&UpOptions::promote)},
           {.name = "restore",
            .help = "bring back what `down` stopped: all of it, or the given targets",
            .value = Switch(&UpOptions::restore)},
           {.name = "list",
            .help = "with --restore: only show it",
            .value = Switch(&UpOptions::list)},
           {.name = "forget",
            .value_name = "[JOB]",
            .help = "forget that `down` stopped it: that job, or all of it",
            .value = OptionalText(&UpOptions::forget)},
           {.name = "plan",
            .value_name = "FILE",
            .help = "carry out what `plan --out` kept there, or nothing where it has moved",
            .value = Text(&UpOptions::plan)},
           ResetCountsOption(),
           NoLogsOption(),
           NoOrderOption(),
           NoCacheOption()}),
      .run = RunUp,
      .acts = true,
      .details =
          "Registers what is not registered, stopped, or differs from its spec. Infra jobs\n"
          "go first, one by one in their order, each until it is healthy; then the others,\n"
          "--parallel at a time. A job that is registered as its spec says and does not run\n"
          "so is brought back where that stops nothing that runs, or named with what helps.\n"
          "\n"
          "  nmgr up all\n"
          "  nmgr -n up changed:HEAD~1    what the last commit would change\n"
          "  nmgr up --restore            after maintenance: what `nmgr down` stopped\n"
          "  nmgr up --restore --list     only show what that would be\n"
          "  nmgr up --forget web         leave web stopped\n"
          "  nmgr up --plan merge.plan    just what `nmgr plan --out merge.plan` showed\n",
      .documents = report::UpShapes(),
  };
}

}  // namespace nmgr::actions
