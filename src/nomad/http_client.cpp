// A method an endpoint: what it sends, what of the answer it takes. And how an answer is judged.
#include "http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>

#include "decode.h"
#include "escape.h"
#include "job_path.h"
#include "nmgr/base/log.h"
#include "nmgr/nomad/json_fields.h"
#include "passing_faults.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

constexpr Duration kElection{2'000};
constexpr Duration kServerPause{250};
// For the first question of --wait-server, however short that is: to say why there is no answer.
constexpr Duration kLeastPing{1'000};

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "cannot reach Nomad at X: still refused after 2m".
Error StillAway(Error error, Duration waited) {
  constexpr std::string_view kRefused = ": connection refused";
  error.code = ErrorCode::kUnreachable;
  const bool refused = error.message.ends_with(kRefused);
  if (refused) error.message.erase(error.message.size() - kRefused.size());
  error.message += fmt::format("{} after {}", refused ? ": still refused" : ", still so",
                               FormatDuration(waited));
  return error;
}

bool IsGood(const tl::expected<HttpAnswer, TransportError>& outcome) {
  return outcome && outcome->status >= 200 && outcome->status < 300;
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

HttpClient::HttpClient(ClientOptions options) : given_(std::move(options)) {}

Expected<void> HttpClient::Connect(const Call& call) {
  const std::lock_guard lock(connecting_);
  if (connected_) return wire_ ? Expected<void>() : Expected<void>(no_connection_);
  connected_ = true;
  auto settings = given_.resolve();
  if (!settings) return no_connection_ = std::move(settings).error();
  wire_ = std::make_unique<Wire>(*std::move(settings), given_.max_connections);
  if (given_.wait_server.count() == 0) return {};
  auto up = AwaitServer(call.stop);
  if (up) return up;
  given_.contact.NoteFailed(up.error(), false);
  wire_.reset();
  return no_connection_ = std::move(up).error();
}

// One that refuses the token is there. Each time limit of a single question begins after this.
Expected<void> HttpClient::AwaitServer(const std::stop_token& stop) {
  const Exchange ping = PingExchange();
  const TimePoint end = DeadlineAfter(std::chrono::steady_clock::now(), given_.wait_server);
  std::optional<Error> before;
  while (true) {
    const TimePoint least = std::chrono::steady_clock::now() + kLeastPing;
    const Expected<void> up = ReadPing(SendOnce(ping, {before ? end : std::max(end, least), stop}));
    if (up || up.error().code == ErrorCode::kForbidden) return {};
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    const bool cut_short = up.error().code == ErrorCode::kTimedOut;
    if (std::chrono::steady_clock::now() + kServerPause >= end) {
      return StillAway(cut_short && before ? *before : up.error(), given_.wait_server);
    }
    if (!before && given_.on_wait) {
      given_.on_wait(fmt::format("{}; waiting for it up to {}", up.error().message,
                                 FormatDuration(given_.wait_server)));
    }
    if (!cut_short || !before) before = up.error();
    if (!Sleep(kServerPause, stop)) return Error{ErrorCode::kInterrupted, "interrupted"};
  }
}

HttpClient::Exchange HttpClient::OnJob(const JobRef& ref, std::string_view below,
                                       std::string_view object) const {
  Exchange exchange = Reading("/v1/job/" + PercentEncode(ref.id) + std::string(below), object, ref);
  exchange.refusal = LeadsElsewhere(ref.id);
  exchange.not_found = "job not found";
  return exchange;
}

HttpClient::Exchange HttpClient::Reading(std::string path, std::string_view object, JobRef scope) {
  Exchange exchange;
  exchange.path = std::move(path);
  exchange.object = object;
  exchange.right = "read-job";
  exchange.scope = std::move(scope);
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
    add("namespace", scope.name_space.empty() ? wire_->options.name_space : scope.name_space);
  }
  add("region", scope.region.empty() ? wire_->options.region : scope.region);
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
                 own.empty() ? wire_->options.name_space : own,
                 exchange.scope.region.empty() ? wire_->options.region : exchange.scope.region,
                 exchange.changes_state};
}

tl::expected<HttpAnswer, TransportError> HttpClient::SendOnce(const Exchange& exchange,
                                                              const Call& call) {
  HttpRequest request;
  request.method = exchange.method;
  request.target = Target(exchange);
  request.body = exchange.body;
  request.changes_state = exchange.changes_state;
  request.time_limit = TimeLimit(wire_->options.request_timeout, exchange.query);
  request.deadline = call.deadline;
  request.stop = call.stop;
  const TimePoint start = std::chrono::steady_clock::now();
  auto outcome = wire_->transport.Send(request);
  if (!outcome) outcome.error().reason = wire_->errors.Redact(outcome.error().reason);
  if (LogEnabled(LogLevel::kDebug)) {
    const std::string came = outcome ? std::to_string(outcome->status) : outcome.error().reason;
    LogDebug("{} {} {} {:.1f} ms", MethodName(request.method), request.target, came,
             Milliseconds(start));
  }
  return outcome;
}

Failure HttpClient::Judge(const Exchange& exchange,
                          const tl::expected<HttpAnswer, TransportError>& outcome) {
  Failure failure;
  if (!outcome) {
    const TransportError& fault = outcome.error();
    failure.error = wire_->errors.FromFault(AttemptOf(exchange), fault);
    failure.passing = IsTransient(fault);
    failure.untouched = failure.passing && !fault.sent;
    failure.lasting =
        failure.error.code == ErrorCode::kUnreachable && fault.fault != Fault::kTooLarge;
    return failure;
  }
  failure.error = wire_->errors.FromStatus(AttemptOf(exchange), *outcome);
  failure.passing = IsTransient(*outcome);
  failure.leaderless = IsLeaderChange(*outcome);
  failure.throttled = failure.untouched = outcome->status == 429;
  failure.lasting = failure.error.code == ErrorCode::kUnreachable ||
                    (outcome->status >= 500 && failure.error.code == ErrorCode::kRejected);
  if (failure.passing) failure.retry_after = outcome->retry_after;
  if (failure.throttled || failure.error.code != ErrorCode::kUnreachable) answered_ = true;
  return failure;
}

bool HttpClient::MayBeElecting(const Failure& failure, const Retries& retries) {
  if (!failure.leaderless) return false;
  if (retries.elapsed() > kElection) election_awaited_ = true;
  return !election_awaited_;
}

bool HttpClient::AskAgain(const Exchange& exchange, const Failure& failure, Retries& retries) {
  const bool patient = retries.call().patient && !exchange.changes_state;
  const bool helps = failure.passing || (patient && failure.lasting);
  if (!helps || (exchange.changes_state && !failure.untouched)) return false;
  if (!answered_ && !patient && !MayBeElecting(failure, retries)) return false;
  if (retries.Pause(failure)) return true;
  // A server that stayed away for a whole window counts as one never reached, so that a run over
  // many jobs does not wait once for each.
  const bool stopped = retries.call().stop.stop_requested();
  if (!stopped && !failure.throttled && retries.EndsEarly(failure)) answered_ = false;
  return false;
}

Failure HttpClient::Misread(const Exchange& exchange, const HttpAnswer& answer,
                            Misfit misfit) const {
  Failure failure;
  if (misfit == Misfit::kTooLarge) {
    failure.error = wire_->errors.FromTooLarge(AttemptOf(exchange), exchange.object);
  } else {
    failure.error = wire_->errors.FromWrongBody(AttemptOf(exchange), answer, exchange.object);
    failure.lasting = true;
  }
  return failure;
}

template <class T>
Expected<Indexed<T>> HttpClient::AskFor(
    const Exchange& exchange, const Call& call,
    const std::function<tl::expected<T, Misfit>(const std::string& body)>& read,
    std::string* next_token) {
  if (exchange.refusal) return *exchange.refusal;
  TRY(Connect(call));
  Retries retries(call);
  std::optional<Error> before;
  while (true) {
    const auto outcome = SendOnce(exchange, call);
    Failure failure;
    if (IsGood(outcome)) {
      tl::expected<T, Misfit> value = read(outcome->body);
      if (value) {
        answered_ = true;
        given_.contact.NoteGranted();
        if (next_token != nullptr) *next_token = outcome->next_token;
        return Indexed<T>{*std::move(value), std::max<std::uint64_t>(outcome->nomad_index, 1),
                          outcome->has_nomad_index && outcome->nomad_index != 0};
      }
      failure = Misread(exchange, *outcome, value.error());
    } else {
      failure = Judge(exchange, outcome);
    }
    // Where the time ran out in the middle of an attempt, the one before says more.
    const bool cut_short = failure.error.code == ErrorCode::kTimedOut && !failure.error.in_doubt;
    if (cut_short && before) failure.error = *before;
    if (AskAgain(exchange, failure, retries)) {
      before = failure.error;
      continue;
    }
    if (failure.error.code == ErrorCode::kNotFound) {
      given_.contact.NoteGranted();
    } else {
      given_.contact.NoteFailed(failure.error, outcome.has_value());
    }
    return failure.error;
  }
}

HttpClient::Exchange HttpClient::Posting(Exchange exchange, std::string_view right,
                                         std::string body) {
  exchange.method = Method::kPost;
  exchange.right = right;
  exchange.body = std::move(body);
  return exchange;
}

template <class Decode>
auto HttpClient::Ask(const Exchange& exchange, const Call& call, const Decode& decode)
    -> Expected<Indexed<typename decltype(decode({}))::value_type>> {
  using Value = typename decltype(decode({}))::value_type;
  return AskFor<Value>(exchange, call,
                       [&decode](const std::string& body) -> tl::expected<Value, Misfit> {
                         auto json = ParseJson(body);
                         if (!json) return tl::unexpected(json.error());
                         std::optional<Value> value = decode(*std::move(json));
                         if (!value) return tl::unexpected(Misfit::kOther);
                         return *std::move(value);
                       });
}

Expected<WriteResult> HttpClient::Write(Exchange exchange, const Call& call) {
  exchange.changes_state = true;
  TRY_ASSIGN(auto result, Ask(exchange, call, DecodeWrite));
  return std::move(result.value);
}

// Pages end with the answer that names no next one. A server that repeats a page would keep us for
// ever: more of them than anybody has objects is an error.
template <class T>
Expected<std::vector<T>> HttpClient::AskPages(Exchange exchange, const Call& call,
                                              std::optional<T> (*decode)(const Json&)) {
  constexpr int kMostPages = 100'000;
  exchange.parameters.emplace_back("per_page", "1000");
  const std::size_t fixed = exchange.parameters.size();
  std::vector<T> all;
  for (int page = 0; page < kMostPages; ++page) {
    std::string next;
    TRY_ASSIGN(
        auto rows,
        AskFor<std::vector<T>>(
            exchange, call,
            [decode](const std::string& body) { return DecodeRows<T>(body, decode); }, &next));
    std::move(rows.value.begin(), rows.value.end(), std::back_inserter(all));
    if (next.empty()) return all;
    exchange.parameters.resize(fixed);
    exchange.parameters.emplace_back("next_token", std::move(next));
  }
  return Error{ErrorCode::kRejected, fmt::format("GET {}: the pages do not end", exchange.path),
               ""};
}

Expected<RawJob> HttpClient::ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                      const Call& call) {
  const Exchange exchange = Posting(Reading("/v1/jobs/parse", "a job", ref), "parse-job",
                                    Dump(Json{{"JobHCL", flat_hcl}, {"Canonicalize", false}}));
  TRY_ASSIGN(auto job, Ask(exchange, call, [](Json value) -> std::optional<RawJob> {
               if (!value.is_object() || !value.contains("ID")) return std::nullopt;
               return value;
             }));
  return std::move(job.value);
}

