// Handlers that read or change jobs.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "fake_nomad/canonical.h"
#include "fake_nomad/job_spec.h"
#include "fake_nomad/plan.h"
#include "fake_nomad/route_table.h"
#include "fake_nomad/views.h"

namespace nmgr::fake {
namespace {

Json WrittenJson(const Written& written) {
  return {{"EvalCreateIndex", written.evaluation_index},
          {"EvalID", written.evaluation},
          {"Index", written.index},
          {"JobModifyIndex", written.job_modify_index},
          {"KnownLeader", false},
          {"LastContact", 0},
          {"NextToken", ""}};
}

Reply WrittenReply(const Result<Written>& written) {
  if (!written) return ErrorReply(written.error().status, written.error().text);
  Json json = WrittenJson(*written);
  json["Warnings"] = "";
  return WriteReply(json, written->index);
}

// The job of a request: that of its body, in the namespace of the query where it names none. A
// query with another namespace than the body's wins, as for a real server.
Json JobOf(const Call& call, Json& body) {
  Json& job = body["Job"];
  if (call.request.HasQuery("namespace") && job.is_object()) job["Namespace"] = call.Namespace();
  return Canonical(std::move(job));
}

std::vector<std::string> PlaceFaults(const Call& call, const Json& job) {
  const JobKey key = KeyOf(job);
  const std::string& pool = Text(job, "NodePool");
  const std::string start = "job \"" + key.id + "\" is in nonexistent ";
  std::vector<std::string> faults;
  if (call.cluster.namespaces().count(key.ns) == 0) {
    faults.push_back(start + "namespace \"" + key.ns + "\"");
  }
  if (pool != "default" && pool != "all") faults.push_back(start + "node pool \"" + pool + "\"");
  return faults;
}

Reply Register(Call& call, Json body) {
  if (!Member(body, "Job").is_object()) return ErrorReply(400, "Job must be specified");
  if (Text(body["Job"], "ID").empty()) return ErrorReply(400, "Job ID hasn't been provided");
  RegisterRequest request;
  request.job = JobOf(call, body);
  const std::vector<std::string> unknown = PlaceFaults(call, request.job);
  if (!unknown.empty()) return ErrorReply(500, JoinFaults(unknown));
  const std::vector<std::string> faults = JobFaults(request.job);
  if (!faults.empty()) return ErrorReply(500, JoinFaults(faults));
  request.enforce_index = Flag(body, "EnforceIndex");
  request.job_modify_index = static_cast<std::uint64_t>(Number(body, "JobModifyIndex"));
  request.submission = Member(body, "Submission");
  return WrittenReply(call.cluster.Register(std::move(request), call.now));
}

// Of a namespace, or of all ("*").
std::vector<Doc> SelectJobs(const Store& store, const std::string& name_space,
                            const std::string& prefix) {
  std::vector<Doc> jobs = store.Jobs();
  std::erase_if(jobs, [&](const Doc& job) {
    return (name_space != "*" && Text(*job, "Namespace") != name_space) ||
           !Text(*job, "ID").starts_with(prefix);
  });
  return jobs;
}

}  // namespace

// What is asked again and again by who waits is not made before it is sent.
Reply ListJobs(Call& call) {
  const Store& store = call.store();
  const JobIndexes& tables = store.table_indexes();
  const bool with_meta = call.request.Query("meta") == "true";
  const auto most = static_cast<std::size_t>(std::atoi(call.request.Query("per_page").c_str()));
  return ReadReply(
      [&store, name_space = call.Namespace(), prefix = call.request.Query("prefix"), with_meta,
       most] {
        Json list = Json::array();
        for (const Doc& job : SelectJobs(store, name_space, prefix)) {
          if (most != 0 && list.size() == most) break;
          list.push_back(JobStub(store, *job, with_meta));
        }
        return list.dump();
      },
      std::max(tables.job, tables.allocations));
}

Reply ListStatuses(Call& call) {
  std::vector<Doc> jobs;
  std::uint64_t index = 0;
  const std::uint64_t waits_for = std::strtoull(call.request.Query("index").c_str(), nullptr, 10);
  if (call.request.method == "GET") {
    jobs = SelectJobs(call.store(), call.Namespace(), call.request.Query("prefix"));
    std::erase_if(jobs, [](const Doc& job) { return !Text(*job, "ParentID").empty(); });
  } else {
    std::string error;
    const Json body = ParseBody(call.request, error);
    if (!error.empty()) return ErrorReply(400, error);
    for (const Json& wanted : Member(body, "Jobs")) {
      const std::string& ns = Text(wanted, "Namespace");
      const JobKey key{ns.empty() ? call.Namespace() : ns, Text(wanted, "ID")};
      const Doc job = call.store().Job(key);
      if (job != nullptr) jobs.push_back(job);
      // A purge wakes who waits, and is not seen in the index of a later question.
      const std::uint64_t gone = job == nullptr ? call.store().IndexesOf(key).job : 0;
      if (waits_for != 0 && gone > waits_for) index = gone;
    }
    if (Member(body, "Jobs").empty()) return ErrorReply(400, "no jobs in request");
  }
  for (const Doc& job : jobs) {
    const JobIndexes indexes = call.store().IndexesOf(KeyOf(*job));
    index = std::max({index, indexes.job, indexes.allocations, indexes.deployments});
  }
  std::sort(jobs.begin(), jobs.end(), [](const Doc& a, const Doc& b) {
    return Number(*a, "ModifyIndex") > Number(*b, "ModifyIndex");
  });
  const Store& store = call.store();
  return ReadReply(
      [&store, jobs] {
        Json list = Json::array();
        for (const Doc& job : jobs) list.push_back(JobStatus(store, *job));
        return list.dump();
      },
      index);
}

Reply RegisterJob(Call& call) {
  std::string error;
  Json body = ParseBody(call.request, error);
  return error.empty() ? Register(call, std::move(body)) : ErrorReply(400, error);
}

Reply UpdateJob(Call& call) {
  std::string error;
  Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  if (Member(body, "Job").is_object() && Text(body["Job"], "ID") != call.ids.at(0)) {
    return ErrorReply(400, "Job ID does not match name");
  }
  return Register(call, std::move(body));
}

Reply ParseJob(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  const std::string& source = Text(body, "JobHCL");
  if (source.empty()) return ErrorReply(400, "Job spec is empty");
  Json job = ReadJobSpec(source, error);
  if (!error.empty()) return ErrorReply(400, "Failed to parse job: " + error);
  return JsonReply(Flag(body, "Canonicalize") ? Canonical(std::move(job)) : std::move(job));
}

Reply ValidateJob(Call& call) {
  std::string error;
  Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  if (!Member(body, "Job").is_object()) return ErrorReply(400, "Job must be specified");
  const Json job = Canonical(std::move(body["Job"]));
  std::vector<std::string> faults = PlaceFaults(call, job);
  const std::vector<std::string> own = JobFaults(job);
  faults.insert(faults.end(), own.begin(), own.end());
  return JsonReply({{"DriverConfigValidated", true},
                    {"Error", faults.empty() ? "" : JoinFaults(faults)},
                    {"ValidationErrors", faults.empty() ? Json() : Json(faults)},
                    {"Warnings", ""}});
}

Reply ReadJob(Call& call) {
  const Doc job = call.store().Job(call.Job());
  if (job == nullptr) {
    Reply reply = ErrorReply(404, "job not found");
    reply.index = call.store().IndexesOf(call.Job()).job;
    reply.is_read = true;
    return reply;
  }
  return RecordReply(job);
}

Reply StopJob(Call& call) {
  const std::string purge = call.request.Query("purge");
  const Written written = call.cluster.Stop(call.Job(), purge == "true" || purge == "1", call.now);
  Json json = WrittenJson(written);
  json["VolumeEvalID"] = "";
  json["VolumeEvalIndex"] = 0;
  return WriteReply(json, written.index);
}

Reply Plan(Call& call) {
  std::string error;
  Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  if (!Member(body, "Job").is_object()) return ErrorReply(400, "Job must be specified");
  if (Text(body["Job"], "ID").empty()) return ErrorReply(400, "Job must have a valid ID");
  if (Text(body["Job"], "ID") != call.ids.at(0)) return ErrorReply(400, "Job ID does not match");
  const Json job = JobOf(call, body);
  const std::vector<std::string> unknown = PlaceFaults(call, job);
  if (!unknown.empty()) return ErrorReply(500, JoinFaults(unknown));
  const std::vector<std::string> faults = JobFaults(job);
  if (!faults.empty()) return ErrorReply(500, JoinFaults(faults));
  const Json plan = PlanJob(call.cluster, job, Flag(body, "Diff"), call.now);
  const auto index = static_cast<std::uint64_t>(Number(plan, "Index"));
  return WriteReply(plan, index);
}

Reply ForcePeriodic(Call& call) {
  const Result<Written> written = call.cluster.ForcePeriodic(call.Job(), call.now);
  if (!written) return ErrorReply(written.error().status, written.error().text);
  return WriteReply({{"EvalCreateIndex", written->evaluation_index},
                     {"EvalID", written->evaluation},
                     {"Index", written->index}},
                    written->index);
}

Reply DispatchJob(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  std::string child;
  const Result<Written> written = call.cluster.Dispatch(call.Job(), Member(body, "Meta"),
                                                        Member(body, "Payload"), call.now, &child);
  if (!written) return ErrorReply(written.error().status, written.error().text);
  return WriteReply({{"DispatchedJobID", child},
                     {"EvalCreateIndex", written->evaluation_index},
                     {"EvalID", written->evaluation},
                     {"Index", written->index},
                     {"JobCreateIndex", written->job_modify_index}},
                    written->index);
}

Reply RevertJob(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  if (Text(body, "JobID").empty()) return ErrorReply(400, "JobID must be specified");
  if (Text(body, "JobID") != call.ids.at(0)) return ErrorReply(400, "Job ID does not match");
  std::optional<std::uint64_t> prior;
  if (Member(body, "EnforcePriorVersion").is_number()) {
    prior = static_cast<std::uint64_t>(Number(body, "EnforcePriorVersion"));
  }
  const Result<Written> written = call.cluster.Revert(
      call.Job(), static_cast<std::uint64_t>(Number(body, "JobVersion")), prior, call.now);
  Reply reply = WrittenReply(written);
  if (!written) return reply;
  reply.is_read = true;  // a real server shows the headers of a read here, and no leader
  reply.knows_leader = false;
  return reply;
}

Reply EvaluateJob(Call& call) {
  std::string error;
  const Json body = call.request.body.empty() ? Json::object() : ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  const bool force = Flag(Member(body, "EvalOptions"), "ForceReschedule");
  return WrittenReply(call.cluster.Evaluate(call.Job(), call.now, force));
}

Reply ScaleJob(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  if (!Member(body, "Count").is_number()) return ErrorReply(400, "the stand-in needs a Count");
  return WrittenReply(call.cluster.Scale(call.Job(), Text(Member(body, "Target"), "Group"),
                                         Number(body, "Count"), call.now));
}

}  // namespace nmgr::fake
