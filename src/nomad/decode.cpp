#include "decode.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "http_errors.h"
#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

bool Flag(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  return value.is_boolean() && value.get<bool>();
}

template <class Number>
Number Integer(const Json& value, Number otherwise = 0) {
  using Limits = std::numeric_limits<Number>;
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number <= static_cast<std::uint64_t>(Limits::max()) ? static_cast<Number>(number)
                                                               : otherwise;
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (number < 0 && !Limits::is_signed) return otherwise;
    return number >= static_cast<std::int64_t>(Limits::min()) ? static_cast<Number>(number)
                                                              : otherwise;
  }
  if (value.is_number_float()) {
    const double number = value.get<double>();
    const bool fits =
        number >= static_cast<double>(Limits::min()) && number < static_cast<double>(Limits::max());
    return fits ? static_cast<Number>(number) : otherwise;
  }
  return otherwise;
}

template <class Number>
Number Integer(const Json& object, const char* key, Number otherwise = 0) {
  return Integer<Number>(Member(object, key), otherwise);
}

std::map<std::string, int> Counts(const Json& object, const char* key) {
  std::map<std::string, int> counts;
  const Json& value = Member(object, key);
  if (!value.is_object()) return counts;
  for (const auto& [name, count] : value.items()) counts[name] = Integer<int>(count);
  return counts;
}

// Calls `each(element)` for the elements of an array; other values have none.
template <class Function>
void ForEach(const Json& value, const Function& each) {
  if (!value.is_array()) return;
  for (const Json& element : value) each(element);
}

template <class Function>
void ForEachMember(const Json& value, const Function& each) {
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items()) each(name, member);
}

template <class T, class Decode>
std::optional<std::vector<T>> DecodeList(const Json& value, const Decode& decode) {
  std::vector<T> list;
  if (value.is_null()) return list;
  if (!value.is_array()) return std::nullopt;
  for (const Json& element : value) {
    std::optional<T> item = decode(element);
    if (!item) return std::nullopt;
    list.push_back(*std::move(item));
  }
  return list;
}

