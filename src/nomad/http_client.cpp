// A method an endpoint: what it sends, what of the answer it takes.
#include "http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "agent.h"
#include "decode.h"
#include "job_path.h"
#include "nmgr/nomad/json_fields.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Exchange OnJob(const JobRef& ref, std::string_view below, std::string_view object) {
  Exchange exchange = Reading("/v1/job/" + PercentEncode(ref.id) + std::string(below), object, ref);
  exchange.refusal = LeadsElsewhere(ref.id);
  exchange.not_found = "job not found";
  return exchange;
}

}  // namespace

HttpClient::HttpClient(ClientOptions options) : http_(std::move(options)) {}

Expected<RawJob> HttpClient::ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                      const Call& call) {
  const Exchange exchange = Posting(Reading("/v1/jobs/parse", "a job", ref), "parse-job",
                                    Dump(Json{{"JobHCL", flat_hcl}, {"Canonicalize", false}}));
  TRY_ASSIGN(auto job, http_.Ask(exchange, call, [](Json value) -> std::optional<RawJob> {
    if (!value.is_object() || !value.contains("ID")) return std::nullopt;
    return value;
  }));
  return std::move(job.value);
}

Expected<JobPlan> HttpClient::PlanJob(const JobRef& ref, const RawJob& job, const Call& call) {
  const Exchange exchange = Posting(OnJob(ref, "/plan", "a plan"), "plan-job",
                                    fmt::format(R"({{"Diff":true,"Job":{}}})", Dump(job)));
  TRY_ASSIGN(auto plan, http_.Ask(exchange, call, DecodePlan));
  return std::move(plan.value);
}

Expected<JobVerdict> HttpClient::ValidateJob(const JobRef& ref, const RawJob& job,
                                             const Call& call) {
  const Exchange exchange = Posting(Reading("/v1/validate/job", "a judgement", ref), "read-job",
                                    fmt::format(R"({{"Job":{}}})", Dump(job)));
  TRY_ASSIGN(auto verdict, http_.Ask(exchange, call, DecodeVerdict));
  return std::move(verdict.value);
}

Expected<WriteResult> HttpClient::RegisterJob(const JobRef& ref, const RegisterRequest& request,
                                              const Call& call) {
  // Where there is no source, Nomad shows none.
  if (request.submission.source.empty()) {
    return http_.Write(
        Posting(Reading("/v1/jobs", "the result of a registration", ref), "register-job",
                fmt::format(R"({{"EnforceIndex":true,"Job":{},"JobModifyIndex":{}}})",
                            Dump(request.job), request.job_modify_index)),
        call);
  }
  const Json submission = {{"Source", request.submission.source},
                           {"Format", request.submission.format},
                           {"VariableFlags", request.submission.variable_flags},
                           {"Variables", request.submission.variables}};
  return http_.Write(
      Posting(Reading("/v1/jobs", "the result of a registration", ref), "register-job",
              fmt::format(R"({{"EnforceIndex":true,"Job":{},"JobModifyIndex":{},"Submission":{}}})",
                          Dump(request.job), request.job_modify_index, Dump(submission))),
      call);
}

Expected<WriteResult> HttpClient::RevertJob(const JobRef& ref, std::uint64_t version,
                                            std::uint64_t prior_version, const Call& call) {
  return http_.Write(
      Posting(
          OnJob(ref, "/revert", "the result of a revert"), R"(revert-job" or "submit-job)",
          Dump(Json{
              {"JobID", ref.id}, {"JobVersion", version}, {"EnforcePriorVersion", prior_version}})),
      call);
}

Expected<WriteResult> HttpClient::StopJob(const JobRef& ref, bool purge, const Call& call) {
  Exchange exchange = OnJob(ref, "", "the result of a stop");
  exchange.method = Method::kDelete;
  exchange.right = purge ? "purge-job" : "deregister-job";
  exchange.parameters = {{"purge", purge ? "true" : "false"}};
  return http_.Write(std::move(exchange), call);
}

Expected<Indexed<Job>> HttpClient::ReadJob(const JobRef& ref, const BlockingQuery& query,
                                           const Call& call) {
  Exchange exchange = OnJob(ref, "", "a job");
  exchange.query = query;
  return http_.Ask(exchange, call, DecodeJob);
}

Expected<Indexed<std::vector<JobSummary>>> HttpClient::ListJobs(const std::string& name_space,
                                                                const std::string& region,
                                                                const std::string& prefix,
                                                                const Call& call) {
  Exchange exchange;
  exchange.path = "/v1/jobs";
  exchange.object = "a list of jobs";
  exchange.right = "list-jobs";
  exchange.scope = JobRef{"", name_space, region};
  exchange.parameters = {{"prefix", prefix}};
  return http_.AskRows<JobSummary>(exchange, call, DecodeSummary);
}

Expected<Indexed<Evaluation>> HttpClient::ReadEvaluation(const std::string& id, const JobRef& job,
                                                         const BlockingQuery& query,
                                                         const Call& call) {
  Exchange exchange = Reading("/v1/evaluation/" + PercentEncode(id), "an evaluation", job);
  exchange.not_found = "eval not found";
  exchange.query = query;
  return http_.Ask(exchange, call, DecodeEvaluation);
}