Expected<JobPlan> HttpClient::PlanJob(const JobRef& ref, const RawJob& job, const Call& call) {
  const Exchange exchange = Posting(OnJob(ref, "/plan", "a plan"), "plan-job",
                                    fmt::format(R"({{"Diff":true,"Job":{}}})", Dump(job)));
  TRY_ASSIGN(auto plan, Ask(exchange, call, DecodePlan));
  return std::move(plan.value);
}

Expected<JobVerdict> HttpClient::ValidateJob(const JobRef& ref, const RawJob& job,
                                             const Call& call) {
  const Exchange exchange = Posting(Reading("/v1/validate/job", "a judgement", ref), "read-job",
                                    fmt::format(R"({{"Job":{}}})", Dump(job)));
  TRY_ASSIGN(auto verdict, Ask(exchange, call, DecodeVerdict));
  return std::move(verdict.value);
}

Expected<WriteResult> HttpClient::RegisterJob(const JobRef& ref, const RegisterRequest& request,
                                              const Call& call) {
  const Json submission = {{"Source", request.submission.source},
                           {"Format", request.submission.format},
                           {"VariableFlags", request.submission.variable_flags},
                           {"Variables", request.submission.variables}};
  return Write(
      Posting(Reading("/v1/jobs", "the result of a registration", ref), "register-job",
              fmt::format(R"({{"EnforceIndex":true,"Job":{},"JobModifyIndex":{},"Submission":{}}})",
                          Dump(request.job), request.job_modify_index, Dump(submission))),
      call);
}

