#include "nmgr/net/server.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <thread>

#include "net/accepted.h"
#include "net/answer_text.h"
#include "nmgr/base/log.h"
#include "nmgr/base/system.h"

namespace nmgr::net {
namespace {

namespace http = boost::beast::http;
using BodyParser = http::request_parser<http::string_body>;

constexpr std::size_t kMostChunkHead = 8U << 10U;  // bytes of a chunked body that say no content
constexpr std::size_t kMostTurnedAway = 32;        // that may take their time to read it
constexpr std::size_t kWorkers = 2;
constexpr Duration kAcceptPause{100};

using ConnectionPtr = std::shared_ptr<AcceptedConnection>;

// On the thread of whoever it is spawned on.
asio::awaitable<void> Carry(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    LogMessage(LogLevel::kWarning, fmt::format("a request failed: {}", error.what()));
  }
  co_return;
}

Error ListenError(const ServerConfig& config, const error_code& error) {
  return {ErrorCode::kIo,
          fmt::format("cannot listen on {} port {}: {}", config.address, config.port,
                      SystemReason(error.value())),
          error.value() == EADDRINUSE ? "another program has it, or another nmgr serve" : ""};
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerConfig& config, Handler& handler)
      : config_(config),
        limits_(config.limits),
        handler_(handler),
        acceptor_(io_),
        end_timer_(io_) {}

