// status: the repository beside the cluster.
#include "nmgr/report/status.h"

#include <algorithm>
#include <set>
#include <utility>

#include "actions/all_actions.h"
#include "actions/back_run.h"
#include "actions/job_graph.h"
#include "actions/orphans.h"
#include "actions/rollout_run.h"
#include "actions/shown_names.h"
#include "actions/watch.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/faults.h"
#include "nmgr/rollout/origin.h"

namespace nmgr::actions {
namespace {

struct StatusOptions {
  bool watch = false;
};

using StatusRows = std::vector<report::StatusRow>;

// Nothing is left out, so what no spec describes belongs to it.
bool ShowsEveryJob(const Settings& settings) {
  const bool all =
      settings.targets.empty() ||
      settings.targets == std::vector{std::string(repo::WordOf(repo::TargetKind::kAll))};
  return all && settings.narrowed.empty() && settings.excluded.empty();
}

// The jobs of Nomad that no spec describes, behind the selected ones.
Expected<void> AddOrphans(Env& env, repo::Selection& selection) {
  TRY_ASSIGN(const auto orphans, FindOrphans(env, selection.specs));
  std::vector<nomad::JobRef> refs;
  std::vector<nomad::JobRef> described;
  for (const nomad::JobSummary& orphan : orphans) refs.push_back(orphan.ref);
  for (const repo::SelectedJob& job : selection.jobs) {
    described.push_back(rollout::RefOf(job.spec->parsed.header));
  }
  const std::vector<std::string> names = OrphanNames(env, refs, described);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    const nomad::JobRef& ref = refs[i];
    selection.specs.push_back(repo::OrphanSpec(ref.id, ref.name_space, ref.region));
    selection.names.push_back(names[i]);
    selection.jobs.push_back({selection.specs.back().get(), names[i], false, {}});
  }
  return {};
}

std::string TypeOfJob(const rollout::JobFacts& facts, const repo::SelectedJob& job) {
  if (facts.live) return facts.live->type;
  if (job.spec->faulty || job.IsOrphan()) return {};
  const std::string& type = job.spec->parsed.header.type;
  return type.empty() ? "service" : type;
}

StatusRows RowsOfJobs(const std::vector<rollout::JobFacts>& facts,
                      const repo::Selection& selection) {
  StatusRows rows;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    rows.push_back(
        {&facts[i], rollout::StandingOf(facts[i]), TypeOfJob(facts[i], selection.jobs[i])});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.standing.Urgency() < b.standing.Urgency();
  });
  return rows;
}

// What could not be asked, each reason once.
void TellErrors(Env& env, const std::vector<rollout::JobFacts>& facts, ExitCode& code) {
  std::vector<report::JobError> errors;
  std::vector<report::JobError> no_plans;
  for (const rollout::JobFacts& job : facts) {
    if (job.error || job.plan_error) code = kFailed;
    if (job.error) errors.push_back({job.name, *job.error});
    if (job.plan_error) {
      const std::string why = "its spec could not be compared: " + job.plan_error->message;
      no_plans.push_back({job.name, {job.plan_error->code, why, ""}});
    }
  }
  report::ReportErrors(env.out, errors);
  for (const Error& error : report::CondensedErrors(no_plans)) env.out.Warning(error.message);
}

// A job of which nobody can say how it stands, for the fault of its spec.
void TellFaults(Env& env, const std::vector<rollout::JobFacts>& facts, ExitCode& code) {
  std::vector<const hcl::Diagnostics*> faults;
  for (const rollout::JobFacts& job : facts) {
    if (job.path.empty() || job.Satisfies(rollout::SpecNeed::kWhole)) continue;
    code = kFailed;
    if (job.diagnostics.HasErrors()) faults.push_back(&job.diagnostics);
  }
  report::ReportFaults(env.out, faults);
}

// One job is named, and not a kind of jobs that happens to be but one.
bool NamesOneJob(const Settings& settings, const repo::Selection& selection) {
  if (settings.targets.size() != 1 || selection.jobs.size() != 1) return false;
  const std::string& word = settings.targets.front();
  switch (repo::ParseTarget(word, settings.filters, settings.repo).kind) {
    case repo::TargetKind::kJob:
    case repo::TargetKind::kPath:
      return true;
    case repo::TargetKind::kName:
      return word == selection.jobs.front().id() || word == selection.jobs.front().name;
    default:
      return false;
  }
}

