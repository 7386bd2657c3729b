#include "exchanger.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nmgr/base/log.h"
#include "nmgr/base/numbers.h"
#include "nmgr/net/curl_library.h"
#include "nmgr/nomad/json_fields.h"
#include "passing_faults.h"

namespace nmgr::nomad {
namespace {

constexpr Duration kElection{2'000};
constexpr Duration kServerPause{250};
constexpr Duration kWorthTelling{5'000};
// For the first question of --wait-server, however short that is: to say why there is no answer.
constexpr Duration kLeastPing{1'000};

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

// Of a server without access control it tells that there is none.
bool TellsToken(const std::string& body) {
  const auto json = ParseJson(body);
  if (!json || !json->is_object()) return false;
  const std::string accessor = Text(*json, "AccessorID");
  return !accessor.empty() && accessor != "acls-disabled";
}

double Milliseconds(TimePoint since) {
  return std::chrono::duration<double, std::milli>(RealClock().Now() - since).count();
}

Exchange PingExchange() {
  Exchange exchange;
  exchange.path = "/v1/status/leader";
  exchange.object = "the address of the leader";
  exchange.has_name_space = false;
  return exchange;
}

}  // namespace

Exchanger::Exchanger(ClientOptions options) : given_(std::move(options)) {}

Expected<void> Exchanger::Connect(const Call& call) {
  const std::lock_guard lock(connecting_);
  if (connected_) return wire_ ? Expected<void>() : Expected<void>(no_connection_);
  connected_ = true;
  if (auto loaded = net::LoadCurl(); !loaded) return no_connection_ = std::move(loaded).error();
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
Expected<void> Exchanger::AwaitServer(const std::stop_token& stop) {
  const Exchange ping = PingExchange();
  const TimePoint end = DeadlineAfter(RealClock().Now(), given_.wait_server);
  std::optional<Error> before;
  while (true) {
    const TimePoint least = RealClock().Now() + kLeastPing;
    const Expected<void> up = ReadPing(SendOnce(ping, {before ? end : std::max(end, least), stop}));
    if (up || up.error().code == ErrorCode::kForbidden) return {};
    NoteAway();
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    const bool cut_short = up.error().code == ErrorCode::kTimedOut;
    if (RealClock().Now() + kServerPause >= end) {
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

Exchange Reading(std::string path, std::string_view object, JobRef scope) {
  Exchange exchange;
  exchange.path = std::move(path);
  exchange.object = object;
  exchange.right = "read-job";
  exchange.scope = std::move(scope);
  return exchange;
}

Exchange Posting(Exchange exchange, std::string_view right, std::string body) {
  exchange.method = Method::kPost;
  exchange.right = right;
  exchange.body = std::move(body);
  return exchange;
}

std::uint64_t IndexOf(const HttpAnswer& answer) {
  return WholeNumber<std::uint64_t>(answer.Header("x-nomad-index").value_or("")).value_or(0);
}

std::string Exchanger::Target(const Exchange& exchange) const {
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

Attempt Exchanger::AttemptOf(const Exchange& exchange) const {
  const std::string& own = exchange.scope.name_space;
  return Attempt{MethodName(exchange.method),
                 exchange.path,
                 exchange.not_found,
                 exchange.not_yet,
                 exchange.right,
                 own.empty() ? wire_->options.name_space : own,
                 exchange.scope.region.empty() ? wire_->options.region : exchange.scope.region,
                 exchange.changes_state,
                 exchange.may_lack};
}

HttpRequest Exchanger::RequestOf(const Exchange& exchange, const Call& call) const {
  HttpRequest request;
  request.method = exchange.method;
  request.target = Target(exchange);
  request.body = exchange.body;
  request.changes_state = exchange.changes_state;
  request.is_held = exchange.query.index != 0;
  request.time_limit = TimeLimit(wire_->options.request_timeout, exchange.query);
  request.deadline = call.deadline;
  request.stop = call.stop;
  return request;
}

Exchanger::Outcome Exchanger::Noted(const HttpRequest& request, TimePoint start,
                                    Outcome outcome) const {
  if (!outcome) outcome.error().reason = wire_->errors.Redact(outcome.error().reason);
  if (LogEnabled(LogLevel::kDebug)) {
    const std::string came = outcome ? std::to_string(outcome->status) : outcome.error().reason;
    LogDebug("{} {} {} {:.1f} ms", MethodName(request.method), request.target, came,
             Milliseconds(start));
  }
  return outcome;
}

Exchanger::Outcome Exchanger::SendOnce(const Exchange& exchange, const Call& call) {
  if (exchange.query.index == 0) return SendOnce(RequestOf(exchange, call));
  // Where more wait for a change than there are connections for that, each has its turn soon.
  constexpr Duration kCrowdedWait{5'000};
  Exchange query = exchange;
  if (++held_ > wire_->transport.MostHeld()) {
    query.query.wait = std::min(query.query.wait, kCrowdedWait);
  }
  Outcome outcome = SendOnce(RequestOf(query, call));
  --held_;
  return outcome;
}

Exchanger::Outcome Exchanger::SendOnce(const HttpRequest& request) {
  const TimePoint start = RealClock().Now();
  return Noted(request, start, wire_->transport.Send(request));
}

TokenStanding Exchanger::StandingOfToken(const std::string& region) {
  constexpr Duration kTime{5'000};
  if (!wire_->errors.CanTellToken()) return TokenStanding::kNotTold;
  const std::lock_guard lock(asking_token_);
  const auto known = token_standings_.find(region);
  if (known != token_standings_.end()) return known->second;
  Exchange exchange;
  exchange.path = "/v1/acl/token/self";
  exchange.has_name_space = false;
  exchange.scope.region = region;
  const Outcome answer = SendOnce(exchange, {RealClock().Now() + kTime, {}});
  TokenStanding standing = TokenStanding::kNotTold;
  if (IsGood(answer) && TellsToken(answer->body)) standing = TokenStanding::kKnown;
  if (answer && answer->status == 403 && IsInNomadsWords(*answer)) {
    standing = TokenStanding::kUnknown;
  }
  token_standings_.emplace(region, standing);
  return standing;
}

Failure Exchanger::Judge(const Exchange& exchange, const Outcome& outcome) {
  Failure failure;
  if (!outcome) {
    const TransportError& fault = outcome.error();
    failure.error = wire_->errors.FromFault(AttemptOf(exchange), fault);
    failure.passing = IsTransient(fault);
    if (failure.passing) NoteAway();
    failure.untouched = failure.passing && !fault.sent;
    failure.lasting =
        failure.error.code == ErrorCode::kUnreachable && fault.fault != Fault::kTooLarge;
    return failure;
  }
  Attempt attempt = AttemptOf(exchange);
  const bool refused = IsRefusal(*outcome);
  const bool restoring = refused && MayBeRestoring();
  if (refused && !restoring) attempt.token = StandingOfToken(exchange.scope.region);
  failure.error = wire_->errors.FromStatus(attempt, *outcome);
  failure.passing = restoring || IsTransient(*outcome);
  failure.leaderless = IsLeaderChange(*outcome);
  failure.throttled = outcome->status == 429;
  if (IsTransient(*outcome) && !failure.throttled) NoteAway();
  failure.untouched = failure.throttled || restoring;
  failure.lasting = failure.error.code == ErrorCode::kUnreachable ||
                    (outcome->status >= 500 && failure.error.code == ErrorCode::kRejected);
  if (failure.passing) failure.retry_after = outcome->retry_after;
  if (failure.throttled || failure.error.code != ErrorCode::kUnreachable) answered_ = true;
  return failure;
}

void Exchanger::NoteAway() { away_at_ = RealClock().Now().time_since_epoch().count(); }

// A server that has just come back refuses every token until it has read its log again.
bool Exchanger::MayBeRestoring() const {
  constexpr Duration kRestoring{20'000};
  const TimePoint::rep at = away_at_;
  return at != 0 && RealClock().Now() - TimePoint(TimePoint::duration(at)) < kRestoring;
}

bool Exchanger::MayBeElecting(const Failure& failure, const Retries& retries) {
  if (!failure.leaderless) return false;
  if (retries.elapsed() > kElection) election_awaited_ = true;
  return !election_awaited_;
}

void Exchanger::TellAway(const Failure& failure, const Retries& retries) {
  if (retries.failing() < kWorthTelling || told_away_.exchange(true) || !given_.on_wait) return;
  given_.on_wait(failure.error.message + "; asking again");
}

bool Exchanger::AskAgain(const Exchange& exchange, const Failure& failure, Retries& retries) {
  const bool waits = retries.call().patience == Patience::kWait && !exchange.changes_state;
  const bool helps = failure.passing || (waits && failure.lasting);
  if (!helps || (exchange.changes_state && !failure.untouched)) return false;
  if (!answered_ && !waits && !MayBeElecting(failure, retries)) return false;
  TellAway(failure, retries);
  if (retries.Pause(failure)) return true;
  // A server that stayed away all that time counts as one never reached, so that a run over many
  // jobs does not wait once for each. A wait that failed says less: its job may have little time.
  const bool stopped = retries.call().stop.stop_requested();
  if (!stopped && !failure.throttled && !waits) answered_ = false;
  return false;
}

Failure Exchanger::Misread(const Exchange& exchange, const HttpAnswer& answer,
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

Expected<HttpAnswer> Exchanger::AskUntil(const Exchange& exchange, const Call& call,
                                         const std::function<Outcome()>& send, const Check& check) {
  if (exchange.refusal) return *exchange.refusal;
  TRY(Connect(call));
  Retries retries(call, given_.retry_window);
  std::optional<Error> before;
  while (true) {
    Outcome outcome = send();
    Failure failure;
    if (IsGood(outcome)) {
      const std::optional<Misfit> misfit = check(outcome->body);
      if (!misfit) {
        answered_ = true;
        told_away_ = false;
        given_.contact.NoteGranted();
        return *std::move(outcome);
      }
      failure = Misread(exchange, *outcome, *misfit);
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
    Note(failure.error, outcome.has_value());
    Count(exchange, failure.error);
    return failure.error;
  }
}

// "GET /v1/var", whatever its name. That something is not there, or another one was first, is an
// answer.
void Exchanger::Count(const Exchange& exchange, const Error& error) {
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kConflict ||
      error.code == ErrorCode::kInterrupted) {
    return;
  }
  constexpr std::string_view kVersion = "/v1/";
  const std::size_t end = exchange.path.find('/', kVersion.size());
  given_.contact.CountFailed(
      fmt::format("{} {}", MethodName(exchange.method), exchange.path.substr(0, end)));
}

void Exchanger::Note(const Error& error, bool answered) {
  if (error.code == ErrorCode::kNotFound) return given_.contact.NoteGranted();
  given_.contact.NoteFailed(error, answered);
}

Expected<HttpAnswer> Exchanger::AskPlain(
    const Exchange& exchange, const Call& call,
    const std::function<bool(const HttpAnswer& refusal)>& tells, const Check& check) {
  int status = 0;
  const auto send = [&] {
    Outcome outcome = SendOnce(exchange, call);
    if (!outcome) return outcome;
    status = outcome->status;
    if (status >= 300 && tells(*outcome)) outcome->status = 200;  // as good as any
    return outcome;
  };
  TRY_ASSIGN(HttpAnswer answer, AskUntil(exchange, call, send, [&](const std::string& body) {
               return status < 300 ? check(body) : std::nullopt;
             }));
  answer.status = status;
  return answer;
}

Expected<WriteResult> Exchanger::Write(Exchange exchange, const Call& call) {
  exchange.changes_state = true;
  TRY_ASSIGN(auto result, Ask(exchange, call, DecodeWrite));
  return std::move(result.value);
}

Expected<void> Exchanger::ReadPing(const Outcome& outcome) {
  const Exchange exchange = PingExchange();
  if (!IsGood(outcome)) return Judge(exchange, outcome).error;
  const auto leader = ParseJson(outcome->body);
  if (!leader || !leader->is_string()) return Misread(exchange, *outcome, Misfit::kOther).error;
  answered_ = true;
  if (!leader->get<std::string>().empty()) return {};
  return Error{ErrorCode::kUnreachable,
               fmt::format("Nomad at {} has no leader yet", DisplayAddress(wire_->options)), ""};
}

Expected<void> Exchanger::AskPing(const Call& call) {
  TRY(Connect(call));
  return ReadPing(SendOnce(PingExchange(), call));
}

Expected<void> Exchanger::Stream(const Exchange& exchange, const Call& call,
                                 Duration longest_silence,
                                 const std::function<bool(std::string_view bytes)>& sink) {
  bool begun = false;
  std::optional<TransportError> broken;
  const auto send = [&]() -> Outcome {
    HttpRequest request = RequestOf(exchange, call);
    request.longest_silence = std::min(longest_silence, request.time_limit);
    request.time_limit = Duration::max();
    request.sink = [&](std::string_view bytes) {
      begun = true;
      return sink(bytes);
    };
    const TimePoint start = RealClock().Now();
    Outcome outcome =
        Noted(request, start,
              exchange.lasts ? wire_->transport.Stream(request) : wire_->transport.Send(request));
    if (outcome || !begun) return outcome;
    broken = outcome.error();
    HttpAnswer begun_well;
    begun_well.status = 200;
    return begun_well;
  };
  TRY(AskUntil(exchange, call, send, [](const std::string&) { return std::nullopt; }));
  if (!broken) return {};
  return BrokenOff(exchange, *broken);
}

Error Exchanger::BrokenOff(const Exchange& exchange, const TransportError& fault) {
  return wire_->errors.FromFault(AttemptOf(exchange), fault);
}

Error Exchanger::ClosedWith(const Exchange& exchange, const std::string& words) {
  HttpAnswer answer;
  answer.status = words == "Permission denied" ? 403 : words == exchange.not_found ? 404 : 500;
  answer.content_type = "text/plain";
  answer.body = words;
  Failure failure = Judge(exchange, answer);
  Note(failure.error, true);
  return std::move(failure.error);
}

Expected<std::unique_ptr<WebSocketSession>> Exchanger::Upgrade(const Exchange& exchange,
                                                               const Call& call) {
  std::unique_ptr<WebSocketSession> session;
  bool switched = false;
  const auto send = [&]() -> Outcome {
    const HttpRequest request = RequestOf(exchange, call);
    const TimePoint start = RealClock().Now();
    auto connection = wire_->transport.Open(request);
    if (!connection) return Noted(request, start, tl::unexpected(connection.error()));
    session = std::make_unique<WebSocketSession>(*std::move(connection));
    Outcome outcome = Noted(request, start, session->ShakeHands(request));
    switched = outcome && outcome->status == 101;
    if (switched) outcome->status = 200;  // as good as any
    return outcome;
  };
  const auto check = [&switched](const std::string&) {
    return switched ? std::nullopt : std::optional(Misfit::kOther);
  };
  TRY(AskUntil(exchange, call, send, check));
  return session;
}

}  // namespace nmgr::nomad
