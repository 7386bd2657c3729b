// down: stops jobs and waits until their allocations are gone, so that `nmgr down nas && umount`
// works.
#include <memory>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/nomad/client.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

struct DownOptions {
  bool purge = false;
  bool keep_children = false;
};

bool IsAbsent(Env& env, const nomad::JobRef& ref) {
  const auto live = env.jobs.ReadJob(ref, {}, {TimePoint::max(), env.stop});
  return !live && live.error().code == ErrorCode::kNotFound;
}

// "prod/web" where that is no ID: the job "web" of the namespace "prod".
bool FoundInNamespace(Env& env, repo::SelectedJob& job, repo::Selection& selection) {
  const std::string id = job.id();
  const std::size_t slash = id.find('/');
  if (slash == 0 || slash >= id.size() - 1) return false;
  auto spec = std::make_shared<repo::SpecFile>(*job.spec);
  spec->parsed.header.name_space = id.substr(0, slash);
  spec->parsed.header.id = id.substr(slash + 1);
  if (IsAbsent(env, rollout::RefOf(spec->parsed.header))) return false;
  job.spec = spec.get();
  selection.specs.push_back(std::move(spec));
  return true;
}

// A word that names neither a spec nor a job of Nomad is as unknown as any other.
std::optional<Error> LocateOrphans(Env& env, repo::Selection& selection) {
  if (selection.jobs.empty() || env.settings.repo.default_namespace == "*") return std::nullopt;
  for (repo::SelectedJob& job : selection.jobs) {
    if (!job.IsOrphan() || !IsAbsent(env, {job.id(), "", ""})) continue;
    if (FoundInNamespace(env, job, selection)) continue;
    return Error{ErrorCode::kNotFound,
                 repo::JobTarget(job.id()) +
                     ": no spec describes it, and Nomad has no such job in namespace " +
                     env.settings.repo.default_namespace,
                 "`nmgr list --orphans` shows the jobs that have no spec"};
  }
  return std::nullopt;
}

ExitCode RunDown(Env& env) {
  const auto options = env.settings.Own<DownOptions>();
  if (env.settings.detach && options.purge) {
    env.out.Error({ErrorCode::kUsage, "--detach and --purge exclude each other",
                   "a purge has to wait until the allocations are gone"});
    return kUsage;
  }
  ExitCode code = kDone;
  std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOff, /*allow_orphans=*/true);
  if (!selection) return code;
  if (const auto missing = LocateOrphans(env, *selection)) {
    env.out.Error(*missing);
    return ExitCodeFor(missing->code);
  }
  rollout::Intent intent{rollout::Verb::kDown, env.settings.detach};
  intent.purge = options.purge;
  intent.keep_children = options.keep_children;
  return RunRollout(env, intent, *selection, code);
}

}  // namespace

Action DownAction() {
  return {
      .name = "down",
      .summary = "stop jobs and wait until they are gone; -p purges afterwards",
      .options =
          RolloutOptions({{.name = "purge",
                           .letter = 'p',
                           .help = "purge jobs once they are stopped",
                           .value = Switch(&DownOptions::purge)},
                          {.name = "keep-children",
                           .help = "leave the running children of periodic and parameterized jobs",
                           .value = Switch(&DownOptions::keep_children)},
                          NoOrderOption()}),
      .run = RunDown,
      .acts = true,
      .details =
          "The other jobs go first, then the infra jobs one by one, the last one first.\n"
          "Running children of periodic and parameterized jobs are stopped too, to the\n"
          "last descendant. What is stopped is recorded: `nmgr up --restore` brings it\n"
          "back. job:ID also names a job that no spec describes (`nmgr list --orphans`).\n"
          "\n"
          "  nmgr down nas && sudo umount /mnt/nas\n",
      .documents = {report::RolloutShape()},
  };
}

}  // namespace nmgr::actions
