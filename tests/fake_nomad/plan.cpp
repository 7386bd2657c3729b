#include "fake_nomad/plan.h"

#include <array>
#include <set>
#include <utility>

#include "fake_nomad/job_diff.h"
#include "fake_nomad/records.h"
#include "fake_nomad/scheduling.h"

namespace nmgr::fake {
namespace {

constexpr Nanos kHour = 3600 * kSecond;

Json BlockedEvaluation(const Json& job, const Doc& existing, const Json& failed, Nanos now) {
  Json evaluation = {{"ClassEligibility", {{"v1:12870075273652859411", false}}},
                     {"CreateTime", now},
                     {"FailedTGAllocs", failed},
                     {"ID", "541532b7-d0e2-8157-cacf-136d5a99392a"},
                     {"JobID", Text(job, "ID")},
                     {"ModifyTime", now},
                     {"Namespace", Text(job, "Namespace")},
                     {"PreviousEval", "6d79f3ef-f6ae-5c86-ae67-a03a32eba321"},
                     {"Priority", Number(job, "Priority")},
                     {"Status", "blocked"},
                     {"StatusDescription", "created to place remaining allocations"},
                     {"TriggeredBy", "queued-allocs"},
                     {"Type", Text(job, "Type")}};
  if (existing != nullptr) evaluation["JobModifyIndex"] = Number(*existing, "JobModifyIndex") + 1;
  return evaluation;
}

std::vector<std::string> TaskFaults(const Json& task) {
  std::vector<std::string> faults;
  if (Text(task, "Name").empty()) faults.push_back("Missing task name");
  if (Text(task, "Driver").empty()) faults.push_back("Missing task driver");
  if (Number(task, "KillTimeout") < 0) faults.push_back("KillTimeout must be a positive value");
  if (Number(Member(task, "Resources"), "CPU") < 0)
    faults.push_back("minimum CPU value is 1; got a negative one");
  return faults;
}

std::vector<std::string> GroupFaults(const Json& group) {
  std::vector<std::string> faults;
  const std::string& name = Text(group, "Name");
  if (name.empty()) faults.push_back("Missing task group name");
  if (Number(group, "Count") < 0) faults.push_back("Task group count can't be negative");
  const Json& tasks = Member(group, "Tasks");
  if (IsEmpty(tasks)) faults.push_back("Missing tasks for task group");
  std::set<std::string> names;
  std::size_t place = 0;
  for (const Json& task : tasks) {
    ++place;
    const std::string& task_name = Text(task, "Name");
    if (!task_name.empty() && !names.insert(task_name).second) {
      faults.push_back("Task " + std::to_string(place) + " redefines '" + task_name +
                       "' from task " + std::to_string(place - 1));
    }
    const std::vector<std::string> below = TaskFaults(task);
    if (!below.empty())
      faults.push_back("Task " + task_name + " validation failed: " + JoinFaults(below));
  }
  return faults;
}

bool KnownType(const std::string& type) {
  constexpr std::array<std::string_view, 4> kTypes = {"service", "batch", "system", "sysbatch"};
  for (const std::string_view known : kTypes) {
    if (type == known) return true;
  }
  return false;
}

}  // namespace

Json PlanJob(const Cluster& cluster, const Json& job, bool with_diff, Nanos now) {
  const Store& store = cluster.store();
  const JobKey key = KeyOf(job);
  const Doc existing = store.Job(key);
  const bool unplaceable = Covers(cluster.behaviour().never, key.id) && !Flag(job, "Stop");
  const std::vector<GroupDecision> decisions = Decide(store, job);
  const Json updates = DesiredUpdates(decisions, job, unplaceable);
  Json failed = Json::object();
  for (const GroupDecision& decision : decisions) {
    if (unplaceable && decision.place.size() + decision.destructive.size() > 0) {
      failed[decision.group] = FailedPlacement(job);
    }
  }
  Json diff;
  if (with_diff) {
    diff = DiffJobs(existing == nullptr ? Json() : *existing, job);
    Annotate(diff, updates);
  }
  const std::uint64_t index =
      existing == nullptr ? 0 : static_cast<std::uint64_t>(Number(*existing, "JobModifyIndex"));
  const bool periodic = Member(job, "Periodic").is_object() && Flag(job["Periodic"], "Enabled");
  return {{"Annotations", {{"DesiredTGUpdates", updates}, {"PreemptedAllocs", nullptr}}},
          {"CreatedEvals", failed.empty() || IsSystem(job)
                               ? Json()
                               : Json::array({BlockedEvaluation(job, existing, failed, now)})},
          {"Diff", std::move(diff)},
          {"FailedTGAllocs", failed.empty() ? Json() : failed},
          {"Index", index},
          {"JobModifyIndex", index},
          {"NextPeriodicLaunch", periodic ? Json(FormatTime((now / kHour + 1) * kHour)) : Json()},
          {"Warnings", ""}};
}

std::vector<std::string> JobFaults(const Json& job) {
  std::vector<std::string> faults;
  const std::string& id = Text(job, "ID");
  if (id.empty()) faults.push_back("Missing job ID");
  if (id.find(' ') != std::string::npos) faults.push_back("Job ID contains a space");
  if (id.find('\0') != std::string::npos) faults.push_back("Job ID contains a null character");
  if (!KnownType(Text(job, "Type")))
    faults.push_back("Invalid job type: \"" + Text(job, "Type") + "\"");
  const std::int64_t priority = Number(job, "Priority");
  if (priority < 1 || priority > 100) faults.push_back("Job priority must be between [1, 100]");
  const Json& groups = Member(job, "TaskGroups");
  if (IsEmpty(groups)) faults.push_back("Missing job task groups");
  std::set<std::string> names;
  std::size_t place = 0;
  for (const Json& group : groups) {
    ++place;
    const std::string& name = Text(group, "Name");
    if (name.empty()) {
      faults.push_back("Job task group " + std::to_string(place) + " missing name");
    } else if (!names.insert(name).second) {
      faults.push_back("Job task group " + std::to_string(place) + " redefines '" + name +
                       "' from group " + std::to_string(place - 1));
    }
    const std::vector<std::string> below = GroupFaults(group);
    if (!below.empty())
      faults.push_back("Task group " + name + " validation failed: " + JoinFaults(below));
  }
  if (Member(job, "Periodic").is_object() && Text(job, "Type") != "batch" &&
      Text(job, "Type") != "sysbatch") {
    faults.push_back("Periodic can only be used with \"batch\" or \"sysbatch\" scheduler");
  }
  return faults;
}

std::string JoinFaults(const std::vector<std::string>& faults) {
  const bool one = faults.size() == 1;
  std::string text =
      std::to_string(faults.size()) + (one ? " error occurred:\n\t" : " errors occurred:\n\t");
  for (std::size_t i = 0; i < faults.size(); ++i) text += (i == 0 ? "* " : "\n\t* ") + faults[i];
  return text + "\n\n";
}

}  // namespace nmgr::fake
