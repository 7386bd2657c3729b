#include "fake_nomad/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <utility>
#include <vector>

#include "fake_nomad/cluster.h"
#include "fake_nomad/exec_session.h"
#include "fake_nomad/http_types.h"
#include "fake_nomad/request_log.h"
#include "fake_nomad/routes.h"

namespace nmgr::fake {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

constexpr std::uint64_t kMaxBody = 64U << 20U;
constexpr Nanos kDefaultWait = 300 * kSecond;
constexpr Nanos kLongestWait = 600 * kSecond;

Nanos Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Header(const HttpRequest& request, const char* name) {
  return std::string(request[name]);
}

// How long a query waits for an index above `index`; no wait without one.
struct Blocking {
  std::uint64_t index = 0;
  Nanos wait = 0;
};

Blocking BlockingOf(const Request& request) {
  Blocking blocking;
  blocking.index = std::strtoull(request.Query("index").c_str(), nullptr, 10);
  if (blocking.index == 0) return blocking;
  std::string error;
  if (!ParseGoDuration(request.Query("wait"), blocking.wait, error)) blocking.wait = kDefaultWait;
  blocking.wait = std::clamp<Nanos>(blocking.wait, 0, kLongestWait);
  return blocking;
}

template <class Message>
void SetHeaders(const Reply& reply, Message& response) {
  if (!reply.content_type.empty()) response.set(http::field::content_type, reply.content_type);
  if (!reply.retry_after.empty()) response.set(http::field::retry_after, reply.retry_after);
  std::string index = reply.index.has_value() ? std::to_string(*reply.index) : "";
  if (reply.index_text.has_value()) index = *reply.index_text;
  if (!index.empty()) response.set("X-Nomad-Index", index);
  if (!reply.next_token.empty()) response.set("X-Nomad-Nexttoken", reply.next_token);
  if (!reply.is_read) return;
  response.set("X-Nomad-Knownleader", reply.knows_leader ? "true" : "false");
  response.set("X-Nomad-Lastcontact", "0");
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        log_(options_.log_path, options_.log_bodies),
        cluster_(options_.behaviour, options_.namespaces, options_.seed),
        routes_(cluster_, {options_.token, options_.read_token}),
        acceptor_(io_),
        signals_(io_, SIGTERM, SIGINT),
        due_timer_(io_) {
    const tcp::endpoint endpoint(asio::ip::make_address(options_.host),
                                 static_cast<std::uint16_t>(options_.port));
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(asio::socket_base::max_listen_connections);
  }

  std::string Address() const {
    return "http://" + options_.host + ":" + std::to_string(acceptor_.local_endpoint().port());
  }

  void Run() {
    signals_.async_wait([this](const error_code& error, int) {
      if (!error) io_.stop();
    });
    asio::co_spawn(io_, Accept(), asio::detached);
    io_.run();
  }

  void Stop() {
    asio::post(io_, [this] { io_.stop(); });
  }

 private:
  asio::awaitable<void> Accept() {
    while (true) {
      error_code error;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        co_await Sleep(10 * kMillisecond);
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(io_, Converse(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> Sleep(Nanos duration) {
    asio::steady_timer timer(io_, std::chrono::nanoseconds(duration));
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  // Counts as Nomad does: one that its client has closed is held until its question is answered.
  struct Held {
    explicit Held(Impl& owner) : impl(owner) { impl.most_ = std::max(impl.most_, ++impl.held_); }
    ~Held() { --impl.held_; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    Impl& impl;
  };

  // All requests of one connection, one after another.
  asio::awaitable<void> Converse(tcp::socket socket) {
    const Held held(*this);
    boost::beast::flat_buffer buffer;
    bool open = true;
    while (open) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kMaxBody);
      error_code error;
      co_await http::async_read_header(socket, buffer, parser,
                                       asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      if (parser.get()[http::field::expect] == "100-continue") {
        co_await asio::async_write(socket, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25),
                                   asio::redirect_error(asio::use_awaitable, error));
      }
      co_await http::async_read(socket, buffer, parser,
                                asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      HttpRequest message = parser.release();
      open = co_await Respond(socket, message, buffer);
    }
  }

  // False where the connection has to end.
  asio::awaitable<bool> Respond(tcp::socket& socket, HttpRequest& message,
                                const boost::beast::flat_buffer& ahead) {
    const Request request =
        MakeRequest(std::string(message.method_string()), std::string(message.target()),
                    std::move(message.body()), Header(message, "X-Nomad-Token"));
    const Fault* fault = TakeFault(options_.faults, request);
    if (fault != nullptr && fault->kind != Fault::Kind::kIndex) {
      if (fault->done) Ask(request);
      if (fault->kind == Fault::Kind::kHang) co_await Sleep(24 * 3600 * kSecond);
      if (fault->kind != Fault::Kind::kAnswer) co_return false;
      co_return co_await Send(socket, request, message, Wrong(*fault, request, message));
    }
    if (request.target == "/fake/connections") {
      co_return co_await Send(socket, request, message, Connections());
    }
    Reply reply = Ask(request);
    if (reply.exec != nullptr && message[http::field::upgrade] == "websocket") {
      log_.Write(request.method, request.target, 101);
      const auto bytes = ahead.cdata();
      ServeExec(socket.release(), *reply.exec, Header(message, "Sec-WebSocket-Key"),
                {static_cast<const char*>(bytes.data()), bytes.size()});
      co_return false;
    }
    if (reply.stream != nullptr) co_return co_await SendStream(socket, request, reply);
    const Blocking blocking = BlockingOf(request);
    if (reply.is_read && blocking.wait > 0) {
      const Clock::time_point end = Clock::now() + std::chrono::nanoseconds(blocking.wait);
      const std::optional<std::string> watched = reply.watched;  // as it was when it began to wait
      while (reply.index <= blocking.index && Clock::now() < end) {
        co_await WaitForChange(end);
        if (watched && Clock::now() < end &&
            cluster_.variables().ChangedBelow(*watched) <= blocking.index) {
          continue;
        }
        reply = Ask(request);
      }
      // An answer that nobody waits for any more is none, and no line of the log.
      if (IsGone(socket)) co_return false;
    }
    if (fault != nullptr) reply.index_text = fault->index;
    co_return co_await Send(socket, request, message, reply);
  }

  Reply Connections() const { return JsonReply({{"Held", held_}, {"Most", most_}}); }

  static bool IsGone(tcp::socket& socket) {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
  }

  static Reply Wrong(const Fault& fault, const Request& request, const HttpRequest& message) {
    std::string headers;
    for (const auto& field : message) {
      headers += std::string(field.name_string()) + ": " + std::string(field.value()) + "\n";
    }
    Reply reply = ErrorReply(fault.status, fault.BodyFor(request, headers));
    if (reply.text.starts_with('<')) reply.content_type = "text/html";
    reply.retry_after = fault.retry_after;
    return reply;
  }

  Reply Ask(const Request& request) {
    const std::uint64_t before = cluster_.store().index();
    const Nanos now = Now();
    cluster_.Advance(now);
    Reply reply = routes_.Handle(request, now);
    if (cluster_.store().index() != before) WakeWaiters();
    ArmDueTimer();
    return reply;
  }

  asio::awaitable<bool> Send(tcp::socket& socket, const Request& request,
                             const HttpRequest& message, const Reply& reply) {
    HttpResponse response(static_cast<http::status>(reply.status), message.version());
    SetHeaders(reply, response);
    response.body() = reply.Body();
    response.keep_alive(message.keep_alive());
    response.prepare_payload();
    if (options_.latency > 0) co_await Sleep(options_.latency);
    if (!request.target.starts_with("/fake/"))
      log_.Write(request.method, request.target, reply.status, request.body);
    error_code error;
    co_await http::async_write(socket, response, asio::redirect_error(asio::use_awaitable, error));
    co_return !error && message.keep_alive();
  }

  asio::awaitable<bool> SendStream(tcp::socket& socket, const Request& request,
                                   const Reply& reply) {
    http::response<http::empty_body> response(http::status::ok, 11);
    SetHeaders(reply, response);
    response.chunked(true);
    log_.Write(request.method, request.target, reply.status);
    http::response_serializer<http::empty_body> serializer(response);
    error_code error;
    co_await http::async_write_header(socket, serializer,
                                      asio::redirect_error(asio::use_awaitable, error));
    const Stream& source = *reply.stream;
    std::string output = source.begins_with_heartbeat() ? source.Heartbeat() : "";
    while (!error && !source.broken()) {
      output += reply.stream->Next();
      if (!output.empty()) {
        co_await asio::async_write(socket, http::make_chunk(asio::buffer(output)),
                                   asio::redirect_error(asio::use_awaitable, error));
        output.clear();
      }
      const auto end = Clock::now() + std::chrono::milliseconds(source.heartbeat_ms());
      co_await WaitForChange(end);
      if (Clock::now() >= end) output = source.Heartbeat();
    }
    co_return false;
  }

  asio::awaitable<void> WaitForChange(Clock::time_point end) {
    asio::steady_timer timer(io_, end);
    waiters_.push_back(&timer);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    std::erase(waiters_, &timer);
  }

  void WakeWaiters() {
    for (asio::steady_timer* timer : waiters_) timer->cancel();
  }

  void ArmDueTimer() {
    const std::optional<Nanos> due = cluster_.NextDue();
    if (!due.has_value() || due == armed_for_) return;
    armed_for_ = due;
    due_timer_.expires_after(std::chrono::nanoseconds(std::max<Nanos>(0, *due - Now())));
    due_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      armed_for_.reset();
      const std::uint64_t before = cluster_.store().index();
      cluster_.Advance(Now());
      if (cluster_.store().index() != before) WakeWaiters();
      ArmDueTimer();
    });
  }

  Options options_;
  RequestLog log_;
  Cluster cluster_;
  Routes routes_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer due_timer_;
  std::optional<Nanos> armed_for_;
  std::vector<asio::steady_timer*> waiters_;
  int held_ = 0;  // connections
  int most_ = 0;  // at once
};

Server::Server(Options options) {
  try {
    impl_ = std::make_unique<Impl>(std::move(options));
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(std::string("cannot listen: ") + error.what());
  }
}

Server::~Server() = default;

std::string Server::address() const { return impl_->Address(); }
void Server::Run() { impl_->Run(); }
void Server::Stop() { impl_->Stop(); }

}  // namespace nmgr::fake
