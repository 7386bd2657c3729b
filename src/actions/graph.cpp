// graph: what comes after what, and why.
#include "nmgr/report/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/anonymous_file.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/order/join.h"
#include "nmgr/report/faults.h"

namespace nmgr::actions {
namespace {

struct GraphOptions {
  Path svg;
};

// Every job of the repository, and those of the selection that lie outside of it.
repo::Selection AllJobs(const std::optional<repo::Repo>& repo, const repo::Selection& selection,
                        const repo::RepoOptions& options) {
  std::vector<repo::SpecPtr> specs;
  std::set<std::string> held;
  const auto add = [&](const std::vector<repo::SpecPtr>& more) {
    for (const repo::SpecPtr& spec : more) {
      if (!spec->id().empty() && held.insert(spec->path()).second) specs.push_back(spec);
    }
  };
  add(selection.specs);
  if (repo) add(repo->found.specs);
  return repo::MakeSelection(std::move(specs), options);
}

struct Read {
  std::vector<order::Links> links;
  std::vector<EvaluatedSpec> faulty;
};

Read ReadLinks(Env& env, const repo::Selection& all) {
  const jobspec::SpecContext context = SpecContextOf(env);
  Read read;
  read.links.resize(all.jobs.size());
  std::vector<EvaluatedSpec> evaluated(all.jobs.size());
  ParallelFor(
      all.jobs.size(), env.settings.repo.threads,
      [&](std::size_t i) {
        EvaluatedSpec spec = repo::TakeEvaluated(*all.jobs[i].spec, context);
        if (spec.spec) {
          read.links[i] =
              order::LinksOf(*spec.spec, env.settings.repo.default_namespace, &env.files);
        } else {
          evaluated[i] = std::move(spec);
        }
      },
      env.stop);
  for (EvaluatedSpec& spec : evaluated) {
    if (spec.file != nullptr) read.faulty.push_back(std::move(spec));
  }
  return read;
}

// What could not be looked at: of the selection an error, of the others a warning.
void ReportFaulty(Env& env, const Read& read, const std::set<std::string>& wanted, ExitCode& code) {
  std::vector<const hcl::Diagnostics*> told;
  for (const EvaluatedSpec& spec : read.faulty) {
    if (wanted.contains(spec.file->path())) {
      told.push_back(&spec.diagnostics);
      code = kFailed;
    } else {
      env.out.Warning(
          fmt::format("{}: its spec does not evaluate, so what it names is not known ({})",
                      spec.file->id(), repo::FaultPlace(spec.diagnostics, spec.file->path())));
    }
  }
  report::ReportFaults(env.out, told);
}

report::Graph GraphOf(const repo::Selection& all, const order::JoinedEdges& joined,
                      const std::set<std::string>& wanted) {
  report::Graph graph;
  for (const repo::SelectedJob& job : all.jobs) {
    const jobspec::JobHeader& header = job.spec->parsed.header;
    graph.jobs.push_back(
        {job.name, header.id, header.name_space, header.region, job.spec->path(), job.infra});
  }
  const std::vector<order::Edge>& edges = joined.edges;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const bool shown = wanted.contains(all.jobs[edges[i].job].spec->path()) ||
                       wanted.contains(all.jobs[edges[i].after].spec->path());
    if (!shown) continue;
    const bool dropped = std::binary_search(joined.dropped.begin(), joined.dropped.end(), i);
    graph.edges.push_back({edges[i], dropped});
  }
  return graph;
}

// Of the jobs only those that are wanted or have an edge.
report::Graph Trimmed(report::Graph graph, const std::set<std::string>& wanted) {
  std::vector<bool> kept(graph.jobs.size(), false);
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = wanted.contains(graph.jobs[i].path);
  for (const report::GraphEdge& edge : graph.edges) {
    kept[edge.edge.job] = kept[edge.edge.after] = true;
  }
  std::vector<std::size_t> places(kept.size());
  report::Graph trimmed;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    places[i] = trimmed.jobs.size();
    if (kept[i]) trimmed.jobs.push_back(std::move(graph.jobs[i]));
  }
  for (report::GraphEdge& edge : graph.edges) {
    edge.edge.job = places[edge.edge.job];
    edge.edge.after = places[edge.edge.after];
    trimmed.edges.push_back(std::move(edge));
  }
  return trimmed;
}

