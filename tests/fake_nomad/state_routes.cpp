// Handlers that read evaluations, deployments, allocations and events, and those that act on them.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "fake_nomad/event_stream.h"
#include "fake_nomad/plan.h"
#include "fake_nomad/records.h"
#include "fake_nomad/route_table.h"
#include "fake_nomad/scheduling.h"
#include "fake_nomad/task_logs.h"
#include "fake_nomad/views.h"

namespace nmgr::fake {
namespace {

using View = Json (*)(const Json&);

Json Whole(const Json& record) { return record; }

bool ById(const Doc& a, const Doc& b) { return Text(*a, "ID") < Text(*b, "ID"); }

// By ID, which is to say in no order that means anything, as on a real server.
Reply ListReply(std::vector<Doc> records, View view, std::uint64_t index) {
  std::sort(records.begin(), records.end(), ById);
  return ReadReply(
      [records = std::move(records), view] {
        Json list = Json::array();
        for (const Doc& record : records) list.push_back(view(*record));
        return list.dump();
      },
      std::max<std::uint64_t>(index, 1));
}

// The page that the request asks for: per_page rows from next_token on, which is an ID.
Reply PageReply(const Request& request, std::vector<Doc> records, View view, std::uint64_t index) {
  const std::string from = request.Query("next_token");
  std::erase_if(records, [&from](const Doc& record) { return Text(*record, "ID") < from; });
  const auto most = static_cast<std::size_t>(std::atoi(request.Query("per_page").c_str()));
  std::string next;
  if (most != 0 && records.size() > most) {
    const auto first_of_next = records.begin() + static_cast<std::ptrdiff_t>(most);
    std::partial_sort(records.begin(), first_of_next + 1, records.end(), ById);
    next = Text(*records[most], "ID");
    records.resize(most);
  }
  Reply reply = ListReply(std::move(records), view, index);
  reply.next_token = next;
  return reply;
}

Json AllocationStubWithoutTasks(const Json& allocation) {
  Json stub = AllocationStub(allocation);
  stub["TaskStates"] = nullptr;
  return stub;
}

Reply MissingReply(const char* text, std::uint64_t index) {
  Reply reply = ErrorReply(404, text);
  reply.index = index;
  reply.is_read = true;
  return reply;
}

Reply FoundReply(const Doc& record, const char* missing, std::uint64_t table_index) {
  return record == nullptr ? MissingReply(missing, table_index) : RecordReply(record);
}

bool Matches(const std::string& wanted, const Json& record) {
  return wanted == "*" || Text(record, "Namespace") == wanted;
}

Reply EvaluationWritten(const Result<Written>& written) {
  if (!written) return ErrorReply(written.error().status, written.error().text);
  return WriteReply({{"DeploymentModifyIndex", written->index},
                     {"EvalCreateIndex", written->evaluation_index},
                     {"EvalID", written->evaluation},
                     {"Index", written->index},
                     {"RevertedJobVersion", nullptr}},
                    written->index);
}

}  // namespace

Reply JobAllocations(Call& call) {
  const JobKey key = call.Job();
  return ListReply(call.store().AllocationsOf(key), AllocationStub,
                   call.store().IndexesOf(key).allocations);
}

Reply JobEvaluations(Call& call) {
  const JobKey key = call.Job();
  return ListReply(call.store().EvaluationsOf(key), Whole, call.store().IndexesOf(key).evaluations);
}

Reply JobDeployments(Call& call) {
  const JobKey key = call.Job();
  return ListReply(call.store().DeploymentsOf(key), Whole, call.store().IndexesOf(key).deployments);
}

Reply JobDeployment(Call& call) {
  const JobKey key = call.Job();
  const std::vector<Doc> deployments = call.store().DeploymentsOf(key);
  const Doc latest = deployments.empty() ? nullptr : deployments.back();
  return ReadReply([latest] { return latest == nullptr ? "null" : latest->dump(); },
                   std::max<std::uint64_t>(call.store().IndexesOf(key).deployments, 1));
}

// One row for each running allocation and service of Nomad's own, at made-up ports.
Reply JobServices(Call& call) {
  const JobKey key = call.Job();
  const Doc job = call.store().Job(key);
  Json list = Json::array();
  int port = 20000;
  for (const Doc& allocation : call.store().AllocationsOf(key)) {
    ++port;
    if (job == nullptr || !IsLive(*allocation) || Text(*allocation, "ClientStatus") != "running") {
      continue;
    }
    for (const Json& group : Member(*job, "TaskGroups")) {
      if (Text(group, "Name") != Text(*allocation, "TaskGroup")) continue;
      for (const Json& service : Member(group, "Services")) {
        if (Text(service, "Provider") != "nomad") continue;
        list.push_back({{"Address", "127.0.0.1"},
                        {"AllocID", Text(*allocation, "ID")},
                        {"Datacenter", "dc1"},
                        {"ID", "_nomad-task-" + Text(*allocation, "ID")},
                        {"JobID", key.id},
                        {"Namespace", key.ns},
                        {"NodeID", kNodeId},
                        {"Port", port},
                        {"ServiceName", Text(service, "Name")},
                        {"Tags", Member(service, "Tags")}});
      }
    }
  }
  return ReadReply([list] { return list.dump(); },
                   std::max<std::uint64_t>(call.store().IndexesOf(key).allocations, 1));
}

Reply JobVersionList(Call& call) {
  const JobKey key = call.Job();
  const Store& store = call.store();
  if (store.Job(key) == nullptr)
    return MissingReply("job versions not found", store.IndexesOf(key).job);
  const bool diffs = call.request.Query("diffs") == "true";
  const std::size_t most = call.cluster.behaviour().kept_versions;
  return ReadReply(
      [&store, key, most, diffs] { return JobVersions(store, key, most, diffs).dump(); },
      store.IndexesOf(key).job);
}

Reply JobSubmission(Call& call) {
  const JobKey key = call.Job();
  const std::string version = call.request.Query("version");
  if (version.empty() || version.find_first_not_of("0123456789") != std::string::npos) {
    return ErrorReply(400, "Unable to parse job submission version parameter");
  }
  const Doc submission = call.store().Submission(key, std::stoull(version));
  if (submission == nullptr)
    return MissingReply("job source not found", call.store().IndexesOf(key).job);
  return ReadReply([submission] { return submission->dump(); },
                   static_cast<std::uint64_t>(Number(*submission, "JobModifyIndex")));
}

Reply JobSummaryOf(Call& call) {
  const Store& store = call.store();
  const Doc job = store.Job(call.Job());
  const JobIndexes indexes = store.IndexesOf(call.Job());
  if (job == nullptr) return MissingReply("job not found", indexes.job);
  return ReadReply([&store, job] { return JobSummary(store, *job).dump(); },
                   std::max(indexes.job, indexes.allocations));
}

Reply ReadEvaluation(Call& call) {
  return FoundReply(call.store().Evaluation(call.ids.at(0)), "eval not found",
                    call.store().table_indexes().evaluations);
}

Reply EvaluationAllocations(Call& call) {
  const std::string& id = call.ids.at(0);
  std::vector<Doc> found;
  if (const Doc evaluation = call.store().Evaluation(id); evaluation != nullptr) {
    found =
        call.store().AllocationsOf({Text(*evaluation, "Namespace"), Text(*evaluation, "JobID")});
    std::erase_if(found,
                  [&id](const Doc& allocation) { return Text(*allocation, "EvalID") != id; });
  }
  std::uint64_t index = 0;
  for (const Doc& allocation : found) {
    index = std::max(index, static_cast<std::uint64_t>(Number(*allocation, "ModifyIndex")));
  }
  return ListReply(std::move(found), AllocationStub,
                   index == 0 ? call.store().table_indexes().allocations : index);
}

Reply ReadDeployment(Call& call) {
  return FoundReply(call.store().Deployment(call.ids.at(0)), "deployment not found",
                    call.store().table_indexes().deployments);
}

Reply DeploymentAllocations(Call& call) {
  const std::string& id = call.ids.at(0);
  std::vector<Doc> found;
  if (const Doc deployment = call.store().Deployment(id); deployment != nullptr) {
    found =
        call.store().AllocationsOf({Text(*deployment, "Namespace"), Text(*deployment, "JobID")});
    std::erase_if(found,
                  [&id](const Doc& allocation) { return Text(*allocation, "DeploymentID") != id; });
  }
  return ListReply(std::move(found), AllocationStub, call.store().table_indexes().allocations);
}

Reply ListDeployments(Call& call) {
  const std::string wanted = call.Namespace();
  std::vector<Doc> all;
  for (const Doc& job : call.store().Jobs()) {
    if (!Matches(wanted, *job)) continue;
    for (const Doc& deployment : call.store().DeploymentsOf(KeyOf(*job))) all.push_back(deployment);
  }
  return PageReply(call.request, std::move(all), Whole, call.store().table_indexes().deployments);
}

Reply ListEvaluations(Call& call) {
  const std::string wanted = call.Namespace();
  const std::string status = call.request.Query("status");
  std::vector<Doc> all;
  for (const Doc& job : call.store().Jobs()) {
    if (!Matches(wanted, *job)) continue;
    for (const Doc& evaluation : call.store().EvaluationsOf(KeyOf(*job))) {
      if (status.empty() || Text(*evaluation, "Status") == status) all.push_back(evaluation);
    }
  }
  return PageReply(call.request, std::move(all), Whole, call.store().table_indexes().evaluations);
}

Reply AllocationChecks(Call& call) {
  const Doc allocation = call.store().Allocation(call.ids.at(0));
  if (allocation == nullptr)
    return ErrorReply(404, "Unknown allocation \"" + call.ids.at(0) + "\"");
  const std::string& id = Text(*allocation, "JobID");
  const Doc job = call.store().Job({Text(*allocation, "Namespace"), id});
  Json checks = Json::object();
  const bool sick = Covers(call.cluster.behaviour().sick, id);
  if (job == nullptr) return JsonReply(checks);
  for (const Json& group : Member(*job, "TaskGroups")) {
    if (Text(group, "Name") != Text(*allocation, "TaskGroup")) continue;
    for (const Json& service : Member(group, "Services")) {
      for (const Json& check : Member(service, "Checks")) {
        const std::string check_id = Text(service, "Name") + "-" + std::to_string(checks.size());
        checks[check_id] = {
            {"ID", check_id},
            {"Mode", "healthiness"},
            {"Status", sick ? "failure" : "success"},
            {"StatusCode", 0},
            {"Output", sick ? "nomad: dial tcp 127.0.0.1:80: connection refused" : "nomad: tcp ok"},
            {"Timestamp", call.now / kSecond},
            {"Group", Text(*allocation, "Name")},
            {"Task", ""},
            {"Service", Text(service, "Name")},
            {"Check", Text(check, "Name")}};
      }
    }
  }
  return JsonReply(checks);
}

Reply ListAllocations(Call& call) {
  const std::string wanted = call.Namespace();
  std::vector<Doc> all;
  for (const Doc& job : call.store().Jobs()) {
    if (!Matches(wanted, *job)) continue;
    for (const Doc& allocation : call.store().AllocationsOf(KeyOf(*job))) all.push_back(allocation);
  }
  const bool bare = call.request.Query("task_states") == "false";
  return PageReply(call.request, std::move(all), bare ? AllocationStubWithoutTasks : AllocationStub,
                   call.store().table_indexes().allocations);
}

Reply PromoteDeployment(Call& call) {
  return EvaluationWritten(call.cluster.Promote(call.ids.at(0), call.now));
}

Reply FailDeployment(Call& call) {
  return EvaluationWritten(call.cluster.FailDeployment(call.ids.at(0), call.now));
}

Reply ReadAllocation(Call& call) {
  const Store& store = call.store();
  const Doc allocation = store.Allocation(call.ids.at(0));
  if (allocation == nullptr)
    return MissingReply("alloc not found", store.table_indexes().allocations);
  return ReadReply([&store, allocation] { return AllocationRead(store, *allocation).dump(); },
                   static_cast<std::uint64_t>(Number(*allocation, "ModifyIndex")));
}

Reply StopAllocation(Call& call) {
  const Result<Written> written = call.cluster.StopAllocation(call.ids.at(0), call.now);
  if (!written) return ErrorReply(written.error().status, written.error().text);
  return WriteReply({{"EvalID", written->evaluation}, {"Index", written->index}}, written->index);
}

Reply RestartAllocation(Call& call) {
  std::string error;
  const Json body = call.request.body.empty() ? Json::object() : ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, "Failed to decode body: " + error);
  const std::string& task = Text(body, "TaskName");
  const Result<Written> written =
      call.cluster.RestartAllocation(call.ids.at(0), task, Flag(body, "AllTasks"), call.now);
  if (!written) return ErrorReply(written.error().status, written.error().text);
  return JsonReply({{"Index", 0}});
}

