// Handlers of variables and their locks.
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "fake_nomad/route_table.h"

namespace nmgr::fake {
namespace {

// What Nomad's decoder refuses; nothing where it takes it.
std::optional<Reply> Misshapen(const Json& body) {
  const Json& items = Member(body, "Items");
  if (!items.is_object()) return std::nullopt;
  for (const auto& item : items.items()) {
    if (item.value().is_string()) continue;
    return ErrorReply(400, std::string("json: cannot unmarshal ") + item.value().type_name() +
                               " into Go struct field VariableDecrypted.Items of type string");
  }
  return std::nullopt;
}

bool IsPath(const std::string& path) {
  constexpr std::string_view kMarks = "-_~/";
  if (path.empty() || path.size() > 128) return false;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && kMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

// The body's name space wins over the query's.
JobKey KeyIn(const Call& call, const Json& body) {
  const std::string& own = Text(body, "Namespace");
  return {own.empty() ? call.Namespace() : own, call.ids.at(0)};
}

std::optional<std::uint64_t> Cas(const Request& request, std::optional<Reply>& refusal) {
  if (!request.HasQuery("cas")) return std::nullopt;
  const std::string text = request.Query("cas");
  std::uint64_t cas = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), cas);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    refusal = ErrorReply(
        400, "can not parse cas: strconv.ParseUint: parsing \"" + text + "\": invalid syntax");
  }
  return cas;
}

Reply Refused(const char* text) {
  Reply reply = ErrorReply(400, std::string("RPC Error:: 400,") + text);
  reply.index = 0;
  return reply;
}

Reply LockOperation(Call& call, const JobKey& key, const Json& body) {
  Variables& variables = call.cluster.variables();
  const std::string id = Text(Member(body, "Lock"), "ID");
  if (call.request.HasQuery("lock-acquire")) return variables.Acquire(key, body, call.now);
  if (call.request.HasQuery("lock-renew")) return variables.Renew(key, id, call.now);
  if (Member(body, "Items").is_object())
    return Refused("lock release operation doesn't take variable items");
  return variables.Release(key, id);
}

}  // namespace

Reply ListVariables(Call& call) {
  const auto most = static_cast<std::size_t>(std::atoi(call.request.Query("per_page").c_str()));
  return call.cluster.variables().List(call.Namespace(), call.request.Query("prefix"), most,
                                       call.request.Query("next_token"));
}

Reply ReadVariable(Call& call) { return call.cluster.variables().Read(call.Job()); }

Reply WriteVariable(Call& call) {
  std::string error;
  const Json body = ParseBody(call.request, error);
  if (!error.empty()) return ErrorReply(400, error);
  if (std::optional<Reply> refusal = Misshapen(body)) return *std::move(refusal);
  std::optional<Reply> refusal;
  const std::optional<std::uint64_t> cas = Cas(call.request, refusal);
  if (refusal) return *std::move(refusal);
  const JobKey key = KeyIn(call, body);
  bool locks = false;
  for (const char* operation : {"lock-acquire", "lock-renew", "lock-release"})
    locks = locks || call.request.HasQuery(operation);
  if (locks && cas) return ErrorReply(400, "CAS can't be used with lock operations");
  if (key.ns == "*") return Refused("can not target wildcard (\"*\")namespace");
  if (!IsPath(key.id)) return Refused(("invalid path \"" + key.id + "\"").c_str());
  if (locks) return LockOperation(call, key, body);
  if (IsEmpty(Member(body, "Items")))
    return ErrorReply(400, "variable missing required Items object");
  return call.cluster.variables().Write(key, cas, body, call.now);
}

Reply DeleteVariable(Call& call) {
  std::optional<Reply> refusal;
  const std::optional<std::uint64_t> cas = Cas(call.request, refusal);
  if (refusal) return *std::move(refusal);
  return call.cluster.variables().Delete(call.Job(), cas);
}

}  // namespace nmgr::fake
