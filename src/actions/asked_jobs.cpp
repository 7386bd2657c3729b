#include "actions/asked_jobs.h"

#include <algorithm>

#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {
namespace {

// The job that launched this one, if one did: "backup" for "backup/periodic-1735689600".
std::string LauncherOf(const std::string& id) {
  const std::size_t at = std::min(id.find("/periodic-"), id.find("/dispatch-"));
  return id.substr(0, at);
}

}  // namespace

std::vector<std::string> AskedJobs::StateNames() const {
  std::vector<std::string> names;
  for (const rollout::JobState state : rollout::kStatesWithoutPlan) {
    names.emplace_back(rollout::JobStateName(state));
  }
  return names;
}

void AskedJobs::AskStates(const std::vector<repo::SpecPtr>& specs) {
  std::vector<repo::SelectedJob> jobs;
  for (const repo::SpecPtr& spec : specs) {
    if (!spec->id().empty()) jobs.push_back({spec.get(), spec->id(), false, {}});
  }
  const rollout::Facts facts = GatherListed(env_, jobs);
  const Error lost{ErrorCode::kInterrupted, "interrupted"};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Expected<std::string> state = facts.end.value_or(lost);
    if (!facts.end && i < facts.jobs.size()) {
      const rollout::JobFacts& job = facts.jobs[i];
      if (job.error) {
        state = *job.error;
      } else {
        state = std::string(rollout::JobStateName(job.State()));
      }
    }
    states_.emplace(jobs[i].spec, std::move(state));
  }
}

Expected<std::string> AskedJobs::StateOf(const repo::SpecFile& spec) {
  const Expected<std::string>& state = states_.at(&spec);
  failed_ = failed_ || !state;
  return state;
}

Expected<std::vector<std::string>> AskedJobs::NodesOf(const repo::SpecFile& spec) {
  const nomad::JobRef ref = rollout::RefOf(spec.parsed.header);
  const nomad::JobRef place{"", ref.name_space, ref.region};
  auto known = known_nodes_.find(place);
  if (known == known_nodes_.end()) known = known_nodes_.emplace(place, AskNodes(ref)).first;
  failed_ = failed_ || !known->second;
  if (!known->second) return known->second.error();
  const auto found = known->second->find(ref.id);
  if (found == known->second->end()) return std::vector<std::string>();
  return std::vector<std::string>(found->second.begin(), found->second.end());
}

Expected<AskedJobs::Nodes> AskedJobs::AskNodes(const nomad::JobRef& ref) {
  const nomad::Call call{TimePoint::max(), env_.stop};
  TRY_ASSIGN(const auto rows, env_.jobs.ListAllAllocations(ref.name_space, ref.region, call));
  if (rows.empty()) TRY(namespaces_.CheckAbsent(ref, call));
  Nodes nodes;
  for (const nomad::Allocation& row : rows) {
    if (row.IsTerminal()) continue;
    nodes[row.job_id].insert(row.node_name);
    nodes[LauncherOf(row.job_id)].insert(row.node_name);
  }
  return nodes;
}

}  // namespace nmgr::actions