std::vector<FailedPlacement> DecodePlacements(const Json& groups) {
  std::vector<FailedPlacement> placements;
  ForEachMember(groups, [&](const std::string& name, const Json& metric) {
    FailedPlacement placement;
    placement.group = name;
    placement.unplaced =
        std::clamp(Integer<int>(metric, "CoalescedFailures"), 0, 1'000'000'000) + 1;
    placement.nodes_evaluated = Integer<int>(metric, "NodesEvaluated");
    placement.constraint_filtered = Counts(metric, "ConstraintFiltered");
    placement.class_filtered = Counts(metric, "ClassFiltered");
    placement.dimension_exhausted = Counts(metric, "DimensionExhausted");
    ForEach(Member(metric, "QuotaExhausted"), [&](const Json& quota) {
      if (quota.is_string()) placement.quota_exhausted.push_back(quota.get<std::string>());
    });
    placements.push_back(std::move(placement));
  });
  return placements;
}

TaskEvent DecodeEvent(const Json& value) {
  TaskEvent event;
  event.type = Text(value, "Type");
  event.message = Text(value, "DisplayMessage");
  event.time_ns = Integer<std::int64_t>(value, "Time");
  event.fails_task = Flag(value, "FailsTask");
  const std::string code = Text(Member(value, "Details"), "exit_code");
  int number = 0;
  if (std::from_chars(code.data(), code.data() + code.size(), number).ec == std::errc()) {
    event.exit_code = number;
  } else if (event.type == "Terminated") {
    event.exit_code = Integer<int>(value, "ExitCode");
  }
  return event;
}

std::vector<TaskState> DecodeTaskStates(const Json& states) {
  std::vector<TaskState> tasks;
  ForEachMember(states, [&](const std::string& name, const Json& value) {
    TaskState task;
    task.name = name;
    task.state = Text(value, "State");
    task.failed = Flag(value, "Failed");
    task.restarts = Integer<int>(value, "Restarts");
    task.started_at = Text(value, "StartedAt");
    ForEach(Member(value, "Events"),
            [&](const Json& event) { task.events.push_back(DecodeEvent(event)); });
    std::stable_sort(task.events.begin(), task.events.end(),
                     [](const TaskEvent& a, const TaskEvent& b) { return a.time_ns < b.time_ns; });
    tasks.push_back(std::move(task));
  });
  return tasks;
}

JobRef DecodeRef(const Json& value) {
  return JobRef{Text(value, "ID"), Text(value, "Namespace"), Text(value, "Region")};
}

bool IsParameterized(const Json& value) {
  const Json& parameterized = Member(value, "ParameterizedJob");
  return (parameterized.is_object() || (parameterized.is_boolean() && parameterized.get<bool>())) &&
         !Flag(value, "Dispatched");
}

bool IsPeriodic(const Json& value) {
  const Json& periodic = Member(value, "Periodic");
  return periodic.is_object() || (periodic.is_boolean() && periodic.get<bool>());
}

bool Reschedules(const Json& group) {
  const Json& policy = Member(group, "ReschedulePolicy");
  if (!policy.is_object()) return true;
  return Flag(policy, "Unlimited") || Integer<int>(policy, "Attempts") > 0;
}

bool HasForeignChecks(const Json& owner) {
  bool found = false;
  ForEach(Member(owner, "Services"), [&](const Json& service) {
    const Json& checks = Member(service, "Checks");
    found = found || (Text(service, "Provider") != "nomad" && checks.is_array() && !checks.empty());
  });
  return found;
}

void DecodeServices(const Json& owner, const std::string& group, const std::string& task,
                    Job& job) {
  ForEach(Member(owner, "Services"), [&](const Json& service) {
    const std::string provider = Text(service, "Provider");
    job.services.push_back({group, task, Text(service, "Name"),
                            provider.empty() ? "consul" : provider, Text(service, "PortLabel")});
  });
}

std::vector<TaskImage> DecodeTasks(const Json& group) {
  std::vector<TaskImage> tasks;
  ForEach(Member(group, "Tasks"), [&](const Json& task) {
    tasks.push_back({Text(group, "Name"), Text(task, "Name"), ImageOf(task), Text(task, "Kind"),
                     Text(task, "Driver"), Flag(Member(task, "Config"), "force_pull")});
  });
  return tasks;
}

void DecodeGroup(const Json& value, Job& job) {
  const std::string name = Text(value, "Name");
  TaskGroup group{name, Integer<int>(value, "Count", 1)};
  group.scales = Flag(Member(value, "Scaling"), "Enabled");
  group.has_scaling = Member(value, "Scaling").is_object();
  group.reschedules = Reschedules(value);
  group.min_healthy_ns =
      Integer<std::int64_t>(Member(value, "Update"), "MinHealthyTime", group.min_healthy_ns);
  group.has_foreign_checks = HasForeignChecks(value);
  ForEach(Member(value, "Tasks"), [&](const Json& task) {
    group.has_foreign_checks = group.has_foreign_checks || HasForeignChecks(task);
  });
  job.groups.push_back(std::move(group));
  for (TaskImage& task : DecodeTasks(value)) job.tasks.push_back(std::move(task));
  DecodeServices(value, name, "", job);
  ForEach(Member(value, "Tasks"),
          [&](const Json& task) { DecodeServices(task, name, Text(task, "Name"), job); });
}

// What a job and its row in a list have in common. False: it is no job.
template <class T>
bool TakeJobRow(const Json& value, T& job) {
  job.ref = DecodeRef(value);
  if (job.ref.id.empty()) return false;
  job.parent_id = Text(value, "ParentID");
  job.type = Text(value, "Type");
  job.status = Text(value, "Status");
  job.stop = Flag(value, "Stop");
  job.periodic = IsPeriodic(value);
  job.parameterized = IsParameterized(value);
  job.job_modify_index = Integer<std::uint64_t>(value, "JobModifyIndex");
  job.create_index = Integer<std::uint64_t>(value, "CreateIndex");
  job.submit_time_ns = Integer<std::int64_t>(value, "SubmitTime");
  return true;
}

constexpr std::array<std::string_view, 35> kJobNames = {"Attempts",
                                                        "Checks",
                                                        "Config",
                                                        "Count",
                                                        "CreateIndex",
                                                        "Dispatched",
                                                        "Driver",
                                                        "Enabled",
                                                        "ID",
                                                        "JobModifyIndex",
                                                        "Kind",
                                                        "MinHealthyTime",
                                                        "Name",
                                                        "Namespace",
                                                        "ParameterizedJob",
                                                        "ParentID",
                                                        "Periodic",
                                                        "PortLabel",
                                                        "Provider",
                                                        "Region",
                                                        "ReschedulePolicy",
                                                        "Scaling",
                                                        "Services",
                                                        "Status",
                                                        "StatusDescription",
                                                        "Stop",
                                                        "SubmitTime",
                                                        "TaskGroups",
                                                        "Tasks",
                                                        "Type",
                                                        "Unlimited",
                                                        "Update",
                                                        "Version",
                                                        "force_pull",
                                                        "image"};

constexpr std::array<std::string_view, 15> kSummaryNames = {
    "CreateIndex",      "Dispatched", "ID",       "JobModifyIndex", "JobSummary", "Namespace",
    "ParameterizedJob", "ParentID",   "Periodic", "Region",         "Status",     "Stop",
    "SubmitTime",       "Summary",    "Type"};
constexpr std::array<std::string_view, 1> kWholeOfSummary = {"Summary"};

constexpr std::array<std::string_view, 24> kAllocationNames = {"ClientDescription",
                                                               "ClientStatus",
                                                               "CreateIndex",
                                                               "DeploymentID",
                                                               "DeploymentStatus",
                                                               "DesiredStatus",
                                                               "DesiredTransition",
                                                               "EvalID",
                                                               "FollowupEvalID",
                                                               "ForceReschedule",
                                                               "Healthy",
                                                               "ID",
                                                               "Job",
                                                               "JobID",
                                                               "JobVersion",
                                                               "Migrate",
                                                               "Name",
                                                               "Namespace",
                                                               "NextAllocation",
                                                               "NodeName",
                                                               "Reschedule",
                                                               "TaskGroup",
                                                               "TaskStates",
                                                               "Version"};
constexpr std::array<std::string_view, 1> kWholeOfAllocation = {"TaskStates"};

constexpr std::array<std::string_view, 9> kDeploymentNames = {
    "CreateIndex", "ID",        "JobID",  "JobSpecModifyIndex",
    "JobVersion",  "Namespace", "Status", "StatusDescription",
    "TaskGroups"};
constexpr std::array<std::string_view, 1> kWholeOfDeployment = {"TaskGroups"};

constexpr std::array<std::string_view, 12> kEvaluationNames = {
    "BlockedEval", "CreateIndex", "DeploymentID",      "FailedTGAllocs",
    "ID",          "JobID",       "JobModifyIndex",    "Namespace",
    "NextEval",    "Status",      "StatusDescription", "Type"};
constexpr std::array<std::string_view, 1> kWholeOfEvaluation = {"FailedTGAllocs"};

template <class Names>
constexpr bool AreSorted(const Names& names) {
  return std::is_sorted(names.begin(), names.end());
}
static_assert(AreSorted(kJobNames) && AreSorted(kSummaryNames) && AreSorted(kAllocationNames) &&
              AreSorted(kDeploymentNames) && AreSorted(kEvaluationNames));

}  // namespace

