#include "rollout/listed.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "nmgr/nomad/json_fields.h"

namespace nmgr::rollout {
namespace {

using nlohmann::json;

int CountOf(const json& attributes) {
  const json& count = nomad::Member(attributes, "count");
  if (count.is_number()) return static_cast<int>(count.get<double>());
  if (count.is_string()) return std::atoi(count.get<std::string>().c_str());
  return 1;
}

// The groups of an evaluated spec with their counts; none for a spec in JSON syntax.
std::vector<nomad::TaskGroup> GroupsOf(const jobspec::JobSpec* spec) {
  std::vector<nomad::TaskGroup> groups;
  if (spec == nullptr) return groups;
  const Expected<std::string> text = jobspec::BodyToJson(*spec);
  const json body = text ? json::parse(*text, nullptr, false) : json();
  for (const json& job : nomad::Member(body, "blocks")) {
    for (const json& block : nomad::Member(job, "blocks")) {
      const std::string type = nomad::Text(block, "type");
      const json& labels = nomad::Member(block, "labels");
      if ((type != "group" && type != "task") || !labels.is_array() || labels.empty()) continue;
      const int count = type == "group" ? CountOf(nomad::Member(block, "attrs")) : 1;
      groups.push_back({labels.front().get<std::string>(), count});
    }
  }
  return groups;
}

}  // namespace

nomad::Job JobOfRow(const nomad::JobSummary& row) {
  nomad::Job job;
  job.ref = row.ref;
  job.parent_id = row.parent_id;
  job.type = row.type;
  job.status = row.status;
  job.stop = row.stop;
  job.periodic = row.periodic;
  job.parameterized = row.parameterized;
  job.job_modify_index = row.job_modify_index;
  job.create_index = row.create_index;
  job.submit_time_ns = row.submit_time_ns;
  return job;
}

nomad::Job JobFromLists(const nomad::JobSummary& row, const jobspec::JobSpec* spec,
                        const JobEvidence& evidence) {
  nomad::Job job = JobOfRow(row);
  job.groups = GroupsOf(spec);
  const auto group = [&](const std::string& name) -> nomad::TaskGroup& {
    for (nomad::TaskGroup& known : job.groups) {
      if (known.name == name) return known;
    }
    return job.groups.emplace_back(nomad::TaskGroup{name, 0});
  };
  if (evidence.deployment && IsOfThisVersion(*evidence.deployment, job)) {
    job.version = evidence.deployment->job_version;
    for (const nomad::DeploymentGroup& state : evidence.deployment->groups) {
      group(state.name).count = state.desired_total;
    }
  }
  std::map<std::string, std::set<std::string>> places;
  for (const nomad::Allocation& allocation : evidence.allocations) {
    if (allocation.desired_status == "run") places[allocation.group].insert(allocation.name);
  }
  for (const auto& [name, names] : places) {
    nomad::TaskGroup& known = group(name);
    known.count = std::max(known.count, static_cast<int>(names.size()));
  }
  return job;
}

}  // namespace nmgr::rollout
