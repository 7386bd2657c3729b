// image: live images beside those of the spec.
#include <algorithm>
#include <optional>
#include <utility>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/image_view.h"

namespace nmgr::actions {
namespace {

struct ImageOptions {
  bool unpinned = false;
  bool digest = false;
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
  report::JobImages job{&facts, {}};
  bool known = true;
  job.spec = facts.spec ? facts.spec->images : ImagesOf(env, *selected.spec, known);
  if (!known || facts.faulty) {
    faults.push_back(&facts.diagnostics);
    code = kFailed;
  }
  return job;
}

// Compared with what is live.
ExitCode ShowImages(Env& env, const repo::Selection& selection, ExitCode code) {
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
  report::ReportUnpinned(env.out, images, digest);
  return code;
}

ExitCode RunImage(Env& env) {
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const auto options = env.settings.Own<ImageOptions>();
  if (!options.unpinned && !options.digest) return ShowImages(env, *selection, code);
  return ShowUnpinned(env, *selection, options.digest, code);
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
                  ParallelOption(),
                  TimeoutOption(),
                  DetailedExitcodeOption()},
      .run = RunImage,
      .details =
          "For one job the listing of both; for several one table, in which `*` marks\n"
          "what differs. Tasks that Nomad injects (Connect sidecars) are left out,\n"
          "unless the spec gives their image (sidecar_task). An image that hangs on a\n"
          "variable without a value is `?`.\n"
          "\n"
          "  nmgr image nextcloud\n"
          "  nmgr image all\n"
          "  nmgr image --unpinned all      images whose tag moves\n"
          "  nmgr image --digest all        images that another push can change\n",
      .documents = report::ImageShapes(),
  };
}

}  // namespace nmgr::actions