// What the decoders look at.
const ReadFields kJobFields{kJobNames};
const ReadFields kSummaryFields{kSummaryNames, kWholeOfSummary};
const ReadFields kAllocationFields{kAllocationNames, kWholeOfAllocation};
const ReadFields kDeploymentFields{kDeploymentNames, kWholeOfDeployment};
const ReadFields kEvaluationFields{kEvaluationNames, kWholeOfEvaluation};

std::optional<JobSummary> DecodeSummary(const Json& value) {
  JobSummary job;
  if (!TakeJobRow(value, job)) return std::nullopt;
  ForEachMember(Member(Member(value, "JobSummary"), "Summary"),
                [&](const std::string& group, const Json& states) {
                  ForEachMember(states, [&](const std::string& state, const Json& count) {
                    job.groups[group][state] = Integer<int>(count);
                  });
                });
  return job;
}

std::optional<StandingRow> DecodeStanding(const Json& value) {
  StandingRow row;
  row.ref = DecodeRef(value);
  if (row.ref.id.empty()) return std::nullopt;
  const std::hash<Json> digest_of;
  for (const auto& [name, part] : value.items()) {
    if (name == "Allocs" && part.is_array()) {
      for (const Json& allocation : part) row.digest += digest_of(allocation);
    } else {
      row.digest += digest_of(Json{name, part});
    }
  }
  return row;
}

