#include "nmgr/order/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/filter/condition.h"

namespace nmgr::order {
namespace {

constexpr std::string_view kFilterPrefix = "filter:";

class RuleMatcher {
 public:
  RuleMatcher(const std::vector<repo::SelectedJob>& jobs,
              const std::vector<repo::FilterSpec>& filters, const repo::Repo& repo)
      : jobs_(jobs), filters_(repo::AllFilters(filters)), repo_(repo) {}

  Expected<std::vector<std::size_t>> JobsOf(const std::string& word, const std::string& place) {
    if (const auto known = known_.find(word); known != known_.end()) return known->second;
    std::vector<std::size_t> found;
    if (word.starts_with(kFilterPrefix)) {
      TRY_ASSIGN(found, JobsOfFilter(word.substr(kFilterPrefix.size()), place));
    } else {
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (IsNamed(jobs_[i], word)) found.push_back(i);
      }
    }
    return known_[word] = found;
  }

 private:
  bool IsNamed(const repo::SelectedJob& job, const std::string& word) const {
    const std::string full = repo::NamespaceOf(*job.spec, repo_.options) + "/" + job.id();
    return GlobMatch(word, job.id()) || GlobMatch(word, full);
  }

  Expected<std::vector<std::size_t>> JobsOfFilter(const std::string& name,
                                                  const std::string& place) const {
    const auto filter = std::find_if(filters_.begin(), filters_.end(),
                                     [&](const auto& each) { return each.name == name; });
    if (filter == filters_.end()) {
      std::vector<std::string> names;
      for (const repo::FilterSpec& each : filters_) names.push_back(each.name);
      return Error{ErrorCode::kConfig,
                   fmt::format("{}: [order] names a filter \"{}\", which there is not.{}", place,
                               name, DidYouMean(name, names))};
    }
    const repo::ConditionPtr condition = repo::ConditionOf(*filter, repo_);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i].infra && filter->exclude_infra) continue;
      repo::Observations ignored;
      if (condition->Judge(*jobs_[i].spec, ignored).kind == repo::Answer::kYes) found.push_back(i);
    }
    return found;
  }

  const std::vector<repo::SelectedJob>& jobs_;
  std::vector<repo::FilterSpec> filters_;
  const repo::Repo& repo_;
  std::map<std::string, std::vector<std::size_t>> known_;
};

// "a -> b -> a", beginning with the first name that lies on it; nothing where there is no cycle.
std::optional<std::vector<std::size_t>> FindCycle(std::size_t jobs,
                                                  const std::vector<Edge>& edges) {
  const std::vector<std::size_t> cyclic = CyclicEdges(jobs, edges);
  if (cyclic.empty()) return std::nullopt;
  // Every job of a strongly connected part has an edge that stays in it.
  std::map<std::size_t, std::size_t> next;
  for (const std::size_t edge : cyclic) next.try_emplace(edges[edge].job, edges[edge].after);
  std::vector<std::size_t> way = {next.begin()->first};
  while (true) {
    const std::size_t to = next.at(way.back());
    if (const auto met = std::find(way.begin(), way.end(), to); met != way.end()) {
      way.erase(way.begin(), met);
      way.push_back(to);
      return way;
    }
    way.push_back(to);
  }
}

Error CycleError(const std::vector<std::size_t>& way, const std::vector<std::string>& names,
                 const std::string& place) {
  std::vector<std::string> words;
  for (const std::size_t job : way) words.push_back(names[job]);
  return Error{ErrorCode::kConfig,
               fmt::format("{}: [order] is a cycle: {}", place, Join(words, " after ")),
               "take one of these out of [order]"};
}

// The rule that makes an edge, for its place.
std::string PlaceOf(const std::vector<Edge>& edges, std::size_t job, std::size_t after) {
  for (const Edge& edge : edges) {
    if (edge.job == job && edge.after == after) return edge.reasons.front().place.file;
  }
  return {};
}

Expected<void> RefuseCycle(const std::vector<Edge>& edges, const std::vector<std::string>& names) {
  const auto way = FindCycle(names.size(), edges);
  if (!way) return {};
  return CycleError(*way, names, PlaceOf(edges, (*way)[0], (*way)[1]));
}

Edge ConfiguredEdge(std::size_t job, std::size_t after, const Rule& rule) {
  return {job, after, true, {{"[order]", {rule.place, 0, {}}}}};
}

}  // namespace

Expected<std::vector<Edge>> ConfiguredEdges(const std::vector<Rule>& rules,
                                            const std::vector<repo::SelectedJob>& jobs,
                                            const std::vector<repo::FilterSpec>& filters,
                                            const repo::Repo& repo) {
  RuleMatcher matcher(jobs, filters, repo);
  std::map<std::pair<std::size_t, std::size_t>, Edge> edges;
  for (const Rule& rule : rules) {
    TRY_ASSIGN(const std::vector<std::size_t> followers, matcher.JobsOf(rule.job, rule.place));
    for (const std::string& word : rule.after) {
      TRY_ASSIGN(const std::vector<std::size_t> first, matcher.JobsOf(word, rule.place));
      for (const std::size_t job : followers) {
        for (const std::size_t after : first) {
          if (job == after && rule.job != word) continue;
          edges.try_emplace({job, after}, ConfiguredEdge(job, after, rule));
        }
      }
    }
  }
  std::vector<Edge> list;
  for (auto& [pair, edge] : edges) list.push_back(std::move(edge));
  std::vector<std::string> names;
  for (const repo::SelectedJob& job : jobs) names.push_back(job.name);
  TRY(RefuseCycle(list, names));
  return list;
}

Expected<void> CheckCycles(const std::vector<Rule>& rules) {
  std::map<std::string, std::size_t> positions;
  std::vector<std::string> names;
  const auto position = [&](const std::string& name) {
    const auto [known, added] = positions.try_emplace(name, names.size());
    if (added) names.push_back(name);
    return known->second;
  };
  const auto is_id = [](const std::string& word) {
    return !word.starts_with(kFilterPrefix) && !HasGlobCharacters(word);
  };
  std::vector<Edge> edges;
  for (const Rule& rule : rules) {
    if (!is_id(rule.job)) continue;
    const std::size_t job = position(rule.job);
    for (const std::string& after : rule.after) {
      if (is_id(after)) {
        edges.push_back(ConfiguredEdge(job, position(after), rule));
      }
    }
  }
  return RefuseCycle(edges, names);
}

}  // namespace nmgr::order
