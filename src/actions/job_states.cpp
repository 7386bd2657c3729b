#include "actions/job_states.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "nmgr/nomad/json_fields.h"

namespace nmgr::actions {
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

// The job behind a row of the list, as far as its state needs it. Wanted are as many as its
// deployment wants, else as its spec says, and at least the places that allocations hold.
nomad::Job JobOf(const nomad::JobSummary& row, std::vector<nomad::TaskGroup> groups,
                 const rollout::JobEvidence& evidence) {
  nomad::Job job;
  job.ref = row.ref;
  job.type = row.type;
  job.status = row.status;
  job.stop = row.stop;
  job.periodic = row.periodic;
  job.parameterized = row.parameterized;
  job.job_modify_index = row.job_modify_index;
  job.create_index = row.create_index;
  job.groups = std::move(groups);
  const auto group = [&](const std::string& name) -> nomad::TaskGroup& {
    for (nomad::TaskGroup& known : job.groups) {
      if (known.name == name) return known;
    }
    return job.groups.emplace_back(nomad::TaskGroup{name, 0});
  };
  if (evidence.deployment && rollout::IsOfThisVersion(*evidence.deployment, job)) {
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

}  // namespace

Expected<rollout::JobState> JobStates::Of(const nomad::JobRef& ref, const jobspec::JobSpec* spec) {
  const nomad::JobRef key{"", ref.name_space, ref.region};
  auto found = places_.find(key);
  if (found == places_.end()) found = places_.emplace(key, Ask(ref)).first;
  if (!found->second) return found->second.error();
  Place& place = *found->second;
  const auto row = place.jobs.find(ref.id);
  if (row == place.jobs.end()) return Absent(ref);
  nomad::Job named;
  named.ref = row->second.ref;
  const rollout::JobEvidence evidence = place.evidence.Take(named);
  const nomad::Job job = JobOf(row->second, GroupsOf(spec), evidence);
  const rollout::JobState state = evidence.Judge(&job, nullptr).state;
  return state == rollout::JobState::kFailed ? LookCloser(ref) : state;
}

// From a list over all namespaces absence proves nothing.
Expected<rollout::JobState> JobStates::Absent(const nomad::JobRef& ref) {
  if (ref.name_space.empty() && env_.settings.repo.default_namespace == "*") {
    return Error{ErrorCode::kNotFound,
                 ref.id + " is in no namespace that the token may list, or not registered",
                 "name its namespace: --namespace, NOMAD_NAMESPACE"};
  }
  TRY(namespaces_.CheckAbsent(ref, {TimePoint::max(), env_.stop}));
  return rollout::JobState::kAbsent;
}

Expected<JobStates::Place> JobStates::Ask(const nomad::JobRef& ref) {
  const nomad::Call call{TimePoint::max(), env_.stop};
  TRY_ASSIGN(auto rows, env_.jobs.ListJobs(ref.name_space, ref.region, "", call));
  TRY_ASSIGN(auto evidence, rollout::Evidence::Ask(ref, env_.jobs, call));
  Place place;
  for (nomad::JobSummary& row : rows.value) {
    const std::string id = row.ref.id;
    place.jobs.emplace(id, std::move(row));
  }
  place.evidence = std::move(evidence);
  return place;
}

Expected<rollout::JobState> JobStates::LookCloser(const nomad::JobRef& ref) {
  const nomad::Call call{TimePoint::max(), env_.stop};
  auto job = env_.jobs.ReadJob(ref, {}, call);
  if (!job && job.error().code == ErrorCode::kNotFound) return rollout::JobState::kAbsent;
  if (!job) return job.error();
  TRY_ASSIGN(auto evidence, rollout::AskSingly(job->value, ref, env_.jobs, call));
  return evidence.Judge(&job->value, nullptr).state;
}

}  // namespace nmgr::actions