std::optional<VariableInfo> DecodeVariableInfo(const Json& value) {
  VariableInfo info;
  info.path = Text(value, "Path");
  info.name_space = Text(value, "Namespace");
  info.create_index = Integer<std::uint64_t>(value, "CreateIndex");
  info.modify_index = Integer<std::uint64_t>(value, "ModifyIndex");
  info.modify_time_ns = Integer<std::int64_t>(value, "ModifyTime");
  if (info.path.empty()) return std::nullopt;
  return info;
}

std::optional<Variable> DecodeVariable(const Json& value) {
  std::optional<VariableInfo> info = DecodeVariableInfo(value);
  if (!info) return std::nullopt;
  Variable variable{*std::move(info), {}};
  ForEachMember(Member(value, "Items"), [&variable](const std::string& key, const Json& item) {
    if (item.is_string()) variable.items.emplace(key, item.get<std::string>());
  });
  return variable;
}

std::string ImageOf(const Json& task) { return Text(Member(task, "Config"), "image"); }

std::optional<Job> DecodeJob(const Json& value) {
  Job job;
  if (!TakeJobRow(value, job)) return std::nullopt;
  job.status_description = Text(value, "StatusDescription");
  job.version = Integer<std::uint64_t>(value, "Version");
  ForEach(Member(value, "TaskGroups"), [&](const Json& group) { DecodeGroup(group, job); });
  return job;
}

std::optional<JobPlan> DecodePlan(Json value) {
  if (!Member(value, "JobModifyIndex").is_number() || !Member(value, "Diff").is_object())
    return std::nullopt;
  JobPlan plan;
  plan.diff_type = Text(Member(value, "Diff"), "Type");
  if (plan.diff_type.empty()) return std::nullopt;
  plan.job_modify_index = Integer<std::uint64_t>(value, "JobModifyIndex");
  plan.failed_placements = DecodePlacements(Member(value, "FailedTGAllocs"));
  plan.warnings = Text(value, "Warnings");
  plan.next_periodic_launch = Text(value, "NextPeriodicLaunch");
  ForEachMember(Member(Member(value, "Annotations"), "DesiredTGUpdates"),
                [&](const std::string& group, const Json& updates) {
                  auto& counts = plan.updates[group];
                  ForEachMember(updates, [&](const std::string& name, const Json& count) {
                    if (const auto n = Integer<std::uint64_t>(count); n != 0) counts[name] = n;
                  });
                });
  plan.diff = std::make_shared<const Json>(std::move(value["Diff"]));
  return plan;
}

std::optional<JobVerdict> DecodeVerdict(const Json& value) {
  if (!value.is_object() || !value.contains("ValidationErrors")) return std::nullopt;
  JobVerdict verdict;
  const Json& faults = Member(value, "ValidationErrors");
  if (faults.is_array()) {
    for (const Json& fault : faults) {
      if (!fault.is_string()) continue;
      for (std::string& one : SplitErrorList(fault.get<std::string>())) {
        verdict.faults.push_back(std::move(one));
      }
    }
  }
  if (verdict.faults.empty()) verdict.faults = SplitErrorList(Text(value, "Error"));
  verdict.warnings = SplitErrorList(Text(value, "Warnings"));
  return verdict;
}

