// The part of Cluster that carries out a scheduling decision.
#include <map>
#include <string_view>
#include <utility>

#include "fake_nomad/cluster.h"
#include "fake_nomad/records.h"

namespace nmgr::fake {
namespace {

constexpr const char* kReplaced = "alloc is being updated due to job update";
constexpr const char* kUnwanted = "alloc not needed due to job update";

bool IsActive(const Json& deployment) {
  const std::string& status = Text(deployment, "Status");
  return status == "running" || status == "pending" || status == "paused" || status == "blocked";
}

const Json& GroupNamed(const Json& job, const std::string& name) {
  for (const Json& group : Member(job, "TaskGroups")) {
    if (Text(group, "Name") == name) return group;
  }
  static const Json kNone = Json::object();
  return kNone;
}

Json DeploymentGroup(const Json& job, const GroupDecision& decision, bool unplaceable, Nanos now) {
  const Json& group = GroupNamed(job, decision.group);
  const bool nowhere = unplaceable && IsSystem(job);
  Json state = NewDeploymentGroup(group, nowhere ? 0 : decision.desired_total, decision.canaries);
  const std::size_t fresh = decision.place.size() + decision.destructive.size() +
                            static_cast<std::size_t>(decision.canaries);
  const std::size_t placed = decision.in_place.size() + (unplaceable ? 0 : fresh);
  state["PlacedAllocs"] = placed;
  if (decision.canaries > 0 && !unplaceable) state["PlacedCanaries"] = Json::array();
  if (placed > 0) {
    state["RequireProgressBy"] = FormatTime(now + Number(state, "ProgressDeadline"));
  }
  return state;
}

}  // namespace

std::string Cluster::OpenDeployment(const Json& job, const std::vector<GroupDecision>& decisions,
                                    bool unplaceable, Nanos now) {
  if (IsBatch(job) || Flag(job, "Stop")) return {};
  const JobKey key = KeyOf(job);
  for (const Doc& deployment : store_.DeploymentsOf(key)) {
    const bool same = Number(*deployment, "JobVersion") == Number(job, "Version");
    if (same) return IsActive(*deployment) ? Text(*deployment, "ID") : "";
  }
  bool changes = false;
  bool manual = false;
  bool automatic = false;
  Json deployment = NewDeployment(store_.NewId(), job, now);
  for (const GroupDecision& decision : decisions) {
    if (decision.desired_total == 0) continue;
    changes = changes || !decision.place.empty() || !decision.destructive.empty() ||
              !decision.in_place.empty() || decision.canaries > 0;
    Json state = DeploymentGroup(job, decision, unplaceable, now);
    if (decision.canaries > 0) (Flag(state, "AutoPromote") ? automatic : manual) = true;
    deployment["TaskGroups"][decision.group] = std::move(state);
  }
  CancelDeployments(key, "Cancelled due to newer version of job", now);
  if (!changes) return {};
  if (automatic)
    deployment["StatusDescription"] = "Deployment is running pending automatic promotion";
  if (manual)
    deployment["StatusDescription"] = "Deployment is running but requires manual promotion";
  const std::string id = Text(deployment, "ID");
  store_.PutDeployment(std::move(deployment), "PlanResult");
  if (unplaceable && IsSystem(job))
    EndDeployment(id, "successful", "Deployment completed successfully", now);
  return id;
}

void Cluster::CountPlaced(const std::string& id, const std::vector<GroupDecision>& decisions) {
  Json deployment = *store_.Deployment(id);
  for (const GroupDecision& decision : decisions) {
    if (!deployment["TaskGroups"].contains(decision.group)) continue;
    Json& group = deployment["TaskGroups"][decision.group];
    group["PlacedAllocs"] =
        static_cast<std::size_t>(Number(group, "PlacedAllocs")) + decision.place.size();
  }
  store_.PutDeployment(std::move(deployment), "PlanResult");
}

void Cluster::CancelBlockedEvaluations(const JobKey& key) {
  for (const Doc& known : store_.EvaluationsOf(key)) {
    if (Text(*known, "Status") != "blocked") continue;
    Json evaluation = *known;
    evaluation["Status"] = "canceled";
    store_.PutEvaluation(std::move(evaluation), "EvaluationUpdated");
  }
}

void Cluster::CancelDeployments(const JobKey& key, const char* reason, Nanos now) {
  for (const Doc& deployment : store_.DeploymentsOf(key)) {
    if (IsActive(*deployment)) EndDeployment(Text(*deployment, "ID"), "cancelled", reason, now);
  }
}

void Cluster::Apply(const std::vector<GroupDecision>& decisions, const Json& job,
                    const std::string& evaluation, const std::string& deployment, Nanos now) {
  const bool unplaceable = Covers(behaviour_.never, Text(job, "ID"));
  for (const GroupDecision& decision : decisions) {
    const Json& group = GroupNamed(job, decision.group);
    for (const Doc& allocation : decision.stop) StopAlloc(*allocation, kUnwanted, {}, now);
    for (const Doc& allocation : decision.in_place)
      UpdateInPlace(*allocation, job, deployment, now);
    if (unplaceable) continue;
    for (const Doc& allocation : decision.destructive) {
      Place(job, group, NameIndex(*allocation), evaluation, deployment, allocation, false, now);
    }
    for (const int name_index : decision.place) {
      Place(job, group, name_index, evaluation, deployment, nullptr, false, now);
    }
    for (int i = 0; i < decision.canaries; ++i) {
      Place(job, group, i, evaluation, deployment, nullptr, true, now);
    }
  }
}

void Cluster::Place(const Json& job, const Json& group, int name_index,
                    const std::string& evaluation, const std::string& deployment,
                    const Doc& previous, bool canary, Nanos now) {
  const std::string id = store_.NewId();
  Json allocation = NewAllocation(id, job, group, name_index, evaluation, deployment, now);
  allocation["AllocModifyIndex"] = store_.index();
  if (previous != nullptr) {
    allocation["PreviousAllocation"] = Text(*previous, "ID");
    StopAlloc(*previous, kReplaced, id, now);
  }
  if (canary) {
    allocation["DeploymentStatus"] = {{"Canary", true},
                                      {"Healthy", nullptr},
                                      {"ModifyIndex", 0},
                                      {"Timestamp", "0001-01-01T00:00:00Z"}};
    Json state = *store_.Deployment(deployment);
    state["TaskGroups"][Text(group, "Name")]["PlacedCanaries"].push_back(id);
    store_.PutDeployment(std::move(state), "PlanResult");
  }
  store_.PutAllocation(std::move(allocation), "PlanResult");
  Schedule(Step::kStart, id, now + behaviour_.healthy_after / 3);
  Schedule(Step::kSettle, id, now + behaviour_.healthy_after);
}

void Cluster::ReplaceFailed(const Json& job, const std::string& evaluation, Nanos now) {
  if (Flag(job, "Stop") || IsBatch(job) || Covers(behaviour_.never, Text(job, "ID"))) return;
  std::map<std::string, GroupDecision> decisions;
  std::vector<Doc> replaced;
  for (const Doc& old : store_.AllocationsOf(KeyOf(job))) {
    if (Text(*old, "DesiredStatus") != "run" || Text(*old, "ClientStatus") != "failed") continue;
    const Json& group = GroupNamed(job, Text(*old, "TaskGroup"));
    const Json& policy = Member(group, "ReschedulePolicy");
    const bool allowed = Flag(policy, "Unlimited") || Number(policy, "Attempts") > 0;
    if (!allowed && !IsSystem(job)) continue;
    GroupDecision& decision = decisions[Text(*old, "TaskGroup")];
    decision.group = Text(*old, "TaskGroup");
    decision.place.push_back(NameIndex(*old));
    decision.desired_total = static_cast<int>(decision.place.size());
    replaced.push_back(old);
  }
  if (replaced.empty()) return;
  std::vector<GroupDecision> placed;
  for (auto& [group, decision] : decisions) placed.push_back(std::move(decision));
  // Nothing where this version has had its deployment.
  const std::string deployment = OpenDeployment(job, placed, false, now);
  for (const Doc& old : replaced) {
    const Json& group = GroupNamed(job, Text(*old, "TaskGroup"));
    Place(job, group, NameIndex(*old), evaluation, deployment, old, false, now);
  }
  RefreshStatus(KeyOf(job), "PlanResult");
}

void Cluster::UpdateInPlace(const Json& allocation, const Json& job, const std::string& deployment,
                            Nanos now) {
  Json updated = allocation;
  updated["JobVersion"] = Number(job, "Version");
  updated["AllocModifyIndex"] = store_.index();
  updated["DeploymentStatus"] = nullptr;
  updated["DeploymentID"] = deployment;
  updated["ModifyTime"] = now;
  const std::string id = Text(updated, "ID");
  store_.PutAllocation(std::move(updated), "PlanResult");
  Schedule(Step::kSettle, id, now + behaviour_.healthy_after);
}

void Cluster::StopAlloc(Json allocation, const char* reason, const std::string& next, Nanos now) {
  allocation["DesiredStatus"] = "stop";
  allocation["DesiredDescription"] = reason;
  allocation["NextAllocation"] = next;
  allocation["ModifyTime"] = now;
  const std::string id = Text(allocation, "ID");
  const bool running = !IsTerminal(allocation);
  store_.PutAllocation(std::move(allocation), "PlanResult");
  if (!running) return;
  Schedule(Step::kKill, id, now + behaviour_.gone_after / 4);
  Schedule(Step::kGone, id, now + behaviour_.gone_after);
}

void Cluster::RefreshStatus(const JobKey& key, const char* event) {
  const Doc job = store_.Job(key);
  if (job == nullptr) return;
  bool live = false;
  for (const Doc& allocation : store_.AllocationsOf(key)) live = live || IsLive(*allocation);
  bool waiting = false;
  for (const Doc& evaluation : store_.EvaluationsOf(key)) {
    waiting = waiting || Text(*evaluation, "Status") == "blocked";
  }
  bool deploying = false;
  for (const Doc& deployment : store_.DeploymentsOf(key))
    deploying = deploying || IsActive(*deployment);
  const char* status = Flag(*job, "Stop")                    ? "dead"
                       : IsParent(*job) || live || deploying ? "running"
                       : Text(*job, "Type") == "system"      ? "running"
                       : waiting                             ? "pending"
                                                             : "dead";
  if (Text(*job, "Status") == status) return;
  Json changed = *job;
  changed["Status"] = status;
  store_.PutJob(std::move(changed), event);
}

}  // namespace nmgr::fake