struct Looked {
  repo::Selection selection;
  std::optional<repo::Repo> repo;  // where it was walked
};

// What there is to look at.
std::optional<Looked> SelectForStatus(Env& env, ExitCode& code) {
  Looked looked;
  std::optional<repo::Selection> selection = SelectTargets(
      env, code, kFailed, VariableCheck::kOn, /*allow_orphans=*/true,
      {.otherwise = {std::string(repo::WordOf(repo::TargetKind::kAll))}, .repo = &looked.repo});
  if (!selection) return std::nullopt;
  const auto end = [&](const Error& error) {
    env.out.Error(error);
    code = ExitCodeFor(error, env.contact);
    return std::nullopt;
  };
  if (const auto refused = RefuseAllNamespaces(env, selection->jobs)) return end(*refused);
  looked.selection = *std::move(selection);
  return looked;
}

// The run of ours whose write the job still is as it was left by; none where somebody else was here
// since.
std::optional<rollout::PastRun> RunThatMade(Env& env, const nomad::Job& job) {
  const auto ids = rollout::RunIds(env.state_folder, env.files);
  if (!ids) return std::nullopt;
  for (const std::string& id : *ids) {
    auto run = rollout::LoadRun(env.state_folder, id, env.files);
    const bool made =
        run && IsHere(env, *run) && run->Made(job.ref, job.version, job.job_modify_index);
    if (!made) continue;
    // What undo has registered is of the commit that it took the spec from.
    const auto origin =
        rollout::FindOrigin({*run}, {job.ref.id, job.ref.name_space, run->head.region},
                            {true, job.stop, job.job_modify_index, job.version});
    if (origin && origin->commit != run->head.commit) {
      run->head.commit = origin->commit;
      run->head.dirty = !origin->clean;
    }
    return *std::move(run);
  }
  return std::nullopt;
}

// The edges that lead from the job, with the jobs at their ends. Where [order] cannot be kept, it
// says so and there are none.
report::Graph WhatItComesAfter(Env& env, const std::optional<repo::Repo>& repo,
                               const repo::Selection& selection, ExitCode& code) {
  if (selection.jobs.front().IsOrphan()) return {};
  auto around = GraphAround(env, repo, selection);
  if (!around) {
    env.out.Error(around.error());
    code = kFailed;
    return {};
  }
  const Path& path = selection.jobs.front().spec->path();
  report::Graph& graph = around->graph;
  std::erase_if(graph.edges, [&](const report::GraphEdge& edge) {
    return graph.jobs[edge.edge.job].path != path;
  });
  return std::move(graph);
}

void ShowInDepth(Env& env, const report::StatusRow& row, const report::Graph& after,
                 ExitCode& code) {
  rollout::JobDetail detail;
  if (row.facts->live) {
    detail = rollout::AskDetail(*row.facts, env.jobs, {TimePoint::max(), env.stop});
    detail.run = RunThatMade(env, *row.facts->live);
  }
  for (const Error& missing : detail.missing) {
    env.out.Error(missing);
    code = kFailed;
  }
  report::ReportDetail(env.out, row, detail, after, env.clock.Wall());
}

ExitCode ShowStatus(Env& env, Looked& looked, ExitCode code) {
  repo::Selection& selection = looked.selection;
  const bool in_depth = NamesOneJob(env.settings, selection);
  if (ShowsEveryJob(env.settings)) {
    if (const auto added = AddOrphans(env, selection); !added) {
      env.out.Error({added.error().code,
                     "the jobs without a spec could not be asked for: " + added.error().message,
                     added.error().hint});
      // A token that may not list one namespace may see the jobs of others: they say the rest.
      const bool refused = added.error().code == ErrorCode::kForbidden && env.contact.granted();
      code = refused ? kFailed : ExitCodeFor(added.error(), env.contact);
      if (code != kFailed) return code;
    }
  }
  const auto facts = Gather(env, rollout::StandingQuestions(), selection, code);
  if (!facts) return code;
  TellFaults(env, *facts, code);
  TellErrors(env, *facts, code);
  const StatusRows rows = RowsOfJobs(*facts, selection);
  if (in_depth) {
    ShowInDepth(env, rows.front(), WhatItComesAfter(env, looked.repo, selection, code), code);
  } else {
    report::ReportStatus(env.out, rows, env.clock.Wall());
  }
  const bool pending = std::any_of(rows.begin(), rows.end(),
                                   [](const auto& row) { return row.standing.IsPending(); });
  if (code == kDone && pending && env.settings.detailed_exitcode) code = kChangesPending;
  return code;
}

