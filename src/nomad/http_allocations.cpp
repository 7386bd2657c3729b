// The streams of an allocation: logs, and a command run inside of it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent.h"
#include "exec_frames.h"
#include "http_client.h"
#include "json_objects.h"
#include "nmgr/base/base64.h"

namespace nmgr::nomad {
namespace {

// A heartbeat comes each second.
constexpr Duration kLongestSilence{15'000};
constexpr Duration kHeartbeat{10'000};
constexpr std::size_t kMuchUnsent = 1U << 20U;

std::string UnknownAllocation(const std::string& id) {
  return fmt::format("Unknown allocation \"{}\"", id);
}

Exchange LogExchange(const LogRequest& request, const JobRef& job) {
  Exchange exchange =
      Reading("/v1/client/fs/logs/" + PercentEncode(request.allocation_id), "a log", job);
  exchange.right = "read-logs";
  exchange.not_found = UnknownAllocation(request.allocation_id);
  exchange.not_yet = fmt::format("task \"{}\" not started yet. No logs available", request.task);
  exchange.parameters = {{"task", request.task},
                         {"type", std::string(NameOf(request.stream))},
                         {"follow", request.follow ? "true" : "false"},
                         {"origin", request.start.from_end ? "end" : "start"},
                         {"offset", std::to_string(request.start.offset)}};
  exchange.lasts = request.follow;
  return exchange;
}

Exchange ExecExchange(const ExecRequest& request, const JobRef& job) {
  Exchange exchange = Reading(
      "/v1/client/allocation/" + PercentEncode(request.allocation_id) + "/exec", "a command", job);
  exchange.right = R"(alloc-exec" and for raw_exec "alloc-node-exec)";
  exchange.not_found = UnknownAllocation(request.allocation_id);
  exchange.parameters = {
      {"task", request.task},
      {"tty", request.tty ? "true" : "false"},
      {"command", nlohmann::json(request.command)
                      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}};
  return exchange;
}

// What runs between the websocket and the near end until the command has ended.
class ExecRun {
 public:
  ExecRun(WebSocketSession& session, ExecPeer& peer) : session_(session), peer_(peer) {}

  // Nothing where it was interrupted. `closing`: why Nomad ended it, "" where it did not say.
  tl::expected<std::optional<int>, TransportError> Run(const Call& call, std::string& closing) {
    Forward();
    TimePoint heartbeat = RealClock().Now() + kHeartbeat;
    while (!exit_code_ && !closed_) {
      if (call.stop.stop_requested()) {
        Hang();
        return std::nullopt;
      }
      const bool reads = session_.queued() < kMuchUnsent && !ended_;
      auto turn = session_.Advance(reads ? peer_.Descriptors() : std::vector<int>(), heartbeat,
                                   call.stop, [this](Message message) { Take(message); });
      if (!turn) return tl::unexpected(std::move(turn).error());
      if (turn->others) Forward();
      if (!turn->open) break;
      if (RealClock().Now() < heartbeat) continue;
      session_.Send(Opcode::kText, ExecHeartbeat());
      heartbeat = RealClock().Now() + kHeartbeat;
    }
    closing = closing_;
    return exit_code_;
  }

 private:
  void Forward() {
    const ExecInput input = peer_.Take();
    if (input.size) session_.Send(Opcode::kText, SizeFrame(*input.size));
    if (!input.data.empty()) session_.Send(Opcode::kText, StdinFrame(input.data));
    if (!input.end || ended_) return;
    ended_ = true;
    session_.Send(Opcode::kText, StdinEndFrame());
  }

  void Take(const Message& message) {
    if (message.opcode == Opcode::kClose) {
      closed_ = true;
      closing_ = ReadClose(message.payload).text;
      return;
    }
    const auto output = DecodeExecOutput(message.payload);
    if (!output || exit_code_) return;
    if (!output->out.empty()) peer_.Output(output->out);
    if (!output->err.empty()) peer_.ErrorOutput(output->err);
    exit_code_ = output->exit_code;
  }

  // So that the command at least finds the end of its input.
  void Hang() {
    if (!ended_) session_.Send(Opcode::kText, StdinEndFrame());
    session_.Send(Opcode::kClose, ClosePayload(1000));
    static_cast<void>(session_.Advance({}, RealClock().Now(), {}, [](const Message&) {}));
  }

  WebSocketSession& session_;
  ExecPeer& peer_;
  bool ended_ = false;
  bool closed_ = false;
  std::string closing_;
  std::optional<int> exit_code_;
};

}  // namespace

std::string_view NameOf(LogStream stream) {
  return stream == LogStream::kStdout ? "stdout" : "stderr";
}

Expected<void> HttpClient::StreamLogs(const LogRequest& request, const JobRef& job,
                                      const std::function<bool(LogFrame frame)>& take,
                                      const Call& call) {
  const Exchange exchange = LogExchange(request, job);
  JsonObjects objects;
  bool wrong = false;
  const auto sink = [&](std::string_view bytes) {
    bool more = true;
    const bool fits = objects.Feed(bytes, [&](std::string_view object) {
      auto frame = DecodeLogFrame(object);
      wrong = !frame;
      more = !wrong && take(*std::move(frame));
      return more;
    });
    wrong = wrong || !fits;
    return more && !wrong;
  };
  TRY(http_.Stream(exchange, call, request.follow ? kLongestSilence : Duration::max(), sink));
  if (!wrong && !objects.InObject()) return {};
  return http_.BrokenOff(exchange,
                         {Fault::kNotHttp, "the log is not what Nomad sends as one", true});
}

Expected<int> HttpClient::Exec(const ExecRequest& request, const JobRef& job, ExecPeer& peer,
                               const Call& call) {
  const Exchange exchange = ExecExchange(request, job);
  TRY_ASSIGN(const auto session, http_.Upgrade(exchange, call));
  std::string closing;
  const auto ended = ExecRun(*session, peer).Run(call, closing);
  if (!ended) return http_.BrokenOff(exchange, ended.error());
  if (*ended) return **ended;
  if (call.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
  if (!closing.empty()) return http_.ClosedWith(exchange, closing);
  return http_.BrokenOff(
      exchange, {Fault::kClosed, "the connection was closed before the command had ended", true});
}

}  // namespace nmgr::nomad
