#include "http_client.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

#include "decode.h"
#include "escape.h"
#include "nmgr/base/log.h"
#include "nmgr/nomad/json_fields.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

constexpr Duration kFirstPause{50};
constexpr Duration kLongestPause{2'000};
constexpr Duration kRetryWindow{30'000};

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Between half of `pause` and all of it, so that many callers do not come back together. False
// where the stop token ended it.
bool Sleep(Duration pause, const std::stop_token& stop) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto half = static_cast<long>(pause.count() / 2);
  const Duration jittered{half + std::uniform_int_distribution<long>(0, half)(random)};
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, jittered, [] { return false; });
  return !stop.stop_requested();
}

// Nomad answers a blocking query up to a sixteenth of its wait late.
Duration TimeLimit(Duration request_timeout, const BlockingQuery& query) {
  return query.index == 0 ? request_timeout : request_timeout + query.wait + query.wait / 16;
}

double Milliseconds(TimePoint since) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since)
      .count();
}

}  // namespace

HttpClient::HttpClient(ConnectionOptions options, int max_connections)
    : options_(std::move(options)), errors_(options_), transport_(options_, max_connections) {}

HttpClient::Exchange HttpClient::OnJob(const JobRef& ref, std::string_view below,
                                       std::string_view object) const {
  Exchange exchange;
  exchange.path = "/v1/job/" + PercentEncode(ref.id) + std::string(below);
  exchange.object = object;
  exchange.not_found = "job not found";
  exchange.right = "read-job";
  exchange.scope = ref;
  return exchange;
}

std::string HttpClient::Target(const Exchange& exchange) const {
  std::string target = exchange.path;
  char separator = '?';
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    target += separator;
    target += name;
    target += '=';
    target += PercentEncode(value);
    separator = '&';
  };
  const JobRef& scope = exchange.scope;
  if (exchange.has_name_space) {
    add("namespace", scope.name_space.empty() ? options_.name_space : scope.name_space);
  }
  add("region", scope.region.empty() ? options_.region : scope.region);
  for (const auto& [name, value] : exchange.parameters) add(name, value);
  if (exchange.query.index != 0) {
    add("index", std::to_string(exchange.query.index));
    add("wait", std::to_string(exchange.query.wait.count()) + "ms");
  }
  return target;
}

Attempt HttpClient::AttemptOf(const Exchange& exchange) const {
  const std::string& own = exchange.scope.name_space;
  return Attempt{MethodName(exchange.method),
                 exchange.path,
                 exchange.not_found,
                 exchange.right,
                 own.empty() ? options_.name_space : own,
                 exchange.changes_state};
}

tl::expected<HttpAnswer, TransportError> HttpClient::SendOnce(const Exchange& exchange,
                                                              const Call& call) {
  HttpRequest request;
  request.method = exchange.method;
  request.target = Target(exchange);
  request.body = exchange.body;
  request.changes_state = exchange.changes_state;
  request.time_limit = TimeLimit(options_.request_timeout, exchange.query);
  request.deadline = call.deadline;
  request.stop = call.stop;
  const TimePoint start = std::chrono::steady_clock::now();
  auto outcome = transport_.Send(request);
  if (LogEnabled(LogLevel::kDebug)) {
    const std::string came = outcome ? std::to_string(outcome->status) : outcome.error().reason;
    LogDebug("{} {} {} {:.1f} ms", MethodName(request.method), request.target, came,
             Milliseconds(start));
  }
  return outcome;
}

Expected<HttpAnswer> HttpClient::Judge(const Exchange& exchange,
                                       tl::expected<HttpAnswer, TransportError> outcome) {
  if (!outcome) return errors_.FromFault(AttemptOf(exchange), outcome.error());
  HttpAnswer& answer = *outcome;
  if (answer.status >= 200 && answer.status < 300) return std::move(answer);
  Error error = errors_.FromStatus(AttemptOf(exchange), answer);
  if (error.code != ErrorCode::kUnreachable) answered_ = true;
  if (error.code == ErrorCode::kNotFound) succeeded_ = true;
  return error;
}