Expected<WriteResult> HttpClient::StopJob(const JobRef& ref, bool purge, const Call& call) {
  Exchange exchange = OnJob(ref, "", "the result of a stop");
  exchange.method = Method::kDelete;
  exchange.right = purge ? "purge-job" : "deregister-job";
  exchange.parameters = {{"purge", purge ? "true" : "false"}};
  return Write(std::move(exchange), call);
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
  return AskRows<JobSummary>(exchange, call, DecodeSummary);
}

Expected<Indexed<Evaluation>> HttpClient::ReadEvaluation(const std::string& id, const JobRef& job,
                                                         const BlockingQuery& query,
                                                         const Call& call) {
  Exchange exchange = Reading("/v1/evaluation/" + PercentEncode(id), "an evaluation", job);
  exchange.not_found = "eval not found";
  exchange.query = query;
  return Ask(exchange, call, DecodeEvaluation);
}

Expected<Indexed<std::vector<Allocation>>> HttpClient::ListAllocations(const JobRef& ref,
                                                                       const BlockingQuery& query,
                                                                       const Call& call) {
  Exchange exchange = OnJob(ref, "/allocations", "a list of allocations");
  exchange.query = query;
  return AskRows<Allocation>(exchange, call, DecodeAllocation);
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
  Exchange exchange = Reading("/v1/deployment/" + PercentEncode(id), "a deployment", job);
  exchange.not_found = "deployment not found";
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

Expected<std::vector<Allocation>> HttpClient::ListAllAllocations(const std::string& name_space,
                                                                 const std::string& region,
                                                                 const Call& call) {
  Exchange exchange = Reading("/v1/allocations", "a list of allocations", {"", name_space, region});
  exchange.parameters = {{"task_states", "false"}};
  return AskPages<Allocation>(std::move(exchange), call, DecodeAllocation);
}

Expected<std::vector<Deployment>> HttpClient::ListAllDeployments(const std::string& name_space,
                                                                 const std::string& region,
                                                                 const Call& call) {
  Exchange exchange = Reading("/v1/deployments", "a list of deployments", {"", name_space, region});
  return AskPages<Deployment>(std::move(exchange), call, DecodeDeployment);
}

Expected<std::vector<Evaluation>> HttpClient::ListBlockedEvaluations(const std::string& name_space,
                                                                     const std::string& region,
                                                                     const Call& call) {
  Exchange exchange = Reading("/v1/evaluations", "a list of evaluations", {"", name_space, region});
  exchange.parameters = {{"status", "blocked"}};
  return AskPages<Evaluation>(std::move(exchange), call, DecodeEvaluation);
}

Expected<WriteResult> HttpClient::EvaluateJob(const JobRef& ref, const Call& call) {
  return Write(Posting(OnJob(ref, "/evaluate", "the result of an evaluation"),
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
  return Write(std::move(exchange), call);
}

Expected<std::vector<CheckResult>> HttpClient::ReadChecks(const std::string& allocation_id,
                                                          const JobRef& job, const Call& call) {
  Exchange exchange = Reading("/v1/client/allocation/" + PercentEncode(allocation_id) + "/checks",
                              "the checks of an allocation", job);
  exchange.not_found = "alloc not found";
  TRY_ASSIGN(auto checks, Ask(exchange, call, DecodeChecks));
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
  TRY(Ask(exchange, call, [](const Json& value) {
    return Member(value, "Index").is_number() ? std::optional<bool>(true) : std::nullopt;
  }));
  return {};
}

Expected<std::vector<JobVersion>> HttpClient::ListVersions(const JobRef& ref, const Call& call) {
  Exchange exchange = OnJob(ref, "/versions", "the versions of a job");
  exchange.not_found = "job versions not found";
  TRY_ASSIGN(auto versions, Ask(exchange, call, DecodeVersions));
  return std::move(versions.value);
}

Expected<void> HttpClient::CheckNamespace(const JobRef& place, const Call& call) {
  TRY(Connect(call));
  const std::string& name = place.name_space.empty() ? wire_->options.name_space : place.name_space;
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

HttpClient::Exchange HttpClient::PingExchange() {
  Exchange exchange;
  exchange.path = "/v1/status/leader";
  exchange.object = "the address of the leader";
  exchange.has_name_space = false;
  return exchange;
}

Expected<void> HttpClient::ReadPing(const tl::expected<HttpAnswer, TransportError>& outcome) {
  const Exchange exchange = PingExchange();
  if (!IsGood(outcome)) return Judge(exchange, outcome).error;
  const auto leader = ParseJson(outcome->body);
  if (!leader || !leader->is_string()) return Misread(exchange, *outcome, Misfit::kOther).error;
  answered_ = true;
  if (!leader->get<std::string>().empty()) return {};
  return Error{ErrorCode::kUnreachable,
               fmt::format("Nomad at {} has no leader yet", DisplayAddress(wire_->options)), ""};
}

Expected<void> HttpClient::Ping(const Call& call) {
  TRY(Connect(call));
  return ReadPing(SendOnce(PingExchange(), call));
}

std::unique_ptr<JobClient> MakeHttpClient(ClientOptions options) {
  return std::make_unique<HttpClient>(std::move(options));
}

}  // namespace nmgr::nomad
