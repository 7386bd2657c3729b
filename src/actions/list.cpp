// list: job IDs, one a line. Without -l neither Nomad nor evaluation is needed.
#include <optional>
#include <utility>

#include "actions/all_actions.h"
#include "actions/orphans.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/list_view.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {
namespace {

struct ListOptions {
  bool detailed = false;
  bool orphans = false;
};

// The images of one job as far as they are known. That its spec does not evaluate is of interest
// only where one of them is not: false then.
bool AddImages(Env& env, const rollout::JobFacts& facts, report::ListedJob& row) {
  bool known = true;
  const auto images = facts.spec ? facts.spec->images : ImagesOf(env, *row.job->spec, known);
  for (const jobspec::Image& image : images) row.images.push_back(image.image);
  if (known && !facts.faulty) return true;
  if (row.images.empty()) row.images = {std::string(jobspec::kUnknownImage)};
  return false;
}

// Images and states. Says once what keeps Nomad from answering.
void AddDetails(Env& env, const repo::Selection& selection, std::vector<report::ListedJob>& rows,
                ExitCode& code) {
  const std::vector<rollout::JobFacts> facts = GatherListed(env, selection.jobs).jobs;
  if (env.stop.stop_requested()) return;
  std::vector<const hcl::Diagnostics*> told;
  std::optional<Error> failure;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (AddImages(env, facts[i], rows[i])) continue;
    code = kFailed;
    told.push_back(&facts[i].diagnostics);
  }
  report::ReportFaults(env.out, told);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::optional<Error>& error = facts[i].error;
    const bool asked = !error && !rows[i].job->id().empty();
    rows[i].state = asked ? std::string(rollout::JobStateName(facts[i].State())) : "?";
    if (!error || (failure && error->message == failure->message)) continue;
    env.out.Error(*error);
    failure = error;
  }
  if (failure) code = ExitCodeFor(*failure, env.contact);
}

// What has no spec is in no selection.
ExitCode RefuseTargets(Env& env) {
  env.out.Error({ErrorCode::kUsage, "list --orphans takes no target",
                 "it shows every job of these namespaces that has no spec"});
  return ExitCodeFor(ErrorCode::kUsage);
}

ExitCode RunList(Env& env) {
  const auto options = env.settings.Own<ListOptions>();
  if (options.orphans) {
    const std::vector<std::string>& targets = env.settings.targets;
    const std::vector<std::string> every_job = {std::string(repo::WordOf(repo::TargetKind::kAll))};
    const bool narrows = !targets.empty() && targets != every_job;
    return narrows ? RefuseTargets(env) : ListOrphans(env, options.detailed);
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOff);
  if (!selection) return code;
  std::vector<report::ListedJob> rows;
  for (const repo::SelectedJob& job : selection->jobs) {
    rows.push_back({&job});
    if (!job.duplicates.empty()) env.out.Warning(DuplicatesText(job));
  }
  if (options.detailed) {
    AddDetails(env, *selection, rows, code);
    if (env.stop.stop_requested()) return kInterrupted;
  } else {
    std::vector<const hcl::Diagnostics*> told;
    for (const repo::SpecPtr& spec : selection->specs) {
      if (spec->faulty) code = kFailed;
      told.push_back(&spec->diagnostics);
    }
    report::ReportFaults(env.out, told);
  }
  report::ReportList(env.out, rows, *selection, {options.detailed, env.settings.why});
  return code;
}

}  // namespace

Action ListAction() {
  return {
      .name = "list",
      .summary = "show the IDs of jobs, one a line",
      .options = {{.name = "long",
                   .letter = 'l',
                   .help = "type, status in Nomad, path and images too",
                   .value = Switch(&ListOptions::detailed)},
                  {.name = "orphans",
                   .help = "jobs that are in Nomad and in no spec",
                   .value = Switch(&ListOptions::orphans)},
                  {.name = "why",
                   .help = "the file and line, or the value, that took each job",
                   .value = Switch(&Settings::why)}},
      .run = RunList,
      .needs_nomad = false,
      .details =
          "Infra jobs come first, in their configured order, then the others by name.\n"
          "\n"
          "  nmgr list nas          jobs that use /mnt/nas\n"
          "  nmgr list -l all       with type, status in Nomad, path and images\n"
          "  nmgr list nas --why    what took each job: path:line, or a value\n"
          "  nmgr list 'image:*/postgres:*' --and driver:docker --exclude state:failed\n"
          "  nmgr list --orphans    registered, but without a spec: `nmgr down job:ID`\n",
      .documents = report::ListShapes(),
  };
}

}  // namespace nmgr::actions