Expected<HttpAnswer> HttpClient::Send(const Exchange& exchange, const Call& call) {
  const TimePoint end = std::min(call.deadline, std::chrono::steady_clock::now() + kRetryWindow);
  for (Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    auto outcome = SendOnce(exchange, call);
    if (outcome && outcome->status == 429) answered_ = true;
    const bool transient = outcome ? IsTransient(*outcome) : IsTransient(outcome.error());
    if (!transient || exchange.changes_state || exchange.is_ping || !answered_) {
      return Judge(exchange, std::move(outcome));
    }
    const bool too_late = std::chrono::steady_clock::now() + pause >= end;
    // A server that stayed away for a whole window counts as one never reached, so that a run over
    // many jobs does not wait once for each.
    if (too_late && end < call.deadline) answered_ = false;
    if (too_late || !Sleep(pause, call.stop)) return Judge(exchange, std::move(outcome));
  }
}

template <class Decode>
auto HttpClient::Ask(const Exchange& exchange, const Call& call, const Decode& decode)
    -> Expected<Indexed<typename decltype(decode({}))::value_type>> {
  using Value = typename decltype(decode({}))::value_type;
  TRY_ASSIGN(HttpAnswer answer, Send(exchange, call));
  std::optional<Json> json = ParseJson(answer.body);
  std::optional<Value> value;
  if (json) value = decode(*std::move(json));
  if (!value) return errors_.FromWrongBody(AttemptOf(exchange), answer, exchange.object);
  answered_ = true;
  if (!exchange.is_ping) succeeded_ = true;
  return Indexed<Value>{*std::move(value), std::max<std::uint64_t>(answer.nomad_index, 1),
                        answer.has_nomad_index && answer.nomad_index != 0};
}

Expected<RawJob> HttpClient::ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                      const Call& call) {
  Exchange exchange;
  exchange.method = Method::kPost;
  exchange.path = "/v1/jobs/parse";
  exchange.object = "a job";
  exchange.right = "parse-job";
  exchange.scope = ref;
  exchange.body = Dump(Json{{"JobHCL", flat_hcl}, {"Canonicalize", false}});
  TRY_ASSIGN(auto job, Ask(exchange, call, [](Json value) -> std::optional<RawJob> {
               if (!value.is_object() || !value.contains("ID")) return std::nullopt;
               return value;
             }));
  return std::move(job.value);
}

Expected<JobPlan> HttpClient::PlanJob(const JobRef& ref, const RawJob& job, const Call& call) {
  Exchange exchange = OnJob(ref, "/plan", "a plan");
  exchange.method = Method::kPost;
  exchange.right = "plan-job";
  exchange.body = fmt::format(R"({{"Diff":true,"Job":{}}})", Dump(job));
  TRY_ASSIGN(auto plan, Ask(exchange, call, DecodePlan));
  return std::move(plan.value);
}

Expected<WriteResult> HttpClient::RegisterJob(const JobRef& ref, const RegisterRequest& request,
                                              const Call& call) {
  const Json submission = {{"Source", request.submission.source},
                           {"Format", request.submission.format},
                           {"VariableFlags", request.submission.variable_flags},
                           {"Variables", request.submission.variables}};
  Exchange exchange;
  exchange.method = Method::kPost;
  exchange.path = "/v1/jobs";
  exchange.object = "the result of a registration";
  exchange.right = "register-job";
  exchange.scope = ref;
  exchange.changes_state = true;
  exchange.body =
      fmt::format(R"({{"EnforceIndex":true,"Job":{},"JobModifyIndex":{},"Submission":{}}})",
                  Dump(request.job), request.job_modify_index, Dump(submission));
  TRY_ASSIGN(auto result, Ask(exchange, call, DecodeWrite));
  return std::move(result.value);
}

Expected<WriteResult> HttpClient::StopJob(const JobRef& ref, bool purge, const Call& call) {
  Exchange exchange = OnJob(ref, "", "the result of a stop");
  exchange.method = Method::kDelete;
  exchange.right = "deregister-job";
  exchange.parameters = {{"purge", purge ? "true" : "false"}};
  exchange.changes_state = true;
  TRY_ASSIGN(auto result, Ask(exchange, call, DecodeWrite));
  return std::move(result.value);
}

Expected<Indexed<Job>> HttpClient::ReadJob(const JobRef& ref, const BlockingQuery& query,
                                           const Call& call) {
  Exchange exchange = OnJob(ref, "", "a job");
  exchange.query = query;
  return Ask(exchange, call, DecodeJob);
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
  return Ask(exchange, call, DecodeJobList);
}

