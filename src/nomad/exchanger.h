// How a question is put to Nomad and its answer judged: the query, the retries, the error, what the
// run's Contact is told. What is asked at which path is http_client.cpp's.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent.h"
#include "decode.h"
#include "http_errors.h"
#include "nmgr/net/http_connection.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/nomad/contact.h"
#include "retries.h"
#include "websocket_session.h"

namespace nmgr::nomad {

// One exchange as the endpoints describe it. `object` names what a good answer holds.
struct Exchange {
  Method method = Method::kGet;
  std::string path;  // encoded, without the query
  std::string_view object;
  std::string not_found = {};  // its own words of a 404
  std::string not_yet = {};    // and of another one: what is asked for has not begun
  std::string_view right = {};
  JobRef scope = {};  // name space and region; the id is not used
  bool has_name_space = true;
  bool may_lack = false;  // older servers do not have it: 404, 405 and 501 are kNotFound
  std::vector<std::pair<std::string_view, std::string>> parameters = {};
  BlockingQuery query = {};
  std::string body = {};
  bool changes_state = false;
  bool lasts = true;                  // of a stream: it has a connection of its own beside the pool
  std::optional<Error> refusal = {};  // why it cannot be asked at all
};

// What the right to read jobs in the name space of `scope` is enough for.
Exchange Reading(std::string path, std::string_view object, JobRef scope);
// `exchange` as one that sends `body`, for which `right` is needed.
Exchange Posting(Exchange exchange, std::string_view right, std::string body);

// X-Nomad-Index; 0 where the answer bears none.
std::uint64_t IndexOf(const HttpAnswer& answer);

class Exchanger {
 public:
  explicit Exchanger(ClientOptions options);

  // Reads the settings and waits for the server, both at the first call alone.
  Expected<void> Connect(const Call& call);
  // Once connected.
  const ConnectionOptions& options() const { return wire_->options; }

  // The exchange, repeated where that helps, and what `read` makes of the body of a good answer.
  // `next_token`: where the next page begins, "" at the end.
  template <class T>
  Expected<Indexed<T>> AskFor(
      const Exchange& exchange, const Call& call,
      const std::function<tl::expected<T, Misfit>(const std::string& body)>& read,
      std::string* next_token = nullptr);
  // For one document.
  template <class Decode>
  auto Ask(const Exchange& exchange, const Call& call, const Decode& decode)
      -> Expected<Indexed<typename decltype(decode({}))::value_type>>;
  // For what changes the state and answers as a register does.
  Expected<WriteResult> Write(Exchange exchange, const Call& call);
  // For a list, of which only what `decode` takes of each row is ever held.
  template <class T>
  Expected<Indexed<std::vector<T>>> AskRows(const Exchange& exchange, const Call& call,
                                            std::optional<T> (*decode)(const nlohmann::json&),
                                            std::string* next_token = nullptr) {
    return AskFor<std::vector<T>>(
        exchange, call, [decode](const std::string& body) { return DecodeRows<T>(body, decode); },
        next_token);
  }
  // Every page of a list; the index is that of the first, so that no change is missed.
  template <class T>
  Expected<Indexed<std::vector<T>>> AskIndexedPages(
      Exchange exchange, const Call& call, std::optional<T> (*decode)(const nlohmann::json&));
  template <class T>
  Expected<std::vector<T>> AskPages(Exchange exchange, const Call& call,
                                    std::optional<T> (*decode)(const nlohmann::json&)) {
    TRY_ASSIGN(auto all, AskIndexedPages<T>(std::move(exchange), call, decode));
    return std::move(all.value);
  }

  // What is wrong with the body of a good answer.
  using Check = std::function<std::optional<Misfit>(const std::string& body)>;
  // The answer as it came. Beside a good one with a body that `check` takes: a refusal that
  // `tells`, which is Nomad's word on what was asked.
  Expected<HttpAnswer> AskPlain(const Exchange& exchange, const Call& call,
                                const std::function<bool(const HttpAnswer& refusal)>& tells,
                                const Check& check);

  // Whether a server with a leader is there: asked once, rights and repeats aside.
  Expected<void> AskPing(const Call& call);

  // The body of a good answer piece by piece, until `sink` returns false, it ends, or nothing has
  // come for `longest_silence`. Repeated only while no piece has come.
  Expected<void> Stream(const Exchange& exchange, const Call& call, Duration longest_silence,
                        const std::function<bool(std::string_view bytes)>& sink);

  // The exchange as a websocket. Never repeated once it is open.
  Expected<std::unique_ptr<WebSocketSession>> Upgrade(const Exchange& exchange, const Call& call);
  // What broke off an exchange that had become a websocket.
  Error BrokenOff(const Exchange& exchange, const TransportError& fault);
  // What Nomad gave as the reason for closing it, in the words of a refusal.
  Error ClosedWith(const Exchange& exchange, const std::string& words);

 private:
  using Outcome = tl::expected<HttpAnswer, TransportError>;

