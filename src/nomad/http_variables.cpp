// Variables and the locks on them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "http_client.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"

namespace nmgr::nomad {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kTooLarge = "variables are limited to 64KiB";
constexpr std::string_view kNoVariable = "variable not found";
constexpr std::string_view kNoLockedVariable = "variable doesn't exist";
constexpr std::string_view kNoLock = "variable doesn't hold a lock";

VariableRefusal RefusalOf(Error error) {
  VariableRefusal refusal;
  static_cast<Error&>(refusal) = std::move(error);
  return refusal;
}

Exchange OnVariable(const VariableRef& ref, Method method, std::string_view right,
                    std::string_view object) {
  Exchange exchange = Reading("/v1/var/" + ref.path, object, {"", ref.name_space, ref.region});
  exchange.method = method;
  exchange.right = right;
  if (!IsVariablePath(ref.path)) {
    exchange.refusal =
        Error{ErrorCode::kRejected,
              fmt::format("\"{}\" is no path of a variable", EscapeControls(ref.path)),
              "it has up to 128 letters, digits, \"-\", \"_\", \"~\" and \"/\""};
  }
  return exchange;
}

// The name space goes into the query, since that of the connection is known there alone.
Exchange Putting(const VariableRef& ref, std::string_view object, const char* name,
                 std::string value, const Json& body) {
  Exchange exchange = OnVariable(ref, Method::kPut, "variables:write", object);
  exchange.parameters = {{name, std::move(value)}};
  exchange.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return exchange;
}

bool IsAboutSize(const HttpAnswer& answer) {
  return answer.status == 400 && answer.body.find(kTooLarge) != std::string::npos;
}

// The document that a refused check-and-set comes with, and what Nomad says of locks; a proxy's 409
// is neither.
bool IsVariableConflict(const HttpAnswer& answer) {
  const std::string_view body = TrimBlanks(answer.body);
  const bool tells = answer.status == 409 || answer.status == 500;
  if (tells && (body == kNoLock || body == "attempting to modify locked variable")) return true;
  if (answer.status != 409) return false;
  const auto json = ParseJson(body);
  return json && Member(*json, "ModifyIndex").is_number_unsigned();
}

bool IsLost(const HttpAnswer& answer) {
  return (answer.status == 404 || answer.status == 500) &&
         TrimBlanks(answer.body) == kNoLockedVariable;
}

bool TellsOfVariable(const HttpAnswer& answer) {
  return IsAboutSize(answer) || IsVariableConflict(answer) || IsLost(answer);
}

VariableRefusal TooLarge(const Exchange& exchange, std::size_t bytes) {
  VariableRefusal refusal;
  refusal.code = ErrorCode::kRejected;
  refusal.message =
      fmt::format("{} {}: {} bytes are more than the {} that a variable may have",
                  MethodName(exchange.method), exchange.path, bytes, kMostVariableBytes);
  refusal.too_large = true;
  return refusal;
}

std::uint64_t IndexIn(const std::string& body) {
  const auto json = ParseJson(body);
  return json ? Member(*json, "ModifyIndex").get<std::uint64_t>() : 0;
}

// What a refusal that TellsOfVariable() comes to.
VariableRefusal Told(const Exchange& exchange, const HttpAnswer& answer) {
  VariableRefusal refusal;
  const std::string request = fmt::format("{} {}", MethodName(exchange.method), exchange.path);
  if (IsLost(answer)) {
    refusal.code = ErrorCode::kNotFound;
    refusal.message = request + ": there is no such variable any more";
    return refusal;
  }
  refusal.code = ErrorCode::kConflict;
  if (!answer.body.starts_with('{')) {
    refusal.message = fmt::format("{}: {}", request, TrimBlanks(answer.body));
    return refusal;
  }
  refusal.current_index = IndexIn(answer.body);
  refusal.message =
      refusal.current_index != 0
          ? fmt::format("{}: somebody else wrote it, it is at index {}", request,
                        refusal.current_index)
          : request + ": somebody else holds a lock on it, or it does not exist any more";
  return refusal;
}

Json WithItems(const VariableItems& items) {
  Json list = Json::object();
  for (const auto& [key, value] : items) list[key] = value;
  return {{"Items", std::move(list)}};
}

std::optional<Misfit> CheckVariable(const std::string& body) {
  const auto json = ParseJson(body);
  if (!json) return json.error();
  return DecodeVariableInfo(*json) ? std::nullopt : std::optional(Misfit::kOther);
}

// Asks, and tells what was refused. `bytes`: of its items.
VariableResult<HttpAnswer> Tell(Exchanger& http, const Exchange& exchange, std::size_t bytes,
                                const Call& call) {
  if (bytes > kMostVariableBytes) return tl::unexpected(TooLarge(exchange, bytes));
  auto answer = http.AskPlain(exchange, call, TellsOfVariable, CheckVariable);
  if (!answer) return tl::unexpected(RefusalOf(std::move(answer).error()));
  if (IsAboutSize(*answer)) return tl::unexpected(TooLarge(exchange, bytes));
  if (answer->status >= 300) return tl::unexpected(Told(exchange, *answer));
  return *std::move(answer);
}

VariableResult<void> TellLock(Exchanger& http, const VariableRef& ref, const char* operation,
                              const std::string& id, const Call& call) {
  // Done twice it comes to the same, so it is asked again as a question is.
  const Exchange exchange = Putting(ref, "a lock", operation, "true", Json{{"Lock", {{"ID", id}}}});
  const auto answer = Tell(http, exchange, 0, call);
  if (!answer) return tl::unexpected(answer.error());
  return {};
}

std::string GoDuration(Duration duration) { return std::to_string(duration.count()) + "ms"; }

}  // namespace