Expected<Indexed<Evaluation>> HttpClient::ReadEvaluation(const std::string& id, const JobRef& job,
                                                         const BlockingQuery& query,
                                                         const Call& call) {
  Exchange exchange;
  exchange.path = "/v1/evaluation/" + PercentEncode(id);
  exchange.object = "an evaluation";
  exchange.not_found = "eval not found";
  exchange.right = "read-job";
  exchange.scope = job;
  exchange.query = query;
  return Ask(exchange, call, DecodeEvaluation);
}

Expected<Indexed<std::vector<Allocation>>> HttpClient::ListAllocations(const JobRef& ref,
                                                                       const BlockingQuery& query,
                                                                       const Call& call) {
  Exchange exchange = OnJob(ref, "/allocations", "a list of allocations");
  exchange.query = query;
  return Ask(exchange, call, DecodeAllocations);
}

Expected<Indexed<std::optional<Deployment>>> HttpClient::LatestDeployment(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  using Latest = std::optional<Deployment>;
  Exchange exchange = OnJob(ref, "/deployment", "a deployment or null");
  exchange.query = query;
  return Ask(exchange, call, [](const Json& value) -> std::optional<Latest> {
    if (value.is_null()) return Latest();
    Latest deployment = DecodeDeployment(value);
    if (!deployment) return std::nullopt;
    return deployment;
  });
}

Expected<Indexed<Deployment>> HttpClient::ReadDeployment(const std::string& id, const JobRef& job,
                                                         const BlockingQuery& query,
                                                         const Call& call) {
  Exchange exchange;
  exchange.path = "/v1/deployment/" + PercentEncode(id);
  exchange.object = "a deployment";
  exchange.not_found = "deployment not found";
  exchange.right = "read-job";
  exchange.scope = job;
  exchange.query = query;
  return Ask(exchange, call, DecodeDeployment);
}

Expected<Indexed<std::vector<Evaluation>>> HttpClient::ListEvaluations(const JobRef& ref,
                                                                       const BlockingQuery& query,
                                                                       const Call& call) {
  Exchange exchange = OnJob(ref, "/evaluations", "a list of evaluations");
  exchange.query = query;
  return Ask(exchange, call, DecodeEvaluations);
}

Expected<std::vector<JobVersion>> HttpClient::ListVersions(const JobRef& ref, const Call& call) {
  Exchange exchange = OnJob(ref, "/versions", "the versions of a job");
  exchange.not_found = "job versions not found";
  TRY_ASSIGN(auto versions, Ask(exchange, call, DecodeVersions));
  return std::move(versions.value);
}

Expected<void> HttpClient::CheckNamespace(const JobRef& place, const Call& call) {
  const std::string& name = place.name_space.empty() ? options_.name_space : place.name_space;
  if (name.empty() || name == "default") return {};
  Exchange exchange;
  exchange.path = "/v1/namespace/" + PercentEncode(name);
  exchange.object = "a namespace";
  exchange.not_found = "Namespace not found";
  exchange.scope = JobRef{"", "", place.region};
  exchange.has_name_space = false;
  auto answer = Ask(exchange, call, [](const Json& value) -> std::optional<std::string> {
    if (Text(value, "Name").empty()) return std::nullopt;
    return Text(value, "Name");
  });
  if (answer) return {};
  if (answer.error().code != ErrorCode::kNotFound) return std::move(answer).error();
  return Error{ErrorCode::kNotFound, fmt::format("Nomad has no namespace \"{}\"", name),
               "see --namespace, NOMAD_NAMESPACE and the spec's own `namespace`"};
}

Expected<void> HttpClient::Ping(const Call& call) {
  Exchange exchange;
  exchange.path = "/v1/status/leader";
  exchange.object = "the address of the leader";
  exchange.has_name_space = false;
  exchange.is_ping = true;
  TRY_ASSIGN(const auto leader,
             Ask(exchange, call, [](const Json& value) -> std::optional<std::string> {
               if (!value.is_string()) return std::nullopt;
               return value.get<std::string>();
             }));
  if (leader.value.empty()) {
    return Error{ErrorCode::kUnreachable,
                 fmt::format("Nomad at {} has no leader yet", DisplayAddress(options_)), ""};
  }
  return {};
}

std::unique_ptr<NomadClient> MakeHttpClient(ConnectionOptions options, int max_connections) {
  return std::make_unique<HttpClient>(std::move(options), max_connections);
}

}  // namespace nmgr::nomad
