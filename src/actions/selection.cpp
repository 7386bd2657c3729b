#include "nmgr/actions/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "actions/asked_jobs.h"
#include "actions/orphans.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/order/rules.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/notices.h"

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

// What is wrong with the variable files themselves, told once and not by each spec.
Expected<std::vector<jobspec::VariableNames>> ReadVariableFiles(Env& env) {
  const Settings& settings = env.settings;
  const bool from_config = settings.variable_files_source == Source::kConfigFile;
  const ErrorCode code = from_config ? ErrorCode::kConfig : ErrorCode::kUsage;
  const std::string& place = settings.variable_files_place;
  hcl::Diagnostics diagnostics;
  std::vector<jobspec::VariableNames> names =
      jobspec::NamesInVariableFiles(SpecContextOf(env), diagnostics);
  if (!names.empty() && names.back().unreadable) {
    // Somebody who meant --var has given a secret.
    const bool is_assignment = names.back().file.find('=') != Path::npos;
    return Error{code,
                 fmt::format("{}: {}", place,
                             is_assignment ? "no such file" : names.back().unreadable->message),
                 is_assignment ? "NAME=VALUE is given by --var" : ""};
  }
  env.out.Diagnostics(diagnostics);
  if (diagnostics.HasErrors()) {
    return Error{code, fmt::format("{}: a variable file that cannot be used", place)};
  }
  return names;
}

// Names that the specs of the whole repository declare, and those of `selection`.
struct Declared {
  std::set<std::string> names;
  bool all = true;  // else there are specs of which nobody knows what they declare

  void Add(const std::vector<repo::SpecPtr>& specs) {
    for (const repo::SpecPtr& spec : specs) {
      all = all && spec->parsed.valid;
      names.insert(spec->parsed.variables.begin(), spec->parsed.variables.end());
    }
  }
};

// A --var that no spec of the repository declares is an error, for it was meant to do something; a
// variable of a file is only told of, for the file may serve more than this repository.
Expected<void> CheckVariables(Env& env, const repo::Repo& repo, const repo::Selection& selection,
                              const std::vector<jobspec::VariableNames>& files) {
  const auto& flags = env.settings.variables.flags;
  if (selection.jobs.empty() || (flags.empty() && files.empty())) return {};
  Declared declared;
  declared.Add(selection.specs);
  const auto is_unknown = [&](const std::string& name) { return !declared.names.contains(name); };
  const bool some = std::any_of(flags.begin(), flags.end(),
                                [&](const auto& flag) { return is_unknown(flag.first); }) ||
                    std::any_of(files.begin(), files.end(), [&](const auto& file) {
                      return std::any_of(file.names.begin(), file.names.end(), is_unknown);
                    });
  if (!some) return {};
  if (repo.opened) {
    declared.Add(repo.found.specs);
  } else if (const auto opened = repo::OpenRepo(repo.options, repo.access)) {
    declared.Add(opened->found.specs);
  }
  const auto hint = [&](const std::string& name) {
    const std::vector<std::string> near =
        NearestNames(name, {declared.names.begin(), declared.names.end()});
    return near.empty() ? std::string() : fmt::format("did you mean {}?", Join(near, ", "));
  };
  for (const auto& [name, value] : flags) {
    if (!is_unknown(name)) continue;
    Error error{ErrorCode::kUsage,
                fmt::format("--var: no spec of the repository declares a variable \"{}\"", name),
                hint(name)};
    if (declared.all) return error;
    env.out.Warning(error.message + " (of some nobody knows: they do not parse)");
  }
  for (const jobspec::VariableNames& file : files) {
    for (const std::string& name : file.names) {
      if (!is_unknown(name) || !declared.all) continue;
      const std::string near = hint(name);
      env.out.Warning(fmt::format("{}: no spec of the repository declares a variable \"{}\"{}{}",
                                  file.file, name, near.empty() ? "" : "; ", near));
    }
  }
  return {};
}