std::size_t BytesOf(const VariableItems& items) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : items) bytes += key.size() + value.size();
  return bytes;
}

bool IsVariablePath(std::string_view path) {
  constexpr std::string_view kMarks = "-_~/";
  const bool whole = !path.empty() && path.size() <= 128 && path.front() != '/' &&
                     path.back() != '/' && path.find("//") == std::string_view::npos;
  return whole && std::all_of(path.begin(), path.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

Expected<Indexed<std::vector<VariableInfo>>> HttpClient::ListVariables(const VariableRef& prefix,
                                                                       const BlockingQuery& query,
                                                                       const Call& call) {
  Exchange exchange =
      Reading("/v1/vars", "a list of variables", {"", prefix.name_space, prefix.region});
  exchange.right = "variables:list";
  exchange.parameters = {{"prefix", prefix.path}};
  exchange.query = query;
  return http_.AskIndexedPages<VariableInfo>(std::move(exchange), call, DecodeVariableInfo);
}

Expected<Indexed<std::optional<Variable>>> HttpClient::ReadVariable(const VariableRef& ref,
                                                                    const BlockingQuery& query,
                                                                    const Call& call) {
  Exchange exchange = OnVariable(ref, Method::kGet, "variables:read", "a variable");
  exchange.query = query;
  std::optional<Variable> variable;
  const auto absent = [](const HttpAnswer& answer) {
    return answer.status == 404 && TrimBlanks(answer.body) == kNoVariable;
  };
  const auto take = [&variable](const std::string& body) -> std::optional<Misfit> {
    const auto json = ParseJson(body);
    if (!json) return json.error();
    variable = DecodeVariable(*json);
    return variable ? std::nullopt : std::optional(Misfit::kOther);
  };
  TRY_ASSIGN(const HttpAnswer answer, http_.AskPlain(exchange, call, absent, take));
  const std::uint64_t index = IndexOf(answer);
  return Indexed<std::optional<Variable>>{std::move(variable), std::max<std::uint64_t>(index, 1),
                                          index != 0};
}

VariableResult<VariableInfo> HttpClient::WriteVariable(const VariableRef& ref,
                                                       const VariableItems& items,
                                                       std::uint64_t index, const Call& call) {
  Exchange exchange = Putting(ref, "a variable", "cas", std::to_string(index), WithItems(items));
  exchange.changes_state = true;
  const auto answer = Tell(http_, exchange, BytesOf(items), call);
  if (!answer) return tl::unexpected(answer.error());
  return *DecodeVariableInfo(*ParseJson(answer->body));
}

VariableResult<void> HttpClient::DeleteVariable(const VariableRef& ref, std::uint64_t index,
                                                const Call& call) {
  Exchange exchange = OnVariable(ref, Method::kDelete, "variables:destroy", "nothing");
  exchange.parameters = {{"cas", std::to_string(index)}};
  exchange.changes_state = true;
  const auto answer = http_.AskPlain(exchange, call, TellsOfVariable,
                                     [](const std::string&) { return std::nullopt; });
  if (!answer) return tl::unexpected(RefusalOf(answer.error()));
  if (answer->status >= 300) return tl::unexpected(Told(exchange, *answer));
  return {};
}

VariableResult<std::string> HttpClient::AcquireLock(const VariableRef& ref,
                                                    const VariableItems& items,
                                                    const LockTerms& terms, const Call& call) {
  Json body = WithItems(items);
  body["Lock"] = {{"TTL", GoDuration(terms.ttl)}, {"LockDelay", GoDuration(terms.delay)}};
  if (!terms.own_id.empty()) body["Lock"]["ID"] = terms.own_id;
  Exchange exchange = Putting(ref, "a lock", "lock-acquire", "true", body);
  exchange.changes_state = true;
  const auto answer = Tell(http_, exchange, BytesOf(items), call);
  if (!answer) return tl::unexpected(answer.error());
  return Text(Member(*ParseJson(answer->body), "Lock"), "ID");
}

VariableResult<void> HttpClient::RenewLock(const VariableRef& ref, const std::string& id,
                                           const Call& call) {
  return TellLock(http_, ref, "lock-renew", id, call);
}

VariableResult<void> HttpClient::ReleaseLock(const VariableRef& ref, const std::string& id,
                                             const Call& call) {
  return TellLock(http_, ref, "lock-release", id, call);
}

}  // namespace nmgr::nomad
