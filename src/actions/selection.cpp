#include "nmgr/actions/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/report/faults.h"

namespace nmgr::actions {
namespace {

// Where a base directory that is not there came from decides whose mistake it is.
Error NoBaseDir(const Settings& settings, const Error& cause) {
  const std::string message = fmt::format("no base directory: {}", cause.message);
  if (settings.base_dir_source == Source::kDefault) {
    return Error{
        ErrorCode::kNotFound, message,
        "this is the default; set --base-dir, NMGR_BASE_DIR or base_dir in the config file"};
  }
  const bool from_file = settings.base_dir_source == Source::kConfigFile;
  return Error{from_file ? ErrorCode::kConfig : ErrorCode::kUsage, message,
               fmt::format("it comes from {}", settings.base_dir_place)};
}

Expected<void> CheckVariables(Env& env, const repo::Selection& selection) {
  const jobspec::VariableInput& given = env.settings.variables;
  if (selection.jobs.empty() || (given.flags.empty() && given.files.empty())) return {};
  std::set<std::string> declared;
  for (const repo::SpecPtr& spec : selection.specs) {
    if (!spec->parsed.valid) return {};  // nobody knows what it declares
    declared.insert(spec->parsed.variables.begin(), spec->parsed.variables.end());
  }
  const auto check = [&](const std::string& name, const std::string& origin) -> Expected<void> {
    if (declared.contains(name)) return {};
    const std::vector<std::string> near = NearestNames(name, {declared.begin(), declared.end()});
    return Error{ErrorCode::kUsage,
                 fmt::format("{}: no selected spec declares a variable \"{}\"", origin, name),
                 near.empty() ? std::string() : fmt::format("did you mean {}?", Join(near, ", "))};
  };
  for (const auto& [name, value] : given.flags) TRY(check(name, "--var"));
  for (const Path& path : given.files) {
    for (const std::string& name : jobspec::NamesInVariableFile(path, env.files)) {
      TRY(check(name, path));
    }
  }
  return {};
}

// Where the base directory only helps to tell what a path means, it may be missing.
std::optional<repo::Repo> ReadRepo(Env& env, const repo::TargetRequest& request,
                                   ExitCode& exit_code) {
  const repo::BaseDirNeed need = repo::NeedOfBaseDir(request, env.settings.repo, env.files);
  if (need == repo::BaseDirNeed::kRequired) return OpenRepo(env, exit_code);
  const repo::RepoAccess access{&env.files, &env.processes, SpecContextOf(env), env.stop};
  if (need == repo::BaseDirNeed::kHelpful) {
    if (Expected<repo::Repo> repo = repo::OpenRepo(env.settings.repo, access)) {
      return *std::move(repo);
    }
  }
  return repo::UnopenedRepo(env.settings.repo, access);
}

// For verbs that act.
std::optional<Error> NoSpecsIn(const Settings& settings, const repo::Found& found) {
  if (found.root_unreadable) {
    return NoBaseDir(settings, {ErrorCode::kIo, found.unreadable.front()});
  }
  if (!found.specs.empty()) return std::nullopt;
  return Error{ErrorCode::kNotFound, fmt::format("no job specs below {}", settings.repo.base_dir),
               found.unreadable.empty() ? std::string() : found.unreadable.front()};
}

// What could not be read: for a verb that acts an error, because a job that it should have touched
// may stand there.
void ReportUnreadable(Env& env, const repo::Selection& selection, ExitCode& exit_code) {
  for (const std::string& text : selection.unreadable) {
    if (!env.acts) {
      env.out.Warning(text);
      continue;
    }
    env.out.Error({ErrorCode::kIo, text,
                   "a spec may hide there; ignore_dirs and ignore_files "
                   "pass over what holds none"});
    exit_code = kFailed;
  }
}

}  // namespace

jobspec::SpecContext SpecContextOf(Env& env) {
  return {&env.settings.variables, &env.files, env.home, env.secrets};
}

std::optional<repo::Repo> OpenRepo(Env& env, ExitCode& exit_code) {
  Expected<repo::Repo> repo =
      repo::OpenRepo(env.settings.repo, {&env.files, &env.processes, SpecContextOf(env), env.stop});
  if (env.stop.stop_requested()) {
    exit_code = kInterrupted;
    return std::nullopt;
  }
  std::optional<Error> error;
  if (!repo) {
    error = NoBaseDir(env.settings, repo.error());
  } else if (env.acts) {
    error = NoSpecsIn(env.settings, repo->found);
  }
  if (!error) return *std::move(repo);
  env.out.Error(*error);
  exit_code = ExitCodeFor(error->code);
  return std::nullopt;
}

std::optional<repo::Selection> SelectTargets(Env& env, ExitCode& exit_code, ExitCode invalid_code) {
  const Settings& settings = env.settings;
  const auto end = [&](const Error& error) {
    env.out.Error(error);
    exit_code = ExitCodeFor(error.code);
    return std::nullopt;
  };
  exit_code = kDone;
  if (settings.targets.empty()) {
    return end({ErrorCode::kUsage, "no target is given",
                settings.no_target_hint.empty()
                    ? "name jobs, filters or paths; `all` means every job"
                    : settings.no_target_hint});
  }
  const repo::TargetRequest request{settings.targets, settings.excluded, settings.filters,
                                    settings.include_infra};
  const std::optional<repo::Repo> repo = ReadRepo(env, request, exit_code);
  if (!repo) return std::nullopt;
  Expected<repo::Selection> selection = repo::Select(*repo, request);
  if (env.stop.stop_requested()) {
    exit_code = kInterrupted;
    return std::nullopt;
  }
  if (!selection) return end(selection.error());
  for (const std::string& warning : selection->warnings) env.out.Warning(warning);
  for (const std::string& notice : selection->notices) env.out.Notice(notice);
  if (const Expected<void> checked = CheckVariables(env, *selection); !checked)
    return end(checked.error());
  for (const repo::SpecPtr& file : selection->jobless) env.out.Diagnostics(file->diagnostics);
  for (const Error& failure : selection->failures) {
    env.out.Error(failure);
    exit_code = invalid_code;
  }
  ReportUnreadable(env, *selection, exit_code);
  return *std::move(selection);
}

std::vector<EvaluatedSpec> Evaluate(Env& env, const std::vector<const repo::SpecFile*>& specs) {
  std::vector<EvaluatedSpec> evaluated(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) evaluated[i].file = specs[i];
  const jobspec::SpecContext context = SpecContextOf(env);
  ParallelFor(
      specs.size(), env.settings.repo.threads,
      [&](std::size_t i) { evaluated[i] = repo::TakeEvaluated(*specs[i], context); }, env.stop);
  return evaluated;
}

void ReportDiagnostics(Env& env, const std::vector<EvaluatedSpec>& specs) {
  std::vector<const hcl::Diagnostics*> all;
  for (const EvaluatedSpec& spec : specs) all.push_back(&spec.diagnostics);
  env.out.Diagnostics(report::Condensed(all));
}

std::vector<const repo::SpecFile*> AllSpecs(const repo::Selection& selection) {
  std::vector<const repo::SpecFile*> specs;
  for (const repo::SpecPtr& spec : selection.specs) specs.push_back(spec.get());
  return specs;
}

std::vector<const repo::SpecFile*> FirstSpecs(const repo::Selection& selection) {
  std::vector<const repo::SpecFile*> specs;
  for (const repo::SelectedJob& job : selection.jobs) specs.push_back(job.spec);
  return specs;
}

std::string DuplicatesText(const repo::SelectedJob& job) {
  if (job.duplicates.empty()) return {};
  std::vector<std::string> paths = {job.spec->path()};
  for (const repo::SpecFile* spec : job.duplicates) paths.push_back(spec->path());
  return fmt::format("{}: {} specs have this ID: {}", job.id(), paths.size(), Join(paths, ", "));
}

}  // namespace nmgr::actions
