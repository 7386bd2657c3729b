#include "fake_nomad/records.h"

#include <utility>

namespace nmgr::fake {

Json NewEvaluation(std::string id, const Json& job, const char* trigger, Nanos now) {
  return {{"CreateTime", now},
          {"ID", std::move(id)},
          {"JobID", Text(job, "ID")},
          {"JobModifyIndex", Number(job, "JobModifyIndex")},
          {"ModifyTime", now},
          {"Namespace", Text(job, "Namespace")},
          {"Priority", Number(job, "Priority")},
          {"Status", "pending"},
          {"TriggeredBy", trigger},
          {"Type", Text(job, "Type")}};
}

Json NewAllocation(std::string id, const Json& job, const Json& group, int name_index,
                   const std::string& evaluation, const std::string& deployment, Nanos now) {
  Json states = Json::object();
  for (const Json& task : Member(group, "Tasks")) {
    states[Text(task, "Name")] = {
        {"Events", Json::array()}, {"Failed", false},   {"FinishedAt", nullptr},
        {"LastRestart", nullptr},  {"Paused", ""},      {"Restarts", 0},
        {"StartedAt", nullptr},    {"State", "pending"}};
  }
  const std::string& group_name = Text(group, "Name");
  Json allocation = {
      {"ClientDescription", "No tasks have started"},
      {"ClientStatus", "pending"},
      {"CreateTime", now},
      {"DeploymentID", deployment},
      {"DeploymentStatus", nullptr},
      {"DesiredDescription", ""},
      {"DesiredStatus", "run"},
      {"EvalID", evaluation},
      {"ID", std::move(id)},
      {"JobID", Text(job, "ID")},
      {"JobType", Text(job, "Type")},
      {"JobVersion", Number(job, "Version")},
      {"ModifyTime", now},
      {"Name", Text(job, "ID") + "." + group_name + "[" + std::to_string(name_index) + "]"},
      {"Namespace", Text(job, "Namespace")},
      {"NextAllocation", ""},
      {"NodeID", kNodeId},
      {"NodeName", kNodeName},
      {"PreviousAllocation", ""},
      {"TaskGroup", group_name},
      {"TaskStates", std::move(states)}};
  AddTaskEvent(allocation, TaskEvent("Received", "Task received by client", now));
  const char* setup = "Building Task Directory";
  AddTaskEvent(allocation, TaskEvent("Task Setup", setup, now,
                                     {{"Message", setup}, {"Details", {{"message", setup}}}}));
  return allocation;
}

Json NewDeployment(std::string id, const Json& job, Nanos now) {
  return {{"CreateTime", now},
          {"EvalPriority", Number(job, "Priority")},
          {"ID", std::move(id)},
          {"IsMultiregion", false},
          {"JobCreateIndex", Number(job, "CreateIndex")},
          {"JobID", Text(job, "ID")},
          {"JobModifyIndex", Number(job, "JobModifyIndex")},
          {"JobSpecModifyIndex", Number(job, "JobModifyIndex")},
          {"JobVersion", Number(job, "Version")},
          {"ModifyTime", now},
          {"Namespace", Text(job, "Namespace")},
          {"Status", "running"},
          {"StatusDescription", "Deployment is running"},
          {"TaskGroups", Json::object()}};
}

Json NewDeploymentGroup(const Json& group, int desired_total, int canaries) {
  const Json& update = Member(group, "Update");
  return {{"AutoPromote", Flag(update, "AutoPromote")},
          {"AutoRevert", Flag(update, "AutoRevert")},
          {"DesiredCanaries", canaries},
          {"DesiredTotal", desired_total},
          {"HealthyAllocs", 0},
          {"PlacedAllocs", 0},
          {"PlacedCanaries", nullptr},
          {"ProgressDeadline", Number(update, "ProgressDeadline")},
          {"Promoted", false},
          {"RequireProgressBy", "0001-01-01T00:00:00Z"},
          {"UnhealthyAllocs", 0}};
}

Json NoUpdates() {
  return {{"Canary", 0},        {"DestructiveUpdate", 0}, {"Disconnect", 0},    {"Ignore", 0},
          {"InPlaceUpdate", 0}, {"Migrate", 0},           {"Place", 0},         {"Preemptions", 0},
          {"Reconnect", 0},     {"RescheduleLater", 0},   {"RescheduleNow", 0}, {"Stop", 0}};
}

Json FailedPlacement(const Json& job) {
  const bool system = Text(job, "Type") == "system" || Text(job, "Type") == "sysbatch";
  return {{"AllocationTime", 8032},
          {"ClassExhausted", nullptr},
          {"ClassFiltered", nullptr},
          {"CoalescedFailures", 0},
          {"ConstraintFiltered", {{"missing drivers", 1}}},
          {"DimensionExhausted", nullptr},
          {"NodePool", system ? "" : Text(job, "NodePool")},
          {"NodesAvailable", system ? Json() : Json{{"dc1", 1}}},
          {"NodesEvaluated", 1},
          {"NodesExhausted", 0},
          {"NodesFiltered", 1},
          {"NodesInPool", system ? 0 : 1},
          {"QuotaExhausted", nullptr},
          {"ResourcesExhausted", nullptr},
          {"ScoreMetaData", nullptr},
          {"Scores", nullptr}};
}

Json TaskEvent(const char* type, const std::string& display_message, Nanos now, const Json& extra) {
  Json event = {{"Details", Json::object()},
                {"DiskLimit", 0},
                {"DisplayMessage", display_message},
                {"DownloadError", ""},
                {"DriverError", ""},
                {"DriverMessage", ""},
                {"ExitCode", 0},
                {"FailedSibling", ""},
                {"FailsTask", false},
                {"GenericSource", ""},
                {"KillError", ""},
                {"KillReason", ""},
                {"KillTimeout", 0},
                {"Message", ""},
                {"RestartReason", ""},
                {"SetupError", ""},
                {"Signal", 0},
                {"StartDelay", 0},
                {"TaskSignal", ""},
                {"TaskSignalReason", ""},
                {"Time", now},
                {"Type", type},
                {"ValidationError", ""},
                {"VaultError", ""}};
  if (extra.is_object()) event.update(extra);
  return event;
}

void AddTaskEvent(Json& allocation, const Json& event) {
  for (Json& state : allocation["TaskStates"]) state["Events"].push_back(event);
}

void SetTasks(Json& allocation, const char* state, Nanos now, bool failed) {
  const std::string_view name = state;
  for (Json& task : allocation["TaskStates"]) {
    task["State"] = state;
    task["Failed"] = failed;
    if (name == "running") task["StartedAt"] = FormatTime(now);
    if (name == "dead") task["FinishedAt"] = FormatTime(now);
  }
}

}  // namespace nmgr::fake