// What could not be read may be what [order] means.
void CheckOrder(Env& env, const repo::Repo& repo) {
  const Settings& settings = env.settings;
  const bool known = repo.opened && !repo.background && repo.found.unreadable.empty();
  if (settings.no_order || !known) return;
  for (const std::string& message :
       order::UnmatchedNames(settings.order, repo.found.specs, settings.repo)) {
    env.out.Warning(message);
  }
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

std::optional<repo::Repo> OpenBaseDir(Env& env, ExitCode& exit_code) {
  Expected<repo::Repo> repo = repo::OpenRepo(env.settings.repo, AccessOf(env));
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

// Whether every target is a job by its exact ID that is only to be looked at. Which namespace an ID
// is in is for its spec to say: what acts needs that spec, lest it be done to another job.
bool OnlyLooksAtIds(const Env& env, const repo::TargetRequest& request) {
  const auto is_id = [&](const std::string& word) {
    return repo::ParseTarget(word, request.filters, env.settings.repo).kind ==
           repo::TargetKind::kJob;
  };
  return !env.acts && request.allow_orphans && request.excluded.empty() &&
         request.narrowed.empty() &&
         std::all_of(request.targets.begin(), request.targets.end(), is_id);
}

// Where the base directory only helps to tell what a path means, it may be missing.
std::optional<repo::Repo> ReadRepo(Env& env, const repo::TargetRequest& request,
                                   ExitCode& exit_code) {
  repo::BaseDirNeed need = repo::NeedOfBaseDir(request, env.settings.repo, env.files);
  if (OnlyLooksAtIds(env, request)) need = repo::BaseDirNeed::kHelpful;
  if (need == repo::BaseDirNeed::kRequired) return OpenBaseDir(env, exit_code);
  if (Expected<repo::Repo> repo = repo::OpenRepo(env.settings.repo, AccessOf(env))) {
    repo->background = need == repo::BaseDirNeed::kNames;
    return *std::move(repo);
  }
  return repo::UnopenedRepo(env.settings.repo, AccessOf(env));
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

repo::RepoAccess AccessOf(Env& env) {
  return {&env.files, &env.processes, SpecContextOf(env), env.stop};
}

jobspec::SpecContext SpecContextOf(Env& env) {
  return SpecContextOf(env, env.settings.repo.base_dir);
}

jobspec::SpecContext SpecContextOf(Env& env, const Path& base) {
  const Path& root = env.settings.file_root;
  const Path file_root = root == "spec" ? Path() : root == "base" ? base : JoinPath(base, root);
  return {&env.settings.variables, &env.files, env.home, file_root, base, env.secrets,
          env.variable_files};
}

std::optional<repo::Repo> OpenRepo(Env& env, ExitCode& exit_code) {
  const auto variable_files = ReadVariableFiles(env);
  if (variable_files) return OpenBaseDir(env, exit_code);
  env.out.Error(variable_files.error());
  exit_code = ExitCodeFor(variable_files.error().code);
  return std::nullopt;
}

std::optional<repo::Selection> SelectTargets(Env& env, ExitCode& exit_code, ExitCode invalid_code,
                                             VariableCheck check, bool allow_orphans,
                                             const SelectOptions& options) {
  const Settings& settings = env.settings;
  const auto end = [&](const Error& error) {
    env.out.Error(error);
    exit_code = ExitCodeFor(error.code);
    return std::nullopt;
  };
  exit_code = kDone;
  const std::vector<std::string>& targets =
      settings.targets.empty() ? options.otherwise : settings.targets;
  if (targets.empty()) {
    return end({ErrorCode::kUsage, "no target is given",
                settings.no_target_hint.empty()
                    ? "name jobs, filters or paths; `all` means every job"
                    : settings.no_target_hint});
  }
  AskedJobs live(env);
  const repo::TargetRequest request{targets,
                                    settings.excluded,
                                    settings.filters,
                                    settings.include_infra,
                                    allow_orphans,
                                    settings.narrowed,
                                    &live,
                                    settings.why};
  const auto variable_files = ReadVariableFiles(env);
  if (!variable_files) return end(variable_files.error());
  const std::optional<repo::Repo> repo = ReadRepo(env, request, exit_code);
  if (!repo) return std::nullopt;
  if (options.heeds_order) CheckOrder(env, *repo);
  if (options.repo != nullptr && repo->opened) *options.repo = repo;
  Expected<repo::Selection> selection = repo::Select(*repo, request);
  if (env.stop.stop_requested()) {
    exit_code = kInterrupted;
    return std::nullopt;
  }
  if (!selection) {
    env.out.Error(selection.error());
    exit_code = live.failed() ? ExitCodeFor(selection.error(), env.contact)
                              : ExitCodeFor(selection.error().code);
    return std::nullopt;
  }
  if (allow_orphans) {
    if (const auto located = LocateOrphans(env, *selection); !located) {
      env.out.Error(located.error());
      const ErrorCode why = located.error().code;
      exit_code = why == ErrorCode::kNotFound ? ExitCodeFor(why)
                                              : ExitCodeFor(located.error(), env.contact);
      return std::nullopt;
    }
  }
  for (const std::string& warning : selection->warnings) env.out.Warning(warning);
  report::TellNotices(env.out, selection->notices);
  if (check == VariableCheck::kOn) {
    const Expected<void> checked = CheckVariables(env, *repo, *selection, *variable_files);
    if (!checked) return end(checked.error());
  }
  for (const repo::SpecPtr& file : selection->jobless) {
    if (repo::FindLostHeader(*file) || env.out.findings()) env.out.Diagnostics(file->diagnostics);
  }
  for (const Error& failure : selection->failures) {
    env.out.Error(failure);
    exit_code = invalid_code;
  }
  ReportUnreadable(env, *selection, exit_code);
  return *std::move(selection);
}

std::optional<Error> RefuseAllNamespaces(const Env& env,
                                         const std::vector<repo::SelectedJob>& jobs) {
  if (env.settings.repo.default_namespace != "*") return std::nullopt;
  for (const repo::SelectedJob& job : jobs) {
    if (job.spec->faulty || !job.spec->parsed.header.name_space.empty()) continue;
    return Error{
        ErrorCode::kUsage,
        fmt::format("{} has no namespace of its own, and \"*\" is none that a job can be in",
                    job.id()),
        "set --namespace or NOMAD_NAMESPACE to the one that is meant"};
  }
  return std::nullopt;
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

std::vector<jobspec::Image> ImagesOf(Env& env, const EvaluatedSpec& evaluated, bool& known) {
  known = true;
  return evaluated.spec ? evaluated.spec->images : ImagesOf(env, *evaluated.file, known);
}

std::vector<jobspec::Image> ImagesOf(Env& env, const repo::SpecFile& broken, bool& known) {
  std::vector<jobspec::Image> images =
      jobspec::EvaluatePartly(broken.parsed, SpecContextOf(env)).images;
  known =
      broken.parsed.valid && std::all_of(images.begin(), images.end(),
                                         [](const jobspec::Image& image) { return image.known; });
  return images;
}

std::vector<const repo::SpecFile*> AllSpecs(const repo::Selection& selection) {
  std::vector<const repo::SpecFile*> specs;
  for (const repo::SpecPtr& spec : selection.specs) specs.push_back(spec.get());
  return specs;
}

std::string DuplicatesText(const repo::SelectedJob& job) {
  if (job.duplicates.empty()) return {};
  std::vector<Path> others;
  for (const repo::SpecFile* spec : job.duplicates) others.push_back(spec->path());
  return report::DuplicatesText(job.name, job.spec->path(), others);
}

}  // namespace nmgr::actions
