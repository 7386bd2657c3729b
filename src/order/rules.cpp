#include "nmgr/order/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/filter/condition.h"

namespace nmgr::order {
namespace {

constexpr std::string_view kFilterPrefix = "filter:";

// Its ID, and the same behind its namespace.
std::pair<std::string, std::string> NamesOf(const repo::SpecFile& spec,
                                            const repo::RepoOptions& options) {
  return {spec.id(), repo::NamespaceOf(spec, options) + "/" + spec.id()};
}

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
    const auto [id, full] = NamesOf(*job.spec, repo_.options);
    return GlobMatch(word, id) || GlobMatch(word, full);
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

std::vector<std::string> UnmatchedNames(const std::vector<Rule>& rules,
                                        const std::vector<repo::SpecPtr>& specs,
                                        const repo::RepoOptions& options) {
  std::vector<std::string> ids;
  std::vector<std::string> names;
  for (const repo::SpecPtr& spec : specs) {
    if (spec->id().empty()) continue;
    const auto [id, full] = NamesOf(*spec, options);
    ids.push_back(id);
    names.insert(names.end(), {id, full});
  }
  std::vector<std::string> messages;
  std::set<std::string> seen;
  const auto check = [&](const std::string& word, const std::string& place) {
    if (word.starts_with(kFilterPrefix) || !seen.insert(word).second) return;
    const bool matched = std::any_of(
        names.begin(), names.end(), [&](const std::string& name) { return GlobMatch(word, name); });
    if (matched) return;
    messages.push_back(fmt::format("{}: [order] names \"{}\", which is no job of the repository.{}",
                                   place, word, DidYouMean(word, ids)));
  };
  for (const Rule& rule : rules) {
    check(rule.job, rule.place);
    for (const std::string& word : rule.after) check(word, rule.place);
  }
  return messages;
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
