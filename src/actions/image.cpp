// image: live images beside those of the spec.
#include <algorithm>
#include <optional>
#include <utility>

#include "actions/all_actions.h"
#include "actions/image_registry.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/parallel.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/image_view.h"
#include "nmgr/report/registry_view.h"

namespace nmgr::actions {
namespace {

struct ImageOptions {
  bool unpinned = false;
  bool digest = false;
  bool registry = false;
  bool outdated = false;
};

// The job's images, with what is wrong with its spec in `faults` where that hides one of them.
// Nothing for a job of which there are several specs.
std::optional<report::JobImages> Known(Env& env, const repo::SelectedJob& selected,
                                       const rollout::JobFacts& facts,
                                       std::vector<const hcl::Diagnostics*>& faults,
                                       ExitCode& code) {
  if (!selected.duplicates.empty()) {
    env.out.Error({ErrorCode::kInvalid, DuplicatesText(selected), "name one of them by its path"});
    code = kFailed;
    return std::nullopt;
  }
  report::JobImages job{&facts, {}, {}};
  bool known = true;
  job.spec = facts.spec ? facts.spec->images : ImagesOf(env, *selected.spec, known);
  if (!known || facts.faulty) {
    faults.push_back(&facts.diagnostics);
    code = kFailed;
  }
  return job;
}

// What runs of each job. What cannot be asked is told, and `code` says so.
void AddRunning(Env& env, std::vector<report::JobImages>& jobs, ExitCode& code) {
  constexpr std::size_t kAtOnce = 8;
  ParallelFor(
      jobs.size(), kAtOnce,
      [&](std::size_t i) {
        report::JobImages& job = jobs[i];
        if (!job.facts->live) return;
        const TimePoint limit = DeadlineAfter(env.clock.Now(), env.settings.timeout);
        job.detail = rollout::AskRunning(*job.facts, env.jobs, {limit, env.stop});
      },
      env.stop);
  for (const report::JobImages& job : jobs) {
    for (const Error& missing : job.detail.missing) {
      env.out.Error({missing.code, job.facts->name + ": what runs is not known: " + missing.message,
                     missing.hint});
      code = kFailed;
    }
  }
}

// Compared with what is live; with --registry also with the registries.
ExitCode ShowImages(Env& env, const repo::Selection& selection, const ImageOptions& options,
                    ExitCode code) {
  const auto facts =
      Gather(env, {.spec = rollout::SpecNeed::kNone, .states = false}, selection, code);
  if (!facts) return code;
  std::vector<report::JobImages> jobs;
  std::vector<const hcl::Diagnostics*> faults;
  for (std::size_t i = 0; i < facts->size(); ++i) {
    const rollout::JobFacts& job = (*facts)[i];
    std::optional<report::JobImages> known = Known(env, selection.jobs[i], job, faults, code);
    if (job.error) {
      env.out.Error({job.error->code, job.name + ": " + job.error->message, job.error->hint});
      code = kFailed;
    } else if (known) {
      jobs.push_back(*std::move(known));
    }
  }
  report::ReportFaults(env.out, faults);
  const bool asks_registries = options.registry || options.outdated;
  AddRunning(env, jobs, code);
  if (asks_registries) return ShowRegistries(env, jobs, options.outdated, code);
  report::ReportImages(env.out, jobs, facts->size() == 1);
  const bool differences = std::any_of(jobs.begin(), jobs.end(), report::HasDifference);
  return code == kDone && differences && env.settings.detailed_exitcode ? kChangesPending : code;
}

// Those of the specs alone whose tag moves, or all without a digest. Asks nobody.
ExitCode ShowUnpinned(Env& env, const repo::Selection& selection, bool digest, ExitCode code) {
  const std::vector<EvaluatedSpec> specs = Evaluate(env, AllSpecs(selection));
  std::vector<report::SpecImages> images;
  std::vector<const hcl::Diagnostics*> faults;
  for (const EvaluatedSpec& evaluated : specs) {
    bool known = true;
    images.push_back(
        {evaluated.file->id(), evaluated.file->path(), ImagesOf(env, evaluated, known)});
    if (known) continue;
    faults.push_back(&evaluated.diagnostics);
    code = kFailed;
  }
  report::ReportFaults(env.out, faults);
  report::ReportUnpinned(env.out, images, env.settings.mutable_tags, digest);
  return code;
}

ExitCode RunImage(Env& env) {
  ExitCode code = kDone;
  const auto options = env.settings.Own<ImageOptions>();
  if ((options.registry || options.outdated) && (options.unpinned || options.digest)) {
    env.out.Error({ErrorCode::kUsage,
                   "what asks registries and what asks no server do not go together",
                   "leave out one of the two"});
    return kUsage;
  }
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  if (!options.unpinned && !options.digest) return ShowImages(env, *selection, options, code);
  return ShowUnpinned(env, *selection, options.digest, code);
}

std::vector<report::JsonShape> ImageDocuments() {
  std::vector<report::JsonShape> shapes = report::ImageShapes();
  for (report::JsonShape& shape : report::RegistryShapes()) shapes.push_back(std::move(shape));
  return shapes;
}

}  // namespace

Action ImageAction() {
  return {
      .name = "image",
      .summary = "show live images beside those of the spec",
      .options = {{.name = "unpinned",
                   .help = "images of specs whose tag moves (none, latest, ...); asks no server",
                   .value = Switch(&ImageOptions::unpinned)},
                  {.name = "digest",
                   .help = "images of specs without a digest, whatever their tag; asks no server",
                   .value = Switch(&ImageOptions::digest)},
                  {.name = "registry",
                   .help = "ask the registries: tags that moved, and newer ones",
                   .value = Switch(&ImageOptions::registry)},
                  {.name = "outdated",
                   .help = "as with --registry, and show only what is behind it",
                   .value = Switch(&ImageOptions::outdated)},
                  ParallelOption(),
                  TimeoutOption(),
                  DetailedExitcodeOption()},
      .run = RunImage,
      .details =
          "For one job the listing of both, and of what runs (by tag) where that is not\n"
          "what is registered; for several one table, in which `*` marks what differs,\n"
          "and what runs stands beside what is registered.\n"
          "Tasks that Nomad injects (Connect sidecars) are left out, unless the spec\n"
          "gives their image (sidecar_task). An image that hangs on a variable without a\n"
          "value is `?`.\n"
          "\n"
          "--registry shows whether the tag of each registered image points at something\n"
          "else by now (what runs is known by its tag alone, so this is certain, likely\n"
          "or unknown), and the newest tag of the same shape as that of the spec.\n"
          "Credentials: [registry.HOST] of the config file, else ~/.docker/config.json.\n"
          "\n"
          "  nmgr image nextcloud\n"
          "  nmgr image all\n"
          "  nmgr image --unpinned all      images whose tag moves\n"
          "  nmgr image --digest all        images that another push can change\n"
          "  nmgr image --registry all      beside what the registries have now\n"
          "  nmgr image --outdated all      only what is behind them\n",
      .documents = ImageDocuments(),
  };
}

}  // namespace nmgr::actions