Expected<Indexed<std::vector<Allocation>>> HttpClient::ListAllocations(const JobRef& ref,
                                                                       const BlockingQuery& query,
                                                                       const Call& call) {
  Exchange exchange = OnJob(ref, "/allocations", "a list of allocations");
  exchange.query = query;
  return http_.AskRows<Allocation>(exchange, call, DecodeAllocation);
}

Expected<Indexed<std::optional<Deployment>>> HttpClient::LatestDeployment(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  using Latest = std::optional<Deployment>;
  Exchange exchange = OnJob(ref, "/deployment", "a deployment or null");
  exchange.query = query;
  return http_.Ask(exchange, call, [](const Json& value) -> std::optional<Latest> {
    if (value.is_null()) return Latest();
    Latest deployment = DecodeDeployment(value);
    if (!deployment) return std::nullopt;
    return deployment;
  });
}

Expected<Indexed<Deployment>> HttpClient::ReadDeployment(const std::string& id, const JobRef& job,
                                                         const BlockingQuery& query,
                                                         const Call& call) {
  Exchange exchange = Reading("/v1/deployment/" + PercentEncode(id), "a deployment", job);
  exchange.not_found = "deployment not found";
  exchange.query = query;
  return http_.Ask(exchange, call, DecodeDeployment);
}

Expected<Indexed<std::vector<Evaluation>>> HttpClient::ListEvaluations(const JobRef& ref,
                                                                       const BlockingQuery& query,
                                                                       const Call& call) {
  Exchange exchange = OnJob(ref, "/evaluations", "a list of evaluations");
  exchange.query = query;
  return http_.Ask(exchange, call, DecodeEvaluations);
}

Expected<std::vector<Allocation>> HttpClient::ListAllAllocations(const std::string& name_space,
                                                                 const std::string& region,
                                                                 const Call& call) {
  Exchange exchange = Reading("/v1/allocations", "a list of allocations", {"", name_space, region});
  exchange.parameters = {{"task_states", "false"}};
  return http_.AskPages<Allocation>(std::move(exchange), call, DecodeAllocation);
}

Expected<std::vector<Deployment>> HttpClient::ListAllDeployments(const std::string& name_space,
                                                                 const std::string& region,
                                                                 const Call& call) {
  Exchange exchange = Reading("/v1/deployments", "a list of deployments", {"", name_space, region});
  return http_.AskPages<Deployment>(std::move(exchange), call, DecodeDeployment);
}

Expected<std::vector<Evaluation>> HttpClient::ListBlockedEvaluations(const std::string& name_space,
                                                                     const std::string& region,
                                                                     const Call& call) {
  Exchange exchange = Reading("/v1/evaluations", "a list of evaluations", {"", name_space, region});
  exchange.parameters = {{"status", "blocked"}};
  return http_.AskPages<Evaluation>(std::move(exchange), call, DecodeEvaluation);
}

Expected<WriteResult> HttpClient::EvaluateJob(const JobRef& ref, const Call& call) {
  return http_.Write(
      Posting(OnJob(ref, "/evaluate", "the result of an evaluation"),
              R"(evaluate-job" or "submit-job)",
              Dump(Json{{"JobID", ref.id}, {"EvalOptions", {{"ForceReschedule", true}}}})),
      call);
}

Expected<WriteResult> HttpClient::PromoteDeployment(const std::string& id, const JobRef& job,
                                                    const Call& call) {
  Exchange exchange = Posting(
      Reading("/v1/deployment/promote/" + PercentEncode(id), "the result of a promotion", job),
      R"(promote-deployment" or "submit-job)", Dump(Json{{"DeploymentID", id}, {"All", true}}));
  exchange.not_found = "deployment not found";
  return http_.Write(std::move(exchange), call);
}

Expected<std::vector<CheckResult>> HttpClient::ReadChecks(const std::string& allocation_id,
                                                          const JobRef& job, const Call& call) {
  Exchange exchange = Reading("/v1/client/allocation/" + PercentEncode(allocation_id) + "/checks",
                              "the checks of an allocation", job);
  exchange.not_found = "alloc not found";
  TRY_ASSIGN(auto checks, http_.Ask(exchange, call, DecodeChecks));
  return std::move(checks.value);
}

Expected<void> HttpClient::RestartAllocation(const std::string& allocation_id,
                                             const std::string& task, const JobRef& job,
                                             const Call& call) {
  const std::string unknown = "Unknown allocation \"" + allocation_id + "\"";
  Exchange exchange =
      Posting(Reading("/v1/client/allocation/" + PercentEncode(allocation_id) + "/restart",
                      "the result of a restart", job),
              "alloc-lifecycle", Dump(task.empty() ? Json::object() : Json{{"TaskName", task}}));
  exchange.method = Method::kPut;
  exchange.not_found = unknown;
  exchange.changes_state = true;
  TRY(http_.Ask(exchange, call, [](const Json& value) {
    return Member(value, "Index").is_number() ? std::optional<bool>(true) : std::nullopt;
  }));
  return {};
}