Reply TaskLogs(Call& call) {
  const Doc allocation = call.store().Allocation(call.ids.at(0));
  if (allocation == nullptr) {
    return ErrorReply(404, "Unknown allocation \"" + call.ids.at(0) + "\"");
  }
  return LogReply(*allocation, call.request, call.cluster.logs());
}

Reply TaskExec(Call& call) {
  Reply reply = ErrorReply(500, "websocket connection not found in context");
  reply.exec = std::make_shared<ExecPlan>();
  ExecPlan& plan = *reply.exec;
  const std::string& id = call.ids.at(0);
  const std::string task = call.request.Query("task");
  const Doc allocation = call.store().Allocation(id);
  if (allocation == nullptr) {
    plan = {1008, "Unknown allocation \"" + id + "\"", {}, false};
    return reply;
  }
  const Json& state = Member(Member(*allocation, "TaskStates"), task);
  if (!state.is_object()) {
    plan = {1011, "task not found", {}, false};
  } else if (Text(state, "State") != "running") {
    plan = {1008, "task \"" + task + "\" is not running.", {}, false};
  }
  const Json command = Json::parse(call.request.Query("command"), nullptr, false);
  if (!command.is_array() || command.empty()) return ErrorReply(400, "invalid command");
  for (const Json& word : command) plan.command.push_back(word);
  plan.tty = call.request.Query("tty") == "true";
  return reply;
}

Reply EventStream(Call& call) { return EventStreamReply(call.store(), call.request); }

}  // namespace nmgr::fake
