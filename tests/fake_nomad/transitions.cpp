// The part of Cluster that time drives: tasks start, become healthy, fail, complete and go, and
// deployments follow them.
#include <utility>

#include "fake_nomad/cluster.h"
#include "fake_nomad/records.h"

namespace nmgr::fake {
namespace {

constexpr const char* kNoImage = "Failed to pull `gone:1`: no such image";
constexpr const char* kUnhealthy = "Failed due to unhealthy allocations";

void SetHealth(Json& allocation, bool healthy, std::uint64_t index, Nanos now) {
  const bool canary = Flag(Member(allocation, "DeploymentStatus"), "Canary");
  allocation["DeploymentStatus"] = {{"Canary", canary},
                                    {"Healthy", healthy},
                                    {"ModifyIndex", index},
                                    {"Timestamp", FormatTime(now)}};
}

Json Exit(int code, int signal, Nanos now) {
  std::string message = "Exit Code: " + std::to_string(code);
  if (signal != 0) message += ", Signal: " + std::to_string(signal);
  return TaskEvent("Terminated", message, now,
                   {{"Details",
                     {{"exit_code", std::to_string(code)},
                      {"oom_killed", "false"},
                      {"signal", std::to_string(signal)}}},
                    {"ExitCode", code},
                    {"Signal", signal}});
}

bool Awaits(const Json& group) {
  return Number(group, "DesiredCanaries") > 0 && !Flag(group, "Promoted");
}

}  // namespace

std::optional<Nanos> Cluster::NextDue() const {
  const std::optional<Nanos> variables = variables_.NextDue();
  if (due_.empty()) return variables;
  return variables ? std::min(due_.top().at, *variables) : due_.top().at;
}

void Cluster::Advance(Nanos now) {
  variables_.Advance(now);
  while (!due_.empty() && due_.top().at <= now) {
    const Due due = due_.top();
    due_.pop();
    Carry(due);
  }
}

void Cluster::Schedule(Step step, const std::string& allocation, Nanos at) {
  due_.push({at, ++order_, step, allocation, store_.index()});
}

void Cluster::Carry(const Due& due) {
  const Doc allocation = store_.Allocation(due.allocation);
  if (allocation == nullptr) return;
  switch (due.step) {
    case Step::kStart:
      Start(*allocation, due.at);
      break;
    case Step::kSettle:
      // An update in place starts the wait anew; the step that was scheduled before it is void.
      if (static_cast<std::uint64_t>(Number(*allocation, "AllocModifyIndex")) == due.index) {
        Settle(*allocation, due.at);
      }
      break;
    case Step::kKill:
      Kill(*allocation, due.at);
      break;
    case Step::kGone:
      Gone(*allocation, due.at);
      break;
    case Step::kStartAgain:
      StartAgain(*allocation, due.at);
      break;
  }
}

void Cluster::Start(Json allocation, Nanos now) {
  if (!IsLive(allocation) || Text(allocation, "ClientStatus") != "pending") return;
  if (Covers(behaviour_.broken, Text(allocation, "JobID"))) return Fail(std::move(allocation), now);
  store_.NextIndex();
  allocation["ClientStatus"] = "running";
  allocation["ClientDescription"] = "Tasks are running";
  allocation["ModifyTime"] = now;
  SetTasks(allocation, "running", now);
  AddTaskEvent(allocation, TaskEvent("Started", "Task started by client", now));
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
}

// The tasks that a restart has brought down. What fails does so again once it has settled.
void Cluster::StartAgain(Json allocation, Nanos now) {
  if (!IsLive(allocation)) return;
  allocation["AllocModifyIndex"] = store_.NextIndex();
  allocation["ModifyTime"] = now;
  for (Json& state : allocation["TaskStates"]) {
    if (Text(state, "State") != "pending") continue;
    state["State"] = "running";
    state["Restarts"] = Number(state, "Restarts") + 1;
    state["LastRestart"] = state["StartedAt"] = FormatTime(now);
    state["FinishedAt"] = nullptr;
    state["Events"].push_back(TaskEvent("Started", "Task started by client", now));
  }
  const std::string id = Text(allocation, "ID");
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  Schedule(Step::kSettle, id, now + behaviour_.healthy_after);
}

void Cluster::Settle(Json allocation, Nanos now) {
  if (!IsLive(allocation)) return;
  const JobKey key{Text(allocation, "Namespace"), Text(allocation, "JobID")};
  const auto version = static_cast<std::uint64_t>(Number(allocation, "JobVersion"));
  const Doc job = store_.JobVersion(key, version);
  if (job == nullptr) return;
  const std::string group = key.id + "." + Text(allocation, "TaskGroup");
  const bool fails = Covers(behaviour_.fail, key.id) || Covers(behaviour_.fail, group);
  if (fails && spared_.count({key, version}) == 0) {
    Fail(std::move(allocation), now);
  } else if (Covers(behaviour_.sick, key.id) && !IsBatch(*job)) {
    BecomeUnhealthy(std::move(allocation), now);
  } else if (!IsBatch(*job)) {
    BecomeHealthy(std::move(allocation), now);
  } else if (!Covers(behaviour_.busy, key.id)) {
    Complete(std::move(allocation), now);
  }
}

void Cluster::BecomeHealthy(Json allocation, Nanos now) {
  if (Text(allocation, "DeploymentID").empty()) return;
  if (Member(Member(allocation, "DeploymentStatus"), "Healthy").is_boolean()) return;
  store_.NextIndex();
  SetHealth(allocation, true, store_.index(), now);
  allocation["ModifyTime"] = now;
  CountHealth(allocation, true, now);
  const std::string deployment = Text(allocation, "DeploymentID");
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  CheckDeployment(deployment, now);
}

void Cluster::BecomeUnhealthy(Json allocation, Nanos now) {
  const std::string deployment = Text(allocation, "DeploymentID");
  if (deployment.empty()) return;
  store_.NextIndex();
  SetHealth(allocation, false, store_.index(), now);
  CountHealth(allocation, false, now);
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  CheckDeployment(deployment, now);
}

void Cluster::Complete(Json allocation, Nanos now) {
  store_.NextIndex();
  const JobKey key{Text(allocation, "Namespace"), Text(allocation, "JobID")};
  allocation["ClientStatus"] = "complete";
  allocation["ClientDescription"] = "All tasks have completed";
  allocation["ModifyTime"] = now;
  SetTasks(allocation, "dead", now);
  AddTaskEvent(allocation, Exit(0, 0, now));
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  RefreshStatus(key, "AllocationUpdated");
}

void Cluster::Fail(Json allocation, Nanos now) {
  const bool had_started = Text(allocation, "ClientStatus") == "running";
  store_.NextIndex();
  const JobKey key{Text(allocation, "Namespace"), Text(allocation, "JobID")};
  allocation["ClientStatus"] = "failed";
  allocation["ClientDescription"] = "Failed tasks";
  allocation["ModifyTime"] = now;
  SetTasks(allocation, "dead", now, true);
  AddTaskEvent(allocation, had_started ? Exit(1, 0, now)
                                       : TaskEvent("Driver Failure", kNoImage, now,
                                                   {{"DriverError", kNoImage}}));
  const char* no_restart = "Policy allows no restarts";
  AddTaskEvent(allocation,
               TaskEvent("Not Restarting", no_restart, now,
                         {{"Details", {{"fails_task", "true"}, {"restart_reason", no_restart}}},
                          {"FailsTask", true},
                          {"RestartReason", no_restart}}));
  const std::string deployment = Text(allocation, "DeploymentID");
  if (!deployment.empty()) {
    const char* message = "Unhealthy because of failed task";
    AddTaskEvent(allocation,
                 TaskEvent("Alloc Unhealthy", message, now,
                           {{"Message", message}, {"Details", {{"message", message}}}}));
    SetHealth(allocation, false, store_.index(), now);
    CountHealth(allocation, false, now);
  }
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  if (!deployment.empty()) CheckDeployment(deployment, now);
  RefreshStatus(key, "EvaluationUpdated");
}

void Cluster::Kill(Json allocation, Nanos now) {
  if (IsTerminal(allocation)) return;
  store_.NextIndex();
  AddTaskEvent(allocation,
               TaskEvent("Killing", "Sent interrupt. Waiting 5s before force killing", now,
                         {{"Details", {{"kill_timeout", "5s"}}}, {"KillTimeout", 5 * kSecond}}));
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
}

void Cluster::Gone(Json allocation, Nanos now) {
  if (IsTerminal(allocation)) return;
  store_.NextIndex();
  const JobKey key{Text(allocation, "Namespace"), Text(allocation, "JobID")};
  allocation["ClientStatus"] = "complete";
  allocation["ClientDescription"] = "All tasks have completed";
  allocation["ModifyTime"] = now;
  SetTasks(allocation, "dead", now);
  AddTaskEvent(allocation, Exit(137, 9, now));
  AddTaskEvent(allocation, TaskEvent("Killed", "Task successfully killed", now));
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  RefreshStatus(key, "AllocationUpdated");
}

void Cluster::CountHealth(const Json& allocation, bool healthy, Nanos now) {
  const Doc known = store_.Deployment(Text(allocation, "DeploymentID"));
  if (known == nullptr || Text(*known, "Status") != "running") return;
  Json deployment = *known;
  Json& group = deployment["TaskGroups"][Text(allocation, "TaskGroup")];
  const char* counter = healthy ? "HealthyAllocs" : "UnhealthyAllocs";
  group[counter] = Number(group, counter) + 1;
  group["RequireProgressBy"] = FormatTime(now + Number(group, "ProgressDeadline"));
  deployment["ModifyTime"] = now;
  store_.PutDeployment(std::move(deployment), "AllocationUpdated");
}

void Cluster::CheckDeployment(const std::string& id, Nanos now) {
  const Doc deployment = store_.Deployment(id);
  if (deployment == nullptr || Text(*deployment, "Status") != "running") return;
  const JobKey key{Text(*deployment, "Namespace"), Text(*deployment, "JobID")};
  const auto version = static_cast<std::uint64_t>(Number(*deployment, "JobVersion"));
  bool done = true;
  bool canaries_done = true;
  bool automatic = false;
  for (const Json& group : Member(*deployment, "TaskGroups")) {
    if (Number(group, "UnhealthyAllocs") > 0) {
      const std::optional<std::uint64_t> stable = StableVersionBefore(key, version);
      const bool revert = Flag(group, "AutoRevert");
      const std::string how = !revert ? ""
                              : stable.has_value()
                                  ? " - rolling back to job version " + std::to_string(*stable)
                                  : " - no stable job version to auto revert to";
      store_.NextIndex();
      EndDeployment(id, "failed", kUnhealthy + how, now);
      CloseWatcherEvaluation(key, OpenWatcherEvaluation(key, id, "DeploymentStatusUpdate", now),
                             now);
      if (revert && stable.has_value()) AutoRevert(key, *stable, now);
      return;
    }
    automatic = automatic || (Awaits(group) && Flag(group, "AutoPromote"));
    if (Awaits(group)) {
      canaries_done =
          canaries_done && Number(group, "HealthyAllocs") >= Number(group, "DesiredCanaries");
    }
    done =
        done && !Awaits(group) && Number(group, "HealthyAllocs") >= Number(group, "DesiredTotal");
  }
  if (automatic && canaries_done) {
    static_cast<void>(Promote(id, now));
  } else if (done) {
    store_.NextIndex();
    const std::string evaluation =
        OpenWatcherEvaluation(key, id, "AllocationUpdateDesiredStatus", now);
    store_.NextIndex();
    EndDeployment(id, "successful", "Deployment completed successfully", now);
    CloseWatcherEvaluation(key, evaluation, now);
  }
}

void Cluster::EndDeployment(const std::string& id, const char* status,
                            const std::string& description, Nanos now) {
  Json deployment = *store_.Deployment(id);
  deployment["Status"] = status;
  deployment["StatusDescription"] = description;
  deployment["ModifyTime"] = now;
  const bool successful = std::string_view(status) == "successful";
  store_.PutDeployment(deployment, successful ? "PlanResult" : "DeploymentStatusUpdate");
  if (successful) MarkStable(deployment);
}

void Cluster::MarkStable(const Json& deployment) {
  const JobKey key{Text(deployment, "Namespace"), Text(deployment, "JobID")};
  const Doc job =
      store_.JobVersion(key, static_cast<std::uint64_t>(Number(deployment, "JobVersion")));
  if (job == nullptr) return;
  Json stable = *job;
  stable["Stable"] = true;
  store_.PutJob(std::move(stable), "PlanResult");
}

std::string Cluster::OpenWatcherEvaluation(const JobKey& key, const std::string& deployment,
                                           const char* event, Nanos now) {
  const Doc job = store_.Job(key);
  Json evaluation = NewEvaluation(store_.NewId(), *job, "deployment-watcher", now);
  evaluation.erase("JobModifyIndex");
  evaluation["DeploymentID"] = deployment;
  std::string id = Text(evaluation, "ID");
  store_.PutEvaluation(std::move(evaluation), event);
  return id;
}

void Cluster::CloseWatcherEvaluation(const JobKey& key, const std::string& id, Nanos now) {
  const Doc job = store_.Job(key);
  store_.PutEvaluation(*store_.Evaluation(id), "PlanResult");
  FinishEvaluation(*store_.Evaluation(id), Decide(store_, *job), *job, false, now);
}

std::optional<std::uint64_t> Cluster::StableVersionBefore(const JobKey& key,
                                                          std::uint64_t version) const {
  for (const Doc& job : store_.Versions(key)) {
    const auto number = static_cast<std::uint64_t>(Number(*job, "Version"));
    if (number < version && Flag(*job, "Stable") && !Flag(*job, "Stop")) return number;
  }
  return std::nullopt;
}

void Cluster::AutoRevert(const JobKey& key, std::uint64_t version, Nanos now) {
  const Doc current = store_.Job(key);
  spared_.insert({key, static_cast<std::uint64_t>(Number(*current, "Version")) + 1});
  static_cast<void>(Revert(key, version, std::nullopt, now));
}

Result<Written> Cluster::Promote(const std::string& id, Nanos now) {
  const Doc known = store_.Deployment(id);
  if (known == nullptr) return Refuse(404, "deployment not found");
  if (Text(*known, "Status") != "running") return Refuse(500, "can't promote terminal deployment");
  Json deployment = *known;
  for (auto& [name, group] : deployment["TaskGroups"].items()) {
    if (!Awaits(group)) continue;
    const std::int64_t healthy = Number(group, "HealthyAllocs");
    const std::int64_t wanted = Number(group, "DesiredCanaries");
    if (healthy < wanted) {
      return Refuse(500, "1 error occurred:\n\t* Task group \"" + name + "\" has " +
                             std::to_string(healthy) + "/" + std::to_string(wanted) +
                             " healthy allocations\n\n");
    }
    group["Promoted"] = true;
  }
  Written written;
  written.index = written.evaluation_index = store_.NextIndex();
  deployment["StatusDescription"] = "Deployment is running";
  deployment["ModifyTime"] = now;
  store_.PutDeployment(deployment, "DeploymentPromotion");
  FinishCanaries(id, now);
  const JobKey key{Text(deployment, "Namespace"), Text(deployment, "JobID")};
  if (const Doc job = store_.Job(key); job != nullptr) {
    written.evaluation = RunEvaluation(*job, "deployment-watcher", now, id);
  }
  CheckDeployment(id, now);
  return written;
}

// The canaries become ordinary allocations and the old ones go; what is then missing is placed by
// the evaluation that follows.
void Cluster::FinishCanaries(const std::string& id, Nanos now) {
  const Doc deployment = store_.Deployment(id);
  const JobKey key{Text(*deployment, "Namespace"), Text(*deployment, "JobID")};
  for (const Doc& known : store_.AllocationsOf(key)) {
    const Json& groups = Member(*deployment, "TaskGroups");
    if (!Flag(Member(groups, Text(*known, "TaskGroup")), "Promoted")) continue;
    if (Number(*known, "JobVersion") != Number(*deployment, "JobVersion")) {
      if (Text(*known, "DesiredStatus") == "run") {
        StopAlloc(*known, "alloc not needed due to job update", {}, now);
      }
    } else if (Flag(Member(*known, "DeploymentStatus"), "Canary")) {
      Json allocation = *known;
      allocation["DeploymentStatus"]["Canary"] = false;
      store_.PutAllocation(std::move(allocation), "DeploymentPromotion");
    }
  }
}

Result<Written> Cluster::FailDeployment(const std::string& id, Nanos now) {
  const Doc known = store_.Deployment(id);
  if (known == nullptr) return Refuse(404, "deployment not found");
  if (Text(*known, "Status") != "running") return Refuse(500, "can't fail terminal deployment");
  const JobKey key{Text(*known, "Namespace"), Text(*known, "JobID")};
  Written written;
  written.index = written.evaluation_index = store_.NextIndex();
  EndDeployment(id, "failed", "Deployment marked as failed", now);
  written.evaluation = OpenWatcherEvaluation(key, id, "DeploymentStatusUpdate", now);
  CloseWatcherEvaluation(key, written.evaluation, now);
  return written;
}

Result<Written> Cluster::RestartAllocation(const std::string& id, const std::string& task, bool all,
                                           Nanos now) {
  const Doc known = store_.Allocation(id);
  if (known == nullptr) return Refuse(404, "Unknown allocation \"" + id + "\"");
  if (all && !task.empty()) {
    return Refuse(500, "task name cannot be set when restarting all tasks");
  }
  if (!IsLive(*known)) return Refuse(500, "restart of an alloc that should not run");
  Json allocation = *known;
  if (!task.empty() && !allocation["TaskStates"].contains(task)) {
    return Refuse(500, "Could not find task runner for task: " + task);
  }
  store_.NextIndex();
  const char* asked = "User requested task to restart";
  for (auto& [name, state] : allocation["TaskStates"].items()) {
    if (!task.empty() && name != task) continue;
    if (!all && Text(state, "State") != "running") continue;
    state["State"] = "pending";
    for (const Json& event :
         {TaskEvent("Restart Signaled", asked, now,
                    {{"Details", {{"restart_reason", asked}}}, {"RestartReason", asked}}),
          Exit(0, 0, now),
          TaskEvent("Restarting", "Task restarting in 0s", now,
                    {{"Details", {{"restart_reason", ""}, {"start_delay", "0"}}}})}) {
      state["Events"].push_back(event);
    }
  }
  allocation["ModifyTime"] = now;
  store_.PutAllocation(std::move(allocation), "AllocationUpdated");
  Schedule(Step::kStartAgain, id, now + behaviour_.healthy_after / 3);
  return Written{store_.index(), 0, {}, 0};
}

Result<Written> Cluster::FailAllocation(const std::string& id, Nanos now) {
  const Doc allocation = store_.Allocation(id);
  if (allocation == nullptr || IsTerminal(*allocation)) return Refuse(404, "alloc not found");
  Fail(*allocation, now);
  return Written{store_.index(), 0, {}, 0};
}

Result<Written> Cluster::StopAllocation(const std::string& id, Nanos now) {
  const Doc allocation = store_.Allocation(id);
  if (allocation == nullptr) return Refuse(404, "alloc not found");
  const JobKey key{Text(*allocation, "Namespace"), Text(*allocation, "JobID")};
  Written written;
  written.index = written.evaluation_index = store_.NextIndex();
  StopAlloc(*allocation, "alloc was stopped by user", {}, now);
  if (const Doc job = store_.Job(key); job != nullptr) {
    written.evaluation = RunEvaluation(*job, "alloc-stop", now);
  }
  return written;
}

}  // namespace nmgr::fake