std::optional<WriteResult> DecodeWrite(const Json& value) {
  if (!Member(value, "EvalID").is_string()) return std::nullopt;
  WriteResult result;
  result.evaluation_id = Text(value, "EvalID");
  result.job_modify_index = Integer<std::uint64_t>(value, "JobModifyIndex");
  result.index = Integer<std::uint64_t>(value, "Index");
  result.warnings = Text(value, "Warnings");
  return result;
}

std::optional<Evaluation> DecodeEvaluation(const Json& value) {
  Evaluation evaluation;
  evaluation.id = Text(value, "ID");
  evaluation.status = Text(value, "Status");
  if (evaluation.id.empty() || evaluation.status.empty()) return std::nullopt;
  evaluation.job_id = Text(value, "JobID");
  evaluation.name_space = Text(value, "Namespace");
  evaluation.status_description = Text(value, "StatusDescription");
  evaluation.type = Text(value, "Type");
  evaluation.deployment_id = Text(value, "DeploymentID");
  evaluation.job_modify_index = Integer<std::uint64_t>(value, "JobModifyIndex");
  evaluation.next_eval = Text(value, "NextEval");
  evaluation.blocked_eval = Text(value, "BlockedEval");
  evaluation.failed_placements = DecodePlacements(Member(value, "FailedTGAllocs"));
  evaluation.create_index = Integer<std::uint64_t>(value, "CreateIndex");
  return evaluation;
}

std::optional<Allocation> DecodeAllocation(const Json& value) {
  Allocation allocation;
  allocation.id = Text(value, "ID");
  allocation.client_status = Text(value, "ClientStatus");
  if (allocation.id.empty() || allocation.client_status.empty()) return std::nullopt;
  allocation.name = Text(value, "Name");
  allocation.job_id = Text(value, "JobID");
  allocation.name_space = Text(value, "Namespace");
  allocation.group = Text(value, "TaskGroup");
  allocation.node_name = Text(value, "NodeName");
  allocation.evaluation_id = Text(value, "EvalID");
  allocation.deployment_id = Text(value, "DeploymentID");
  allocation.followup_evaluation_id = Text(value, "FollowupEvalID");
  allocation.next_allocation_id = Text(value, "NextAllocation");
  allocation.desired_status = Text(value, "DesiredStatus");
  allocation.client_description = Text(value, "ClientDescription");
  const Json& job_version = Member(value, "JobVersion");
  allocation.job_version = Integer<std::uint64_t>(
      job_version.is_null() ? Member(Member(value, "Job"), "Version") : job_version);
  allocation.create_index = Integer<std::uint64_t>(value, "CreateIndex");
  const Json& healthy = Member(Member(value, "DeploymentStatus"), "Healthy");
  if (healthy.is_boolean()) allocation.healthy = healthy.get<bool>();
  const Json& transition = Member(value, "DesiredTransition");
  allocation.is_to_move = Flag(transition, "Migrate") || Flag(transition, "Reschedule") ||
                          Flag(transition, "ForceReschedule");
  allocation.tasks = DecodeTaskStates(Member(value, "TaskStates"));
  return allocation;
}

std::optional<Deployment> DecodeDeployment(const Json& value) {
  Deployment deployment;
  deployment.id = Text(value, "ID");
  deployment.status = Text(value, "Status");
  if (deployment.id.empty() || deployment.status.empty()) return std::nullopt;
  deployment.job_id = Text(value, "JobID");
  deployment.name_space = Text(value, "Namespace");
  deployment.status_description = Text(value, "StatusDescription");
  deployment.job_version = Integer<std::uint64_t>(value, "JobVersion");
  deployment.job_modify_index = Integer<std::uint64_t>(value, "JobSpecModifyIndex");
  deployment.create_index = Integer<std::uint64_t>(value, "CreateIndex");
  ForEachMember(Member(value, "TaskGroups"), [&](const std::string& name, const Json& state) {
    DeploymentGroup group;
    group.name = name;
    group.desired_total = Integer<int>(state, "DesiredTotal");
    group.placed = Integer<int>(state, "PlacedAllocs");
    group.healthy = Integer<int>(state, "HealthyAllocs");
    group.unhealthy = Integer<int>(state, "UnhealthyAllocs");
    group.desired_canaries = Integer<int>(state, "DesiredCanaries");
    group.promoted = Flag(state, "Promoted");
    group.auto_promote = Flag(state, "AutoPromote");
    deployment.groups.push_back(std::move(group));
  });
  return deployment;
}

