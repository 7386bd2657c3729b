#include "fake_nomad/views.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "fake_nomad/job_diff.h"
#include "fake_nomad/records.h"
#include "fake_nomad/scheduling.h"

namespace nmgr::fake {
namespace {

template <std::size_t N>
Json Pick(const Json& record, const std::array<const char*, N>& keys) {
  Json picked = Json::object();
  for (const char* key : keys) picked[key] = Member(record, key);
  return picked;
}

Json ChildCounts(const Store& store, const Json& job) {
  Json counts = {{"Dead", 0}, {"Pending", 0}, {"Running", 0}};
  if (!IsParent(job)) return counts;
  for (const Doc& child : store.Jobs()) {
    if (Text(*child, "ParentID") != Text(job, "ID") ||
        Text(*child, "Namespace") != Text(job, "Namespace"))
      continue;
    const std::string& status = Text(*child, "Status");
    const char* key = status == "running" ? "Running" : status == "pending" ? "Pending" : "Dead";
    counts[key] = Number(counts, key) + 1;
  }
  return counts;
}

const char* SummaryColumn(const Json& allocation) {
  const std::string& status = Text(allocation, "ClientStatus");
  return status == "running"    ? "Running"
         : status == "pending"  ? "Starting"
         : status == "complete" ? "Complete"
         : status == "failed"   ? "Failed"
                                : "Lost";
}

Json GroupsOf(const Json& job) {
  return Member(job, "TaskGroups").is_array() ? Member(job, "TaskGroups") : Json::array();
}

Json LatestDeployment(const Store& store, const JobKey& key) {
  const std::vector<Doc> deployments = store.DeploymentsOf(key);
  if (deployments.empty()) return nullptr;
  const Json& latest = *deployments.back();
  bool waits = false;
  bool automatic = true;
  for (const Json& group : Member(latest, "TaskGroups")) {
    waits = waits || (Number(group, "DesiredCanaries") > 0 && !Flag(group, "Promoted"));
    automatic = automatic && Flag(group, "AutoPromote");
  }
  const std::string& status = Text(latest, "Status");
  return {{"AllAutoPromote", automatic},
          {"ID", Text(latest, "ID")},
          {"IsActive",
           status == "running" || status == "pending" || status == "paused" || status == "blocked"},
          {"JobVersion", Number(latest, "JobVersion")},
          {"RequiresPromotion", waits},
          {"Status", status},
          {"StatusDescription", Text(latest, "StatusDescription")}};
}

Json StatusAllocations(const Store& store, const JobKey& key) {
  Json list = Json::array();
  for (const Doc& allocation : store.AllocationsOf(key)) {
    if (!IsLive(*allocation) && IsTerminal(*allocation) &&
        Text(*allocation, "DesiredStatus") == "stop")
      continue;
    const Json& health = Member(*allocation, "DeploymentStatus");
    list.push_back({{"ClientStatus", Text(*allocation, "ClientStatus")},
                    {"DeploymentStatus",
                     {{"Canary", Flag(health, "Canary")}, {"Healthy", Member(health, "Healthy")}}},
                    {"FollowupEvalID", ""},
                    {"Group", Text(*allocation, "TaskGroup")},
                    {"HasPausedTask", false},
                    {"ID", Text(*allocation, "ID")},
                    {"JobVersion", Number(*allocation, "JobVersion")},
                    {"NodeID", Text(*allocation, "NodeID")}});
  }
  return list;
}

// The resources of an allocation, in the three forms in which it shows them.
void AddResources(Json& read, const Json& group) {
  const auto disk = Number(Member(group, "EphemeralDisk"), "SizeMB");
  Json total = {{"CPU", 0},         {"Cores", 0},      {"Devices", nullptr},
                {"DiskMB", disk},   {"IOPS", 0},       {"MemoryMB", 0},
                {"MemoryMaxMB", 0}, {"NUMA", nullptr}, {"Networks", nullptr},
                {"SecretsMB", 0}};
  read["SharedResources"] = total;
  Json tasks = Json::object();
  Json allocated = Json::object();
  Json lifecycles = Json::object();
  for (const Json& task : Member(group, "Tasks")) {
    const Json& wanted = Member(task, "Resources");
    const std::string& name = Text(task, "Name");
    tasks[name] = wanted;
    lifecycles[name] = Member(task, "Lifecycle");
    allocated[name] = {{"Cpu", {{"CpuShares", Number(wanted, "CPU")}, {"ReservedCores", nullptr}}},
                       {"Devices", nullptr},
                       {"Memory",
                        {{"MemoryMB", Number(wanted, "MemoryMB")},
                         {"MemoryMaxMB", Number(wanted, "MemoryMaxMB")}}},
                       {"Networks", nullptr}};
    total["CPU"] = Number(total, "CPU") + Number(wanted, "CPU");
    total["MemoryMB"] = Number(total, "MemoryMB") + Number(wanted, "MemoryMB");
    total["MemoryMaxMB"] = Number(total, "MemoryMaxMB") +
                           std::max(Number(wanted, "MemoryMB"), Number(wanted, "MemoryMaxMB"));
  }
  read["Resources"] = std::move(total);
  read["TaskResources"] = std::move(tasks);
  read["AllocatedResources"] = {
      {"Shared", {{"DiskMB", disk}, {"Networks", nullptr}, {"Ports", nullptr}}},
      {"TaskLifecycles", std::move(lifecycles)},
      {"Tasks", std::move(allocated)}};
}

Json Metrics() {
  Json metrics = {{"AllocationTime", 23805},
                  {"ClassExhausted", nullptr},
                  {"ClassFiltered", nullptr},
                  {"CoalescedFailures", 0},
                  {"ConstraintFiltered", nullptr},
                  {"DimensionExhausted", nullptr},
                  {"NodePool", "default"},
                  {"NodesAvailable", {{"dc1", 1}}},
                  {"NodesEvaluated", 1},
                  {"NodesExhausted", 0},
                  {"NodesFiltered", 0},
                  {"NodesInPool", 1},
                  {"QuotaExhausted", nullptr},
                  {"ResourcesExhausted", nullptr},
                  {"Scores", nullptr}};
  metrics["ScoreMetaData"] = Json::array({{{"NodeID", kNodeId},
                                           {"NormScore", 0.005966200562587589},
                                           {"Scores",
                                            {{"binpack", 0.005966200562587589},
                                             {"job-anti-affinity", 0.0},
                                             {"node-affinity", 0.0},
                                             {"node-reschedule-penalty", 0.0}}}}});
  return metrics;
}

}  // namespace

Json JobSummary(const Store& store, const Json& job) {
  const JobKey key = KeyOf(job);
  Json groups = Json::object();
  for (const Json& group : GroupsOf(job)) {
    groups[Text(group, "Name")] = {{"Complete", 0}, {"Failed", 0},   {"Lost", 0},   {"Queued", 0},
                                   {"Running", 0},  {"Starting", 0}, {"Unknown", 0}};
  }
  for (const Doc& allocation : store.AllocationsOf(key)) {
    const auto group = groups.find(Text(*allocation, "TaskGroup"));
    if (group == groups.end()) continue;
    const char* column = SummaryColumn(*allocation);
    (*group)[column] = Number(*group, column) + 1;
  }
  for (const Doc& evaluation : store.EvaluationsOf(key)) {
    if (Text(*evaluation, "Status") != "complete") continue;
    for (const auto& [name, queued] : Member(*evaluation, "QueuedAllocations").items()) {
      if (groups.contains(name)) groups[name]["Queued"] = queued;
    }
  }
  const JobIndexes indexes = store.IndexesOf(key);
  return {{"Children", ChildCounts(store, job)},
          {"CreateIndex", Number(job, "CreateIndex")},
          {"JobID", key.id},
          {"ModifyIndex", std::max(indexes.job, indexes.allocations)},
          {"Namespace", key.ns},
          {"Summary", std::move(groups)}};
}

Json JobStub(const Store& store, const Json& job, bool with_meta) {
  Json stub =
      Pick(job, std::array{"CreateIndex", "Datacenters", "ID", "JobModifyIndex", "ModifyIndex",
                           "Multiregion", "Name", "Namespace", "NodePool", "ParentID", "Priority",
                           "Status", "StatusDescription", "Stop", "SubmitTime", "Type"});
  stub["JobSummary"] = JobSummary(store, job);
  stub["ParameterizedJob"] =
      Member(job, "ParameterizedJob").is_object() && !Flag(job, "Dispatched");
  stub["Periodic"] = Member(job, "Periodic").is_object();
  if (with_meta && !IsEmpty(Member(job, "Meta"))) stub["Meta"] = Member(job, "Meta");
  return stub;
}

Json JobStatus(const Store& store, const Json& job) {
  const JobKey key = KeyOf(job);
  Json status = Pick(
      job, std::array{"Datacenters", "ID", "ModifyIndex", "Name", "Namespace", "NodePool",
                      "ParentID", "Priority", "Status", "Stop", "SubmitTime", "Type", "Version"});
  std::int64_t count = 0;
  for (const Json& group : GroupsOf(job)) count += Number(group, "Count");
  Json children;
  if (IsParent(job)) {
    children = Json::array();
    for (const Doc& child : store.Jobs()) {
      if (Text(*child, "ParentID") == key.id && Text(*child, "Namespace") == key.ns) {
        children.push_back(Text(*child, "Status"));
      }
    }
  }
  status["Allocs"] = StatusAllocations(store, key);
  status["ChildStatuses"] = std::move(children);
  status["GroupCountSum"] = count;
  status["IsPack"] = Member(job, "Meta").is_object() && job["Meta"].contains("pack.name");
  status["LatestDeployment"] = LatestDeployment(store, key);
  return status;
}

Json AllocationStub(const Json& allocation) {
  Json stub = Pick(allocation, std::array{"ClientDescription",
                                          "ClientStatus",
                                          "CreateIndex",
                                          "CreateTime",
                                          "DeploymentStatus",
                                          "DesiredDescription",
                                          "DesiredStatus",
                                          "EvalID",
                                          "ID",
                                          "JobID",
                                          "JobType",
                                          "JobVersion",
                                          "ModifyIndex",
                                          "ModifyTime",
                                          "Name",
                                          "Namespace",
                                          "NextAllocation",
                                          "NodeID",
                                          "NodeName",
                                          "TaskGroup",
                                          "TaskStates"});
  stub["DesiredTransition"] = {{"ForceReschedule", nullptr},
                               {"Migrate", nullptr},
                               {"MigrateDisablePlacement", nullptr},
                               {"NoShutdownDelay", nullptr},
                               {"Reschedule", nullptr}};
  stub["FollowupEvalID"] = "";
  stub["PreemptedAllocations"] = nullptr;
  stub["PreemptedByAllocation"] = "";
  stub["RescheduleTracker"] = nullptr;
  return stub;
}

Json AllocationRead(const Store& store, const Json& allocation) {
  Json read =
      Pick(allocation, std::array{"AllocModifyIndex", "ClientDescription", "ClientStatus",
                                  "CreateIndex", "CreateTime", "DesiredStatus", "EvalID", "ID",
                                  "JobID", "ModifyIndex", "ModifyTime", "Name", "Namespace",
                                  "NodeID", "NodeName", "TaskGroup", "TaskStates"});
  for (const char* key : {"DeploymentID", "DeploymentStatus", "DesiredDescription",
                          "NextAllocation", "PreviousAllocation"}) {
    const Json& value = Member(allocation, key);
    if (!value.is_null() && value != "") read[key] = value;
  }
  const JobKey key{Text(allocation, "Namespace"), Text(allocation, "JobID")};
  const Doc job =
      store.JobAsRegistered(key, static_cast<std::uint64_t>(Number(allocation, "JobVersion")));
  read["Job"] = job == nullptr ? Json() : *job;
  Json group = Json::object();
  for (const Json& candidate : Member(read["Job"], "TaskGroups")) {
    if (Text(candidate, "Name") == Text(allocation, "TaskGroup")) group = candidate;
  }
  AddResources(read, group);
  read["Metrics"] = Metrics();
  read["NetworkStatus"] = {
      {"Address", ""}, {"AddressIPv6", ""}, {"DNS", nullptr}, {"InterfaceName", ""}};
  read["SigningKeyID"] = "c92d0b8f-860b-fc22-e063-b1616b30af0f";
  return read;
}

Json JobVersions(const Store& store, const JobKey& key, std::size_t most, bool with_diffs) {
  std::vector<Doc> versions = store.Versions(key);
  if (versions.size() > most) versions.resize(most);
  Json list = Json::array();
  Json diffs = Json::array();
  for (std::size_t i = 0; i < versions.size(); ++i) {
    list.push_back(*versions[i]);
    if (i + 1 < versions.size()) diffs.push_back(DiffJobs(*versions[i + 1], *versions[i]));
  }
  return {{"Diffs", with_diffs ? std::move(diffs) : Json()},
          {"Index", store.IndexesOf(key).job},
          {"KnownLeader", true},
          {"LastContact", 0},
          {"NextToken", ""},
          {"Versions", std::move(list)}};
}

Json EventJson(const Store& store, const Event& event) {
  Json record = *event.payload;
  if (event.topic == "Allocation") {
    record = AllocationRead(store, record);
    record.erase("Job");
  }
  Json payload = {{event.topic, std::move(record)}};
  if (event.deleted) payload["Deleted"] = true;
  return {{"FilterKeys", event.filter_keys.empty() ? Json() : Json(event.filter_keys)},
          {"Index", event.index},
          {"Key", event.key},
          {"Namespace", event.ns},
          {"Payload", std::move(payload)},
          {"Topic", event.topic},
          {"Type", event.type}};
}

}  // namespace nmgr::fake