  Expected<void> Listen() {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(config_.address, error);
    if (error) {
      return Error{ErrorCode::kConfig, config_.address + " is no address to listen on",
                   "give numbers, as in 127.0.0.1 or [::1] without its brackets"};
    }
    TRY(PrepareTls());
    const tcp::endpoint endpoint(address, config_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return ListenError(config_, error);
    return {};
  }

  void Run() {
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  std::uint16_t port() const { return port_; }

  void WakeStreams() {
    asio::post(io_, [this] {
      for (const ConnectionPtr& one : open_) {
        if (one->phase == Phase::kStream) one->Wake();
      }
    });
  }

  void Stop() {
    const std::scoped_lock once(stop_mutex_);
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { Drain(); });
    thread_.join();
    workers_.join();
    hook_worker_.join();
  }

  Counts counts() const { return {connections_.load(), streams_.load(), turned_away_.load()}; }

 private:
  // A connection keeps what it began with, also where it is renewed meanwhile.
  Expected<void> PrepareTls() {
    if (config_.certificate_file.empty()) return {};
    tls_stamp_ = StampOf(config_.certificate_file) + StampOf(config_.key_file);
    error_code error;
    auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    tls->use_certificate_chain_file(config_.certificate_file, error);
    if (error) return TlsError(config_.certificate_file, error);
    tls->use_private_key_file(config_.key_file, asio::ssl::context::pem, error);
    if (error) return TlsError(config_.key_file, error);
    tls_ = std::move(tls);
    return {};
  }

  // Certificates live for months, or days: files that have changed are read again. Half of a new
  // pair, or one that is none, leaves the old one in force.
  void RenewTls() {
    if (!tls_ || tls_stamp_ == StampOf(config_.certificate_file) + StampOf(config_.key_file))
      return;
    const auto renewed = PrepareTls();
    LogMessage(renewed ? LogLevel::kInfo : LogLevel::kWarning,
               renewed ? "the TLS files were read again"
                       : renewed.error().message + "; what was read before stays in force");
  }

  // Another one for another file.
  static std::string StampOf(const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return "-;";
    return fmt::format("{}.{}.{}.{};", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                       info.st_mtim.tv_nsec);
  }

  static Error TlsError(const std::string& file, const error_code& error) {
    return {ErrorCode::kConfig, "the TLS file " + file + " cannot be used: " + error.message(),
            "it must be PEM: the certificate with its chain, and the key that belongs to it"};
  }

  // Nothing new; what is under way may end.
  void Drain() {
    draining_ = true;
    stop_.request_stop();
    error_code ignored;
    acceptor_.close(ignored);
    for (const ConnectionPtr& one : std::list(open_)) {
      if (one->phase == Phase::kIdle || one->phase == Phase::kHead) one->Close();
      if (one->phase == Phase::kStream) one->Wake();
    }
    end_timer_.expires_after(limits_.shutdown_time);
    end_timer_.async_wait([this](const error_code& error) {
      if (!error) EndAll();
    });
    if (open_.empty()) EndAll();
  }

  void EndAll() {
    for (const ConnectionPtr& one : std::list(open_)) one->Close();
    io_.stop();
  }

  asio::awaitable<void> Accept() {
    while (!draining_) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(Into(error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        asio::steady_timer pause(io_, kAcceptPause);
        co_await pause.async_wait(Into(error));
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      RenewTls();
      auto one = std::make_shared<AcceptedConnection>(std::move(socket), tls_.get());
      Begin(std::move(one));
    }
  }

  void Begin(ConnectionPtr one);
  asio::awaitable<void> TurnAway(ConnectionPtr one);
  asio::awaitable<void> Converse(ConnectionPtr one);
  asio::awaitable<bool> ServeOne(ConnectionPtr one);
  asio::awaitable<std::string> ReadHeadBytes(ConnectionPtr one, int& status, std::string& words);
  asio::awaitable<int> ReadBody(ConnectionPtr one, const std::string& head, std::uint64_t most,
                                std::string& body);
  asio::awaitable<bool> Answer(ConnectionPtr one, const RequestHead& head, Response response);
  asio::awaitable<void> Refuse(ConnectionPtr one, const Response& response, bool is_head,
                               std::uint64_t most_unread);
  asio::awaitable<void> SendStream(ConnectionPtr one, StreamSource source);
  asio::awaitable<Response> Ask(Request request, bool is_hook);
  std::optional<Response> LacksRoom(const ConnectionPtr& one, const Admission& admission);
  bool HasRoom(const std::string& address);
  bool CloseIdle(const std::string& address, const AcceptedConnection* but);
  std::size_t OfAddress(const std::string& address) const;
  AcceptedConnection* OldestIdle(const std::string& address, const AcceptedConnection* but) const;
  std::size_t Ordinary() const;

  void Enter(AcceptedConnection& one, Phase phase) const {
    one.phase = phase;
    one.since = RealClock().Now();
  }

  const ServerConfig config_;
  const ServerLimits limits_;
  Handler& handler_;
  std::unique_ptr<asio::ssl::context> tls_;  // null: none
  std::string tls_stamp_;                    // of the files when they were read last
  bool draining_ = false;
  std::uint16_t port_ = 0;
  std::size_t saying_goodbye_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::size_t> streams_ = 0;
  std::atomic<std::uint64_t> turned_away_ = 0;
  std::stop_source stop_;
  std::mutex stop_mutex_;
  asio::thread_pool workers_{kWorkers};
  asio::thread_pool hook_worker_{1};
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer end_timer_;
  std::list<ConnectionPtr> open_;  // they end before `io_` does: their timers are its own
  std::thread thread_;
};

AcceptedConnection* Server::Impl::OldestIdle(const std::string& address,
                                             const AcceptedConnection* but) const {
  AcceptedConnection* oldest = nullptr;
  for (const ConnectionPtr& one : open_) {
    if (one.get() == but || one->phase != Phase::kIdle || one->gone()) continue;
    if (!address.empty() && one->address != address) continue;
    if (oldest == nullptr || one->since < oldest->since) oldest = one.get();
  }
  return oldest;
}

// Of this address, or of all where it is "".
bool Server::Impl::CloseIdle(const std::string& address, const AcceptedConnection* but) {
  AcceptedConnection* const oldest = OldestIdle(address, but);
  if (oldest == nullptr) return false;
  oldest->Close();
  return true;
}

std::size_t Server::Impl::OfAddress(const std::string& address) const {
  return static_cast<std::size_t>(std::count_if(
      open_.begin(), open_.end(),
      [&](const ConnectionPtr& one) { return !one->gone() && one->address == address; }));
}

std::size_t Server::Impl::Ordinary() const {
  return static_cast<std::size_t>(
      std::count_if(open_.begin(), open_.end(),
                    [](const ConnectionPtr& one) { return !one->gone() && !one->is_hook; }));
}

// Who waits between two requests makes room for who has one.
bool Server::Impl::HasRoom(const std::string& address) {
  if (limits_.per_address > 0 && OfAddress(address) >= limits_.per_address &&
      !CloseIdle(address, nullptr))
    return false;
  const auto alive = static_cast<std::size_t>(std::count_if(
      open_.begin(), open_.end(), [](const ConnectionPtr& one) { return !one->gone(); }));
  return alive < limits_.connections || CloseIdle({}, nullptr);
}

void Server::Impl::Begin(ConnectionPtr one) {
  if (!HasRoom(one->address)) {
    ++turned_away_;
    if (one->is_tls()) return;
    asio::co_spawn(io_, TurnAway(std::move(one)), asio::detached);
    return;
  }
  Enter(*one, Phase::kIdle);
  open_.push_back(one);
  ++connections_;
  asio::co_spawn(io_, Converse(std::move(one)), asio::detached);
}

asio::awaitable<void> Server::Impl::TurnAway(ConnectionPtr one) {
  one->SetDeadline(kGoodbye);
  const Response response = PlainAnswer(503, "too many connections");
  co_await one->Write(AnswerHead(response, {false, false, RealClock().Wall()}) + response.body);
  if (saying_goodbye_ < kMostTurnedAway) {
    ++saying_goodbye_;
    co_await one->SayGoodbye(limits_.head_bytes);
    --saying_goodbye_;
  }
  one->Close();
}

asio::awaitable<void> Server::Impl::Converse(ConnectionPtr one) {
  one->SetDeadline(limits_.head_time);
  bool open = co_await one->ShakeHands();
  while (open && !draining_ && !one->gone()) open = co_await ServeOne(one);
  one->Close();
  open_.remove(one);
  --connections_;
  if (draining_ && open_.empty()) io_.stop();
}

// All bytes of the next head; "" where there is none, with a status where the client is to know.
asio::awaitable<std::string> Server::Impl::ReadHeadBytes(ConnectionPtr one, int& status,
                                                         std::string& words) {
  if (one->unread.empty()) {
    one->SetDeadline(limits_.idle_time);
    if (!co_await one->Read()) co_return std::string();
  }
  Enter(*one, Phase::kHead);
  one->SetDeadline(limits_.head_time);
  while (true) {
    const std::size_t length = HeadLength(one->unread);
    const std::size_t seen = length == 0 ? one->unread.size() : length;
    if (seen > limits_.head_bytes) {
      status = 431;
      words = "the head of the request is too large";
    } else if (const auto fault = EarlyFault(std::string_view(one->unread).substr(0, seen))) {
      status = fault->status;
      words = fault->words;
    }
    if (status != 0) co_return std::string();
    if (length > 0) {
      std::string head = one->unread.substr(0, length);
      one->unread.erase(0, length);
      co_return head;
    }
    if (co_await one->Read()) continue;
    if (one->expired()) {
      status = 408;
      words = "the head of the request took too long";
    }
    co_return std::string();
  }
}

// 0, or the status of what is wrong with the body.
asio::awaitable<int> Server::Impl::ReadBody(ConnectionPtr one, const std::string& head,
                                            std::uint64_t most, std::string& body) {
  BodyParser parser;
  parser.header_limit(static_cast<std::uint32_t>(2 * limits_.head_bytes));
  parser.body_limit(boost::none);
  error_code error;
  parser.put(asio::buffer(head), error);
  if (error && error != http::error::need_more) co_return 400;
  if (parser.content_length() && *parser.content_length() > most) co_return 413;
  parser.body_limit(most);
  parser.eager(true);
  one->SetDeadline(limits_.body_time);
  while (!parser.is_done()) {
    error = {};
    const std::size_t used = parser.put(asio::buffer(one->unread), error);
    one->unread.erase(0, used);
    if (error == http::error::body_limit) co_return 413;
    if (error && error != http::error::need_more) co_return 400;
    if (parser.is_done()) break;
    if (one->unread.size() > kMostChunkHead) co_return 400;
    if (!co_await one->Read()) co_return one->expired() ? 408 : -1;
  }
  body = std::move(parser.get().body());
  co_return 0;
}

std::optional<Response> Server::Impl::LacksRoom(const ConnectionPtr& one,
                                                const Admission& admission) {
  one->is_hook = admission.is_hook;
  if (admission.is_stream && streams_ >= limits_.streams)
    return PlainAnswer(503, "too many streams");
  if (admission.is_hook || limits_.connections < limits_.kept_for_hooks) return std::nullopt;
  if (Ordinary() <= limits_.connections - limits_.kept_for_hooks) return std::nullopt;
  if (CloseIdle({}, one.get())) return std::nullopt;
  return PlainAnswer(503, "too many connections");
}

// Whether the connection goes on.
asio::awaitable<bool> Server::Impl::ServeOne(ConnectionPtr one) {
  Enter(*one, Phase::kIdle);
  one->is_hook = false;
  int status = 0;
  std::string words;
  const std::string bytes = co_await ReadHeadBytes(one, status, words);
  if (bytes.empty()) {
    if (status != 0) co_await Refuse(one, PlainAnswer(status, words), false, limits_.head_bytes);
    co_return false;
  }
  tl::expected<RequestHead, HeadFault> head = ReadHead(bytes);
  if (!head) {
    co_await Refuse(one, PlainAnswer(head.error().status, head.error().words), false,
                    limits_.head_bytes);
    co_return false;
  }
  head->peer = one->address;
  Enter(*one, Phase::kBusy);
  const bool is_head = head->method == "HEAD";
  const Admission admission = handler_.Admit(*head);
  std::optional<Response> refusal = admission.refusal;
  const bool crowded = !refusal && (refusal = LacksRoom(one, admission)).has_value();
  if (crowded) ++turned_away_;
  if (!refusal && head->content_length.value_or(0) > admission.most_body)
    refusal = PlainAnswer(413, "the body is too large");
  if (refusal && (crowded || head->HasBody())) {
    co_await Refuse(one, *refusal, is_head, head->content_length.value_or(limits_.head_bytes));
    co_return false;
  }
  if (refusal) co_return co_await Answer(one, *head, *std::move(refusal));
  if (head->expects_continue && one->unread.empty()) {
    one->SetDeadline(limits_.body_time);
    co_await one->Write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  Request request{*std::move(head), {}, stop_.get_token()};
  if (request.head.HasBody()) {
    status = co_await ReadBody(one, bytes, admission.most_body, request.body);
    if (status > 0) {
      co_await Refuse(one, PlainAnswer(status, "the body was not taken"), is_head,
                      admission.most_body);
    }
    if (status != 0) co_return false;
  }
  RequestHead kept;
  kept.method = request.head.method;
  kept.keep_alive = request.head.keep_alive;
  Response response = co_await Ask(std::move(request), admission.is_hook);
  co_return co_await Answer(one, kept, std::move(response));
}

asio::awaitable<Response> Server::Impl::Ask(Request request, bool is_hook) {
  Response response = PlainAnswer(500, "a defect of this server");
  const std::function<void()> work = [&] { response = handler_.Handle(request); };
  co_await asio::co_spawn(is_hook ? hook_worker_.get_executor() : workers_.get_executor(),
                          Carry(work), asio::use_awaitable);
  co_return response;
}

asio::awaitable<bool> Server::Impl::Answer(ConnectionPtr one, const RequestHead& head,
                                           Response response) {
  const bool is_head = head.method == "HEAD";
  const bool keep = head.keep_alive && !draining_ && !response.stream;
  std::string bytes = AnswerHead(response, {keep, is_head, RealClock().Wall()});
  if (!is_head && !response.stream) bytes += response.body;
  one->SetDeadline(limits_.idle_time);
  const bool sent = co_await one->Write(bytes);
  if (sent && response.stream && !is_head) {
    co_await SendStream(one, std::move(response.stream));
    co_return false;
  }
  if (sent && !keep) co_await one->SayGoodbye(limits_.head_bytes);
  co_return sent&& keep;
}

asio::awaitable<void> Server::Impl::Refuse(ConnectionPtr one, const Response& response,
                                           bool is_head, std::uint64_t most_unread) {
  one->SetDeadline(limits_.idle_time);
  std::string bytes = AnswerHead(response, {false, is_head, RealClock().Wall()});
  if (!is_head) bytes += response.body;
  if (co_await one->Write(bytes)) co_await one->SayGoodbye(most_unread);
}

asio::awaitable<void> Server::Impl::SendStream(ConnectionPtr one, StreamSource source) {
  Enter(*one, Phase::kStream);
  ++streams_;
  one->SetDeadline(limits_.idle_time);
  asio::co_spawn(io_, AcceptedConnection::WatchForEnd(one), asio::detached);
  while (!draining_ && !one->gone()) {
    std::optional<std::string> more;
    const std::function<void()> work = [&] { more = source(); };
    co_await asio::co_spawn(workers_.get_executor(), Carry(work), asio::use_awaitable);
    if (!more) break;
    if (!more->empty()) {
      one->SetDeadline(limits_.idle_time);
      if (!co_await one->Write(*more)) break;
    }
    one->SetDeadline(limits_.pulse + limits_.idle_time);
    co_await one->WaitForWake(limits_.pulse);
  }
  --streams_;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { Stop(); }

Expected<std::unique_ptr<Server>> Server::Start(const ServerConfig& config, Handler& handler) {
  auto impl = std::make_unique<Impl>(config, handler);
  TRY(impl->Listen());
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port(); }
void Server::WakeStreams() { impl_->WakeStreams(); }
void Server::Stop() { impl_->Stop(); }
Server::Counts Server::counts() const { return impl_->counts(); }

}  // namespace nmgr::net
