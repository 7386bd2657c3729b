#include "actions/serve_order.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/order/join.h"
#include "nmgr/order/rules.h"
#include "nmgr/repo/evaluated.h"

namespace nmgr::actions {
namespace {

// Jobs of other commits beside what their specs said.
struct GoneJobs {
  std::vector<std::unique_ptr<sync::Tree>> trees;  // own the specs
  std::vector<repo::SelectedJob> jobs;
  std::vector<order::Links> links;
  std::vector<Path> paths;
};

std::unique_ptr<sync::Tree> TreeAt(Env& env, Followed& followed, const std::string& commit12,
                                   const std::stop_token& stop) {
  auto checkout = followed.trees->Earlier(commit12, followed.tree->checkout.commit, stop);
  if (!checkout) {
    LogDebug("{}: {}", followed.source->name, checkout.error().message);
    return nullptr;
  }
  auto tree = sync::ReadTree(*std::move(checkout), *followed.source, TreeOptionsOf(env), env.files,
                             env.processes);
  return tree ? *std::move(tree) : nullptr;
}

// Evaluated at once: the next checkout takes this one's files away.
void TakeJob(const sync::Tree& tree, std::size_t i, GoneJobs& gone) {
  const sync::JobKey key = sync::KeyOf(*gone.jobs[i].spec, tree.repo);
  const auto& jobs = tree.selection.jobs;
  const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const repo::SelectedJob& one) {
    return sync::KeyOf(*one.spec, tree.repo) == key;
  });
  if (found == jobs.end() || found->spec->faulty) return;
  const repo::EvaluatedSpec evaluated = repo::TakeEvaluated(*found->spec, tree.context);
  if (!evaluated.spec) return;
  gone.links[i] = order::LinksOf(*evaluated.spec, tree.repo.default_namespace, nullptr);
  gone.paths[i] = found->spec->path();
  gone.jobs[i].spec = found->spec;
}

GoneJobs ReadGone(Env& env, Followed& followed, const std::stop_token& stop,
                  const std::vector<repo::SelectedJob>& jobs,
                  const std::vector<sync::LedgerJob>& rows) {
  GoneJobs gone{{}, jobs, {}, {}};
  gone.links.resize(jobs.size());
  gone.paths.resize(jobs.size());
  std::vector<std::string> commits;
  for (const sync::LedgerJob& row : rows) commits.push_back(row.commit12);
  std::sort(commits.begin(), commits.end());
  commits.erase(std::unique(commits.begin(), commits.end()), commits.end());
  for (const std::string& commit : commits) {
    if (commit.empty() || stop.stop_requested()) continue;
    std::unique_ptr<sync::Tree> tree = TreeAt(env, followed, commit, stop);
    if (!tree) continue;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (rows[i].commit12 == commit) TakeJob(*tree, i, gone);
    }
    gone.trees.push_back(std::move(tree));
  }
  return gone;
}

}  // namespace

Expected<std::vector<order::Edge>> OrderIn(Env& env, const sync::Tree& tree,
                                           const std::vector<repo::SelectedJob>& jobs) {
  const Settings& settings = env.settings;
  if (settings.no_order || settings.order.empty()) return std::vector<order::Edge>();
  TRY(order::CheckCycles(settings.order));
  repo::RepoAccess access;
  access.files = tree.walked.get();
  access.processes = &env.processes;
  access.spec = tree.context;
  access.stop = env.stop;
  return order::ConfiguredEdges(settings.order, jobs, settings.filters,
                                repo::UnopenedRepo(tree.repo, access));
}

std::vector<order::Edge> OrderOfGone(Env& env, Followed& followed, const std::stop_token& stop,
                                     const std::vector<repo::SelectedJob>& jobs,
                                     const std::vector<sync::LedgerJob>& rows) {
  const bool infers = !env.settings.no_order && jobs.size() > 1;
  if (!infers) return {};
  const GoneJobs gone = ReadGone(env, followed, stop, jobs, rows);
  auto configured = OrderIn(env, *followed.tree, gone.jobs);
  if (!configured) LogDebug("{}: {}", followed.source->name, configured.error().message);
  std::vector<const order::Links*> links;
  for (const order::Links& one : gone.links) links.push_back(&one);
  FileSystem* const files = gone.trees.size() == 1 ? gone.trees[0]->readable.get() : nullptr;
  order::JoinedEdges joined = order::JoinEdges(
      configured ? *std::move(configured) : std::vector<order::Edge>(), links, gone.paths, files);
  for (auto at = joined.dropped.rbegin(); at != joined.dropped.rend(); ++at) {
    joined.edges.erase(joined.edges.begin() + static_cast<std::ptrdiff_t>(*at));
  }
  return std::move(joined.edges);
}

}  // namespace nmgr::actions