// Whether what lies at `path` is a drawing that this action made before.
bool IsOurDrawing(Env& env, const Path& path) {
  const Expected<std::string> text = env.files.ReadFile(path, kMaxFileSize);
  return text && text->find("<svg") != std::string::npos &&
         text->find("<title>nmgr</title>") != std::string::npos;
}

// Has graphviz draw it. A file that is something else is never written over.
Expected<void> Draw(Env& env, const report::Graph& graph, const Path& named) {
  const Path path = JoinPath(CurrentFolder(), named);
  if (env.files.Stat(path) && !IsOurDrawing(env, path)) {
    return Error{ErrorCode::kUsage, named + " is there and no drawing of nmgr's",
                 "remove it, or name another file"};
  }
  TRY_ASSIGN(const AnonymousFile text, AnonymousFile::Of(report::GraphDot(graph)));
  const auto drawn =
      env.processes.Run({"dot", "-Tsvg", "-o", path, text.path()}, CurrentFolder(), env.stop);
  if (!drawn && drawn.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kNotFound, "--svg needs graphviz: " + drawn.error().message,
                 "install graphviz, or take `nmgr graph -o dot` to where it is"};
  }
  if (!drawn) return drawn.error();
  if (drawn->exit_code == 0) return {};
  return Error{ErrorCode::kIo, fmt::format("dot failed with exit code {}: {}", drawn->exit_code,
                                           TrimBlanks(drawn->err))};
}

ExitCode RunGraph(Env& env) {
  ExitCode code = kDone;
  std::optional<repo::Repo> repo;
  const std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOff, false,
                    {.otherwise = {"all"}, .repo = &repo, .heeds_order = true});
  if (!selection) return code;
  const repo::Selection all = AllJobs(repo, *selection, env.settings.repo);
  // First: its filters evaluate specs, which the links take with them.
  auto edges = ConfiguredEdges(env, all.jobs);
  if (!edges) {
    env.out.Error(edges.error());
    return ExitCodeFor(edges.error().code);
  }
  const Read read = ReadLinks(env, all);
  if (env.stop.stop_requested()) return kInterrupted;
  std::set<std::string> wanted;
  for (const repo::SpecPtr& spec : selection->specs) wanted.insert(spec->path());
  ReportFaulty(env, read, wanted, code);
  std::vector<const order::Links*> links;
  std::vector<Path> paths;
  for (std::size_t i = 0; i < read.links.size(); ++i) {
    links.push_back(&read.links[i]);
    paths.push_back(all.jobs[i].spec->path());
  }
  const auto joined = order::JoinEdges(*std::move(edges), links, paths, &env.files);
  const report::Graph graph = Trimmed(GraphOf(all, joined, wanted), wanted);
  const Path svg = env.settings.Own<GraphOptions>().svg;
  if (svg.empty()) {
    report::ReportGraph(env.out, graph, env.settings.output);
    return code;
  }
  const Expected<void> drawn = Draw(env, graph, svg);
  if (env.out.json()) report::ReportGraph(env.out, graph, report::Output::kJson);
  if (drawn) return code;
  env.out.Error(drawn.error());
  return drawn.error().code == ErrorCode::kUsage ? kUsage : kFailed;
}

}  // namespace

Action GraphAction() {
  return {
      .name = "graph",
      .summary = "show what comes after what, and why",
      .argument_help = "[TARGET...]",
      .options = {{.name = "svg",
                   .value_name = "FILE",
                   .help = "draw it there, by graphviz's `dot`",
                   .value = FilePath(&GraphOptions::svg)}},
      .run = RunGraph,
      .needs_nomad = false,
      .details =
          "A job comes after those that register a service which its templates, env or\n"
          "upstreams name, after the job that has a static port which it reaches on its\n"
          "own node or under a name or address of that job, and after the storage plugin\n"
          "of a volume that it mounts. Only what the specs say counts. `-o dot` is for\n"
          "graphviz, `-o mermaid` for Markdown.\n"
          "\n"
          "  nmgr graph              every edge, with the file and line that names it\n"
          "  nmgr graph valkey       what valkey comes after, and what comes after it\n",
      .documents = {report::GraphShape()},
      .outputs = {"dot", "mermaid"},
  };
}

}  // namespace nmgr::actions