Expected<WriteResult> HttpClient::StopAllocation(const std::string& allocation_id,
                                                 const JobRef& job, const Call& call) {
  Exchange exchange = Posting(Reading("/v1/allocation/" + PercentEncode(allocation_id) + "/stop",
                                      "the result of stopping an allocation", job),
                              "alloc-lifecycle", "{}");
  exchange.not_found = "alloc not found";
  return http_.Write(std::move(exchange), call);
}

Expected<std::vector<JobVersion>> HttpClient::ListVersions(const JobRef& ref, const Call& call) {
  Exchange exchange = OnJob(ref, "/versions", "the versions of a job");
  exchange.not_found = "job versions not found";
  exchange.parameters = {{"diffs", "true"}};
  TRY_ASSIGN(auto versions, http_.Ask(exchange, call, DecodeVersions));
  return std::move(versions.value);
}

Expected<std::vector<ServiceInstance>> HttpClient::ListServices(const JobRef& ref,
                                                                const Call& call) {
  const Exchange exchange = OnJob(ref, "/services", "a list of services");
  TRY_ASSIGN(auto services, http_.AskRows<ServiceInstance>(exchange, call, DecodeService));
  return std::move(services.value);
}

Expected<Indexed<NamespaceTable>> HttpClient::AwaitChange(NamespaceTable table, const JobRef& place,
                                                          const BlockingQuery& query,
                                                          const Call& call) {
  static constexpr std::array<const char*, 3> kPaths = {"/v1/jobs", "/v1/allocations",
                                                        "/v1/deployments"};
  Exchange exchange = Reading(kPaths.at(static_cast<std::size_t>(table)), "a list", place);
  if (table == NamespaceTable::kJobs) exchange.right = "list-jobs";
  exchange.parameters = {{"per_page", "1"}};
  if (table == NamespaceTable::kAllocations)
    exchange.parameters.emplace_back("task_states", "false");
  exchange.query = query;
  return http_.AskFor<NamespaceTable>(
      exchange, call, [table](const std::string& body) -> tl::expected<NamespaceTable, Misfit> {
        static constexpr ReadFields kNothing;
        const auto wrong =
            ForEachRow(body, &kNothing, [](const Json& /*row*/) { return std::nullopt; });
        if (wrong) return tl::unexpected(*wrong);
        return table;
      });
}

Expected<Indexed<std::vector<JobStanding>>> HttpClient::AwaitJobs(const std::vector<JobRef>& jobs,
                                                                  const BlockingQuery& query,
                                                                  const Call& call) {
  TRY(http_.Connect(call));
  const std::string& own = http_.options().name_space;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  Json asked = Json::array();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::string& given = jobs[i].name_space.empty() ? own : jobs[i].name_space;
    const std::string name_space = given.empty() ? "default" : given;
    places.emplace(std::pair(name_space, jobs[i].id), i);
    asked.push_back({{"ID", jobs[i].id}, {"Namespace", name_space}});
  }
  Exchange exchange = Posting(Reading("/v1/jobs/statuses", "the statuses of jobs", jobs.front()),
                              "read-job", Dump(Json{{"Jobs", std::move(asked)}}));
  exchange.has_name_space = std::all_of(jobs.begin(), jobs.end(), [&](const JobRef& job) {
    return job.name_space == jobs.front().name_space;
  });
  exchange.may_lack = true;
  exchange.query = query;
  TRY_ASSIGN(auto rows, http_.AskRows<StandingRow>(exchange, call, DecodeStanding));
  Indexed<std::vector<JobStanding>> answer{{}, rows.index, rows.has_index};
  answer.value.resize(jobs.size());
  for (const StandingRow& row : rows.value) {
    const auto place = places.find({row.ref.name_space, row.ref.id});
    if (place != places.end()) answer.value[place->second] = row.digest;
  }
  return answer;
}

Expected<void> HttpClient::CheckNamespace(const JobRef& place, const Call& call) {
  TRY(http_.Connect(call));
  const std::string& name =
      place.name_space.empty() ? http_.options().name_space : place.name_space;
  if (name.empty() || name == "default") return {};
  Exchange exchange;
  exchange.path = "/v1/namespace/" + PercentEncode(name);
  exchange.object = "a namespace";
  exchange.not_found = "Namespace not found";
  exchange.scope = JobRef{"", "", place.region};
  exchange.has_name_space = false;
  auto answer = http_.Ask(exchange, call, [](const Json& value) -> std::optional<std::string> {
    if (Text(value, "Name").empty()) return std::nullopt;
    return Text(value, "Name");
  });
  if (answer) return {};
  if (answer.error().code != ErrorCode::kNotFound) return std::move(answer).error();
  return Error{ErrorCode::kNotFound, fmt::format("Nomad has no namespace \"{}\"", name),
               "see --namespace, NOMAD_NAMESPACE and the spec's own `namespace`"};
}

Expected<void> HttpClient::Ping(const Call& call) { return http_.AskPing(call); }

std::unique_ptr<Client> MakeHttpClient(ClientOptions options) {
  return std::make_unique<HttpClient>(std::move(options));
}

}  // namespace nmgr::nomad