std::optional<ServiceInstance> DecodeService(const Json& value) {
  ServiceInstance service;
  service.name = Text(value, "ServiceName");
  if (service.name.empty()) return std::nullopt;
  service.allocation_id = Text(value, "AllocID");
  service.address = Text(value, "Address");
  service.port = Integer<int>(value, "Port");
  ForEach(Member(value, "Tags"), [&](const Json& tag) {
    if (tag.is_string()) service.tags.push_back(tag.get<std::string>());
  });
  return service;
}

std::optional<std::vector<Evaluation>> DecodeEvaluations(const Json& value) {
  struct Created {
    std::uint64_t index = 0;
    Evaluation evaluation;
  };
  auto created = DecodeList<Created>(value, [](const Json& element) -> std::optional<Created> {
    auto evaluation = DecodeEvaluation(element);
    if (!evaluation) return std::nullopt;
    return Created{Integer<std::uint64_t>(element, "CreateIndex"), *std::move(evaluation)};
  });
  if (!created) return std::nullopt;
  std::stable_sort(created->begin(), created->end(),
                   [](const Created& a, const Created& b) { return a.index > b.index; });
  std::vector<Evaluation> evaluations;
  for (Created& item : *created) evaluations.push_back(std::move(item.evaluation));
  return evaluations;
}

std::optional<std::vector<CheckResult>> DecodeChecks(const Json& value) {
  if (!value.is_object() && !value.is_null()) return std::nullopt;
  std::vector<CheckResult> checks;
  ForEachMember(value, [&](const std::string& id, const Json& check) {
    if (Text(check, "Mode") == "readiness") return;
    const std::string name = Text(check, "Check");
    checks.push_back({name.empty() ? id : name, Text(check, "Task"), Text(check, "Status"),
                      Text(check, "Output")});
  });
  return checks;
}

std::optional<std::vector<JobVersion>> DecodeVersions(const Json& value) {
  if (!Member(value, "Versions").is_array()) return std::nullopt;
  auto versions = DecodeList<JobVersion>(
      Member(value, "Versions"), [](const Json& element) -> std::optional<JobVersion> {
        if (!Member(element, "Version").is_number()) return std::nullopt;
        JobVersion version;
        version.version = Integer<std::uint64_t>(element, "Version");
        version.stable = Flag(element, "Stable");
        version.stop = Flag(element, "Stop");
        version.job_modify_index = Integer<std::uint64_t>(element, "JobModifyIndex");
        version.submit_time_ns = Integer<std::int64_t>(element, "SubmitTime");
        version.document = std::make_shared<const RawJob>(element);
        ForEach(Member(element, "TaskGroups"), [&](const Json& group) {
          for (TaskImage& task : DecodeTasks(group)) version.tasks.push_back(std::move(task));
        });
        return version;
      });
  if (versions) {
    const Json& diffs = Member(value, "Diffs");
    for (std::size_t i = 0; diffs.is_array() && i < diffs.size() && i < versions->size(); ++i) {
      if (diffs[i].is_object()) (*versions)[i].diff = std::make_shared<const Json>(diffs[i]);
    }
    std::stable_sort(
        versions->begin(), versions->end(),
        [](const JobVersion& a, const JobVersion& b) { return a.version > b.version; });
  }
  return versions;
}

std::optional<LogFrame> DecodeLogFrame(std::string_view object) {
  const auto json = ParseJson(object);
  if (!json || !json->is_object()) return std::nullopt;
  auto data = DecodeBase64(Text(*json, "Data"));
  if (!data) return std::nullopt;
  return LogFrame{*std::move(data), Text(*json, "File"), Text(*json, "FileEvent"),
                  Integer<std::uint64_t>(*json, "Offset")};
}

}  // namespace nmgr::nomad