// The namespaces and regions of the jobs.
std::vector<nomad::JobRef> PlacesOfJobs(const repo::Selection& selection, bool every_job) {
  std::set<nomad::JobRef> places;
  if (every_job) places.emplace();
  for (const repo::SelectedJob& job : selection.jobs) {
    const jobspec::JobHeader& header = job.spec->parsed.header;
    places.insert({"", header.name_space, header.region});
  }
  return {places.begin(), places.end()};
}

ExitCode WatchStatus(Env& env) {
  std::optional<Looked> looked;
  ExitCode so_far = kDone;
  WatchedLook look;
  look.select = [&](Env& inner, ExitCode& code) -> std::optional<std::vector<nomad::JobRef>> {
    looked = SelectForStatus(inner, code);
    so_far = code;
    if (!looked) return std::nullopt;
    return PlacesOfJobs(looked->selection, ShowsEveryJob(inner.settings));
  };
  look.look = [&](Env& inner) { return ShowStatus(inner, *looked, so_far); };
  return WatchLooks(env, look);
}

ExitCode RunStatus(Env& env) {
  if (env.settings.Own<StatusOptions>().watch) return WatchStatus(env);
  ExitCode code = kDone;
  std::optional<Looked> looked = SelectForStatus(env, code);
  return looked ? ShowStatus(env, *looked, code) : code;
}

}  // namespace

Action StatusAction() {
  return {
      .name = "status",
      .summary = "how the jobs stand: the repository beside the cluster",
      .argument_help = "[TARGET...]",
      .options = {{.name = "watch",
                   .letter = 'w',
                   .help = "show it again whenever something changes, until Ctrl-C",
                   .value = Switch(&StatusOptions::watch)},
                  TimeoutOption(),
                  NoCacheOption(),
                  DetailedExitcodeOption()},
      .run = RunStatus,
      .details =
          "One line a job, what needs a person first: type, state, healthy allocations of\n"
          "those wanted, what differs from the spec (its images, by Nomad's plan anything\n"
          "else), version, how long ago that was registered, and why somebody should look.\n"
          "Without a target every job, those in Nomad that no spec describes too.\n"
          "\n"
          "One job that is named is shown in depth: groups, allocations with their tasks\n"
          "and last events, deployment, checks, services, images of spec, register and\n"
          "what runs (by tag: whether that has moved since nobody has asked), what it comes\n"
          "after, as `nmgr graph` shows it, and the run of nmgr that brought it there, with\n"
          "its commit, where it was one.\n"
          "\n"
          "--watch asks Nomad to answer when something changes, and looks at the files that\n"
          "were read. On a terminal it takes the screen and leaves the last table behind;\n"
          "elsewhere it adds a table for every change, with -o json a document a line.\n"
          "\n"
          "Exits with 0 however the jobs stand; with --detailed-exitcode 2 where `up`\n"
          "would have something to do. 1: a spec cannot be used, or Nomad could not be\n"
          "asked about a job, whose state is then \"?\" and never \"absent\".\n"
          "\n"
          "  nmgr status\n"
          "  nmgr status nas\n"
          "  nmgr status nextcloud\n"
          "  nmgr status --watch --exclude state:running\n",
      .documents = {{.means = "\"In depth\" is where one job is named. With --watch an object a "
                              "line, as it changes.",
                     .fields = {report::shape::Objects("jobs", "what needs a person first",
                                                       report::StatusFields())}}},
  };
}

}  // namespace nmgr::actions