  // A good answer whose body `check` has taken.
  Expected<HttpAnswer> AskUntil(const Exchange& exchange, const Call& call,
                                const std::function<Outcome()>& send, const Check& check);
  Expected<void> ReadPing(const Outcome& outcome);
  std::string Target(const Exchange& exchange) const;
  Attempt AttemptOf(const Exchange& exchange) const;
  HttpRequest RequestOf(const Exchange& exchange, const Call& call) const;
  Outcome SendOnce(const Exchange& exchange, const Call& call);
  Outcome SendOnce(const HttpRequest& request);
  // The outcome without secrets, noted in the log.
  Outcome Noted(const HttpRequest& request, TimePoint start, Outcome outcome) const;
  // Tells the run's Contact how a question ended that was answered badly or not at all.
  void Note(const Error& error, bool answered);
  void Count(const Exchange& exchange, const Error& error);
  // Asked once for each region, and only after a refusal.
  TokenStanding StandingOfToken(const std::string& region);
  // For everything but a 2xx.
  Failure Judge(const Exchange& exchange, const Outcome& outcome);
  Failure Misread(const Exchange& exchange, const HttpAnswer& answer, Misfit misfit) const;
  void NoteAway();
  bool MayBeRestoring() const;
  bool MayBeElecting(const Failure& failure, const Retries& retries);
  // Says that Nomad stays away, once each time that it does.
  void TellAway(const Failure& failure, const Retries& retries);
  bool AskAgain(const Exchange& exchange, const Failure& failure, Retries& retries);
  Expected<void> AwaitServer(const std::stop_token& stop);

  // What there is once the connection settings are known.
  struct Wire {
    Wire(ConnectionOptions given, int max_connections)
        : options(std::move(given)),
          errors(options),
          transport(EndpointOf(options), max_connections) {}
    const ConnectionOptions options;
    const ErrorWriter errors;
    HttpTransport transport;
  };

  const ClientOptions given_;
  std::mutex connecting_;
  bool connected_ = false;
  Error no_connection_;
  std::unique_ptr<Wire> wire_;               // fixed once it is there
  std::atomic<TimePoint::rep> away_at_ = 0;  // when nobody was there last; 0: never
  // Nomad itself; until then nothing is repeated, save that an election is waited for once.
  std::atomic<bool> answered_ = false;
  std::atomic<bool> election_awaited_ = false;
  std::atomic<bool> told_away_ = false;
  std::atomic<int> held_ = 0;  // queries that wait for a change, or for a connection
  std::mutex asking_token_;
  std::map<std::string, TokenStanding> token_standings_;  // by region
};

template <class T>
Expected<Indexed<T>> Exchanger::AskFor(
    const Exchange& exchange, const Call& call,
    const std::function<tl::expected<T, Misfit>(const std::string& body)>& read,
    std::string* next_token) {
  std::optional<T> value;
  TRY_ASSIGN(const HttpAnswer answer, AskUntil(
                                          exchange, call, [&] { return SendOnce(exchange, call); },
                                          [&](const std::string& body) -> std::optional<Misfit> {
                                            tl::expected<T, Misfit> result = read(body);
                                            if (!result) return result.error();
                                            value.emplace(*std::move(result));
                                            return std::nullopt;
                                          }));
  if (next_token != nullptr) *next_token = answer.Header("x-nomad-nexttoken").value_or("");
  const std::uint64_t index = IndexOf(answer);
  return Indexed<T>{*std::move(value), std::max<std::uint64_t>(index, 1), index != 0};
}

template <class Decode>
auto Exchanger::Ask(const Exchange& exchange, const Call& call, const Decode& decode)
    -> Expected<Indexed<typename decltype(decode({}))::value_type>> {
  using Value = typename decltype(decode({}))::value_type;
  return AskFor<Value>(exchange, call,
                       [&decode](const std::string& body) -> tl::expected<Value, Misfit> {
                         auto json = ParseJson(body, kFieldsOf<Value>);
                         if (!json) return tl::unexpected(json.error());
                         std::optional<Value> value = decode(*std::move(json));
                         if (!value) return tl::unexpected(Misfit::kOther);
                         return *std::move(value);
                       });
}

// Pages end with the answer that names no next one. A server that repeats a page would keep us for
// ever: more of them than anybody has objects is an error.
template <class T>
Expected<Indexed<std::vector<T>>> Exchanger::AskIndexedPages(
    Exchange exchange, const Call& call, std::optional<T> (*decode)(const nlohmann::json&)) {
  constexpr int kMostPages = 100'000;
  exchange.parameters.emplace_back("per_page", "1000");
  const std::size_t fixed = exchange.parameters.size();
  Indexed<std::vector<T>> all;
  for (int page = 0; page < kMostPages; ++page) {
    std::string next;
    TRY_ASSIGN(auto rows, AskRows<T>(exchange, call, decode, &next));
    if (page == 0) {
      all = std::move(rows);
    } else {
      std::move(rows.value.begin(), rows.value.end(), std::back_inserter(all.value));
    }
    if (next.empty()) return all;
    exchange.query = {};
    exchange.parameters.resize(fixed);
    exchange.parameters.emplace_back("next_token", std::move(next));
  }
  return Error{ErrorCode::kRejected, "GET " + exchange.path + ": the pages do not end", ""};
}

}  // namespace nmgr::nomad
