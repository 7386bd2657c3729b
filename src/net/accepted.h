// One accepted connection of the server, plain or TLS. Included by server.cpp alone: it is what
// Asio makes large.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"

namespace nmgr::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

inline constexpr std::size_t kReadAtOnce = 16U << 10U;
inline constexpr Duration kGoodbye{
    1'000};  // for a client to read an answer that ends its connection

// What an operation of asio hands its error to.
inline auto Into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

inline std::string PlainAddress(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return {};
  const asio::ip::address address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

enum class Phase { kIdle, kHead, kBusy, kStream };

// One accepted connection. Its deadline cuts off what it waits for and leaves it open, so that it
// can still be told why.
class AcceptedConnection : public std::enable_shared_from_this<AcceptedConnection> {
 public:
  AcceptedConnection(tcp::socket socket, asio::ssl::context* tls)
      : address(PlainAddress(socket)),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        wake_(socket_.get_executor()) {
    if (tls != nullptr) tls_.emplace(socket_, *tls);
  }

  const std::string address;
  Phase phase = Phase::kIdle;
  TimePoint since;
  bool is_hook = false;
  std::string unread;  // that has come and belongs to what follows

  bool is_tls() const { return tls_.has_value(); }
  bool expired() const { return expired_; }
  bool gone() const { return gone_; }

  void SetDeadline(Duration limit) {
    expired_ = false;
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (error || !self || self->timer_.expiry() > RealClock().Now()) return;
      self->expired_ = true;
      error_code ignored;
      self->socket_.cancel(ignored);
    });
  }

  void Close() {
    gone_ = true;
    error_code ignored;
    timer_.cancel(ignored);
    wake_.cancel(ignored);
    socket_.close(ignored);
  }

  asio::awaitable<bool> ShakeHands() {
    error_code error;
    if (tls_) {
      co_await tls_->async_handshake(asio::ssl::stream_base::server, Into(error));
    }
    co_return !error && !expired_;
  }

  // Appends to unread; false where nothing comes any more.
  asio::awaitable<bool> Read() {
    if (expired_ || gone_) co_return false;
    std::array<char, kReadAtOnce> bytes;
    const auto into = asio::buffer(bytes);
    error_code error;
    std::size_t count = 0;
    if (tls_) {
      count = co_await tls_->async_read_some(into, Into(error));
    } else {
      count = co_await socket_.async_read_some(into, Into(error));
    }
    if (error) co_return false;
    unread.append(bytes.data(), count);
    co_return true;
  }

  asio::awaitable<bool> Write(std::string_view bytes) {
    if (expired_ || gone_) co_return false;
    error_code error;
    const auto from = asio::buffer(bytes.data(), bytes.size());
    if (tls_) {
      co_await asio::async_write(*tls_, from, Into(error));
    } else {
      co_await asio::async_write(socket_, from, Into(error));
    }
    co_return !error;
  }

  // Takes what still comes for a moment, or a close would take the answer away with it.
  asio::awaitable<void> SayGoodbye(std::uint64_t most) {
    if (gone_) co_return;
    error_code error;
    SetDeadline(kGoodbye);
    if (tls_) {
      co_await tls_->async_shutdown(Into(error));
    }
    socket_.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, kReadAtOnce> bytes;
    for (std::uint64_t taken = 0; taken <= most && !expired_ && !gone_;) {
      const std::size_t count = co_await socket_.async_read_some(asio::buffer(bytes), Into(error));
      if (error) co_return;
      taken += count;
    }
  }

  void Wake() {
    woken_ = true;
    error_code ignored;
    wake_.cancel(ignored);
  }

  asio::awaitable<void> WaitForWake(Duration limit) {
    if (!woken_ && !gone_) {
      error_code ignored;
      wake_.expires_after(limit);
      co_await wake_.async_wait(Into(ignored));
    }
    woken_ = false;
  }

  // What a client says on a stream counts for nothing, only that it has left.
  static asio::awaitable<void> WatchForEnd(std::shared_ptr<AcceptedConnection> self) {
    for (bool more = true; more;) {
      more = co_await self->Read();
      self->unread.clear();
    }
    self->Close();
  }

 private:
  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  asio::steady_timer timer_;
  asio::steady_timer wake_;
  bool expired_ = false;
  bool gone_ = false;
  bool woken_ = false;
};

}  // namespace nmgr::net
