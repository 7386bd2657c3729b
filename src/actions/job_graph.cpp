#include "actions/job_graph.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "actions/rollout_run.h"
#include "nmgr/base/parallel.h"
#include "nmgr/order/join.h"

namespace nmgr::actions {
namespace {

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

struct ReadJobs {
  std::vector<order::Links> links;
  std::vector<EvaluatedSpec> faulty;
};

ReadJobs ReadLinks(Env& env, const repo::Selection& all) {
  const jobspec::SpecContext context = SpecContextOf(env);
  ReadJobs read;
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

}  // namespace

Expected<JobGraph> GraphAround(Env& env, const std::optional<repo::Repo>& repo,
                               const repo::Selection& selection) {
  const repo::Selection all = AllJobs(repo, selection, env.settings.repo);
  // First: its filters evaluate specs, which the links take with them.
  TRY_ASSIGN(auto edges, ConfiguredEdges(env, all.jobs));
  ReadJobs read = ReadLinks(env, all);
  std::set<std::string> wanted;
  for (const repo::SpecPtr& spec : selection.specs) wanted.insert(spec->path());
  std::vector<const order::Links*> links;
  std::vector<Path> paths;
  for (std::size_t i = 0; i < read.links.size(); ++i) {
    links.push_back(&read.links[i]);
    paths.push_back(all.jobs[i].spec->path());
  }
  const auto joined = order::JoinEdges(std::move(edges), links, paths, &env.files);
  return JobGraph{Trimmed(GraphOf(all, joined, wanted), wanted), std::move(read.faulty)};
}

}  // namespace nmgr::actions
