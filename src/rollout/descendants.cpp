#include "nmgr/rollout/descendants.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace nmgr::rollout {
namespace {

bool IsNamedAfter(std::string_view id, std::string_view ancestor) {
  if (!id.starts_with(ancestor)) return false;
  const std::string_view rest = id.substr(ancestor.size());
  return rest.starts_with("/dispatch-") || rest.starts_with("/periodic-");
}

}  // namespace

std::vector<nomad::JobSummary> Descendants(const nomad::JobRef& ancestor,
                                           const std::vector<nomad::JobSummary>& jobs) {
  std::multimap<std::string_view, const nomad::JobSummary*> children;
  for (const nomad::JobSummary& job : jobs) {
    if (!job.parent_id.empty()) children.emplace(job.parent_id, &job);
  }
  std::vector<nomad::JobSummary> found;
  std::set<std::string_view> seen = {ancestor.id};
  std::vector<std::string_view> next = {ancestor.id};
  for (std::size_t i = 0; i < next.size(); ++i) {
    const auto [begin, end] = children.equal_range(next[i]);
    for (auto it = begin; it != end; ++it) {
      if (!seen.insert(it->second->ref.id).second) continue;
      next.push_back(it->second->ref.id);
      found.push_back(*it->second);
    }
  }
  return found;
}

std::string DescendantName(const std::string& name, const nomad::JobRef& ancestor,
                           const std::string& id) {
  const bool longer = name.size() > ancestor.id.size() && name.ends_with("/" + ancestor.id);
  return (longer ? name.substr(0, name.size() - ancestor.id.size()) : "") + id;
}

bool MayRun(const nomad::JobSummary& job) {
  if (job.status != "dead") return true;
  constexpr std::array kLive = {"Starting", "Running", "Unknown"};
  return std::any_of(job.groups.begin(), job.groups.end(), [&](const auto& group) {
    return std::any_of(kLive.begin(), kLive.end(), [&](const char* state) {
      const auto count = group.second.find(state);
      return count != group.second.end() && count->second > 0;
    });
  });
}

std::vector<nomad::JobSummary> Running(std::vector<nomad::JobSummary> jobs) {
  std::erase_if(jobs, [](const nomad::JobSummary& job) { return !MayRun(job); });
  return jobs;
}

std::vector<nomad::JobSummary> Strays(const std::vector<std::string>& family,
                                      const std::vector<nomad::JobSummary>& jobs) {
  std::set<std::string_view> registered;
  for (const nomad::JobSummary& job : jobs) registered.insert(job.ref.id);
  std::vector<nomad::JobSummary> strays;
  for (const nomad::JobSummary& job : jobs) {
    if (job.parent_id.empty() || registered.contains(job.parent_id) || !MayRun(job)) continue;
    const bool ours = std::any_of(family.begin(), family.end(), [&job](const std::string& id) {
      return IsNamedAfter(job.parent_id, id) && IsNamedAfter(job.ref.id, job.parent_id);
    });
    if (ours) strays.push_back(job);
  }
  return strays;
}

std::vector<nomad::JobSummary> StraysOf(const nomad::JobRef& ancestor,
                                        const std::vector<nomad::JobSummary>& descendants,
                                        const std::vector<nomad::JobSummary>& jobs) {
  std::vector<std::string> family = {ancestor.id};
  for (const nomad::JobSummary& job : descendants) family.push_back(job.ref.id);
  return Strays(family, jobs);
}

std::vector<nomad::JobSummary> RunningLaunches(const nomad::JobRef& ancestor,
                                               const std::vector<nomad::JobSummary>& jobs) {
  const std::vector<nomad::JobSummary> family = Descendants(ancestor, jobs);
  std::vector<nomad::JobSummary> running = Running(family);
  for (nomad::JobSummary& stray : StraysOf(ancestor, family, jobs)) {
    running.push_back(std::move(stray));
  }
  return running;
}

}  // namespace nmgr::rollout
