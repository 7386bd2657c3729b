#include "websocket_session.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "nmgr/base/base64.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

constexpr std::size_t kLongestHead = 64U << 10U;
constexpr std::size_t kLongestRefusal = 64U << 10U;

template <class Bytes>
Bytes Random() {
  Bytes bytes{};
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return bytes;
}

std::string MakeKey() {
  const auto bytes = Random<std::array<char, 16>>();
  return EncodeBase64({bytes.data(), bytes.size()});
}

TransportError Broken(Fault fault, std::string reason) { return {fault, std::move(reason), true}; }

// The head of an answer to a handshake.
struct Head {
  int status = 0;
  std::string accept;
  std::string content_type;
  std::string redirect;
  std::size_t length = kLongestRefusal;  // Content-Length
};

std::optional<Head> ReadHead(std::string_view text) {
  Head head;
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  const auto lines = Split(text, '\n');
  const std::string_view first = TrimBlanks(lines.front());
  if (!first.starts_with(kVersion) && !first.starts_with("HTTP/1.0 ")) return std::nullopt;
  std::from_chars(first.data() + kVersion.size(), first.data() + first.size(), head.status);
  for (const std::string_view line : lines) {
    if (const auto value = net::HeaderValue(line, "sec-websocket-accept:")) head.accept = *value;
    if (const auto value = net::HeaderValue(line, "content-type:")) head.content_type = *value;
    if (const auto value = net::HeaderValue(line, "location:")) head.redirect = *value;
    if (const auto value = net::HeaderValue(line, "content-length:")) {
      std::from_chars(value->data(), value->data() + value->size(), head.length);
    }
  }
  return head.status == 0 ? std::nullopt : std::optional(std::move(head));
}

}  // namespace

WebSocketSession::WebSocketSession(std::unique_ptr<net::Connection> connection)
    : connection_(std::move(connection)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WebSocketSession::~WebSocketSession() {
  if (wake_ >= 0) ::close(wake_);
}

void WebSocketSession::Flush() {
  while (!unsent_.empty() && !broken_) {
    auto taken = connection_->Write(unsent_);
    if (!taken) broken_ = std::move(taken).error();
    if (!taken || *taken == 0) break;
    unsent_.erase(0, *taken);
  }
}

// TLS may hold bytes that no poll() tells of, so all is taken.
tl::expected<bool, TransportError> WebSocketSession::ReadAll(std::string& bytes) {
  constexpr std::size_t kAtOnce = 1U << 20U;
  const std::size_t start = bytes.size();
  while (true) {
    const std::size_t before = bytes.size();
    auto open = connection_->Read(bytes);
    if (open && !*open) return false;
    if (!open && !broken_) broken_ = std::move(open).error();
    if (bytes.size() != before && bytes.size() <= kAtOnce) continue;
    if (broken_ && bytes.size() == start) return tl::unexpected(*broken_);
    return true;
  }
}

bool WebSocketSession::Wait(const std::vector<int>& others, TimePoint until,
                            const std::stop_token& stop) const {
  const std::stop_callback on_stop(stop, [this] { ::eventfd_write(wake_, 1); });
  const short wanted = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
  std::vector<pollfd> fds = {{connection_->socket(), wanted, 0}, {wake_, POLLIN, 0}};
  for (const int fd : others) fds.push_back({fd, POLLIN, 0});
  const auto left = std::chrono::ceil<Duration>(until - RealClock().Now()).count();
  const int timeout = static_cast<int>(std::clamp<Duration::rep>(left, 0, 60'000));
  ::poll(fds.data(), fds.size(), timeout);
  return std::any_of(fds.begin() + 2, fds.end(), [](const pollfd& fd) { return fd.revents != 0; });
}

tl::expected<HttpAnswer, TransportError> WebSocketSession::ShakeHands(const HttpRequest& request) {
  const std::string key = MakeKey();
  unsent_ = connection_->RequestHead(
      request.target, fmt::format("Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n",
                                  key));
  const TimePoint end =
      std::min(DeadlineAfter(RealClock().Now(), request.time_limit), request.deadline);
  std::string bytes;
  std::optional<Head> head;
  std::size_t body = 0;
  for (bool open = true;;) {
    const std::size_t blank = head ? std::string::npos : bytes.find("\r\n\r\n");
    if (!head && blank != std::string::npos) {
      head = ReadHead(std::string_view(bytes).substr(0, blank));
      if (!head) return tl::unexpected(Broken(Fault::kNotHttp, "the answer is not proper HTTP"));
      body = blank + 4;
    }
    if (head && (head->status == 101 || !open ||
                 bytes.size() - body >= std::min(head->length, kLongestRefusal))) {
      break;
    }
    if (!open) {
      return tl::unexpected(Broken(Fault::kClosed, "the connection was closed without an answer"));
    }
    if (!head && bytes.size() > kLongestHead) {
      return tl::unexpected(
          Broken(Fault::kTooLarge, "the head of the answer is larger than 64 KiB"));
    }
    if (request.stop.stop_requested()) {
      return tl::unexpected(Broken(Fault::kStopped, "interrupted"));
    }
    if (RealClock().Now() >= end) {
      return tl::unexpected(Broken(Fault::kTimeLimit, "no answer in time"));
    }
    Flush();
    if (!broken_) Wait({}, end, request.stop);
    const auto more = ReadAll(bytes);
    if (!more) return tl::unexpected(more.error());
    open = *more;
  }
  HttpAnswer answer;
  answer.status = head->status;
  answer.content_type = head->content_type;
  answer.redirect = head->redirect;
  if (head->status != 101) {
    answer.body = bytes.substr(body);
    return answer;
  }
  if (head->accept != AcceptFor(key)) {
    return tl::unexpected(Broken(Fault::kNotHttp, "the websocket was answered for another key"));
  }
  ahead_ = bytes.substr(body);
  return answer;
}

void WebSocketSession::Send(Opcode opcode, std::string_view payload) {
  unsent_ += MaskedFrame(opcode, payload, Random<Mask>());
}

bool WebSocketSession::Feed(std::string_view bytes,
                            const std::function<void(Message message)>& take) {
  return reader_.Feed(bytes, [&](Message message) {
    if (message.opcode == Opcode::kPing) return Send(Opcode::kPong, message.payload);
    take(std::move(message));
  });
}

tl::expected<WebSocketSession::Turn, TransportError> WebSocketSession::Advance(
    const std::vector<int>& others, TimePoint until, const std::stop_token& stop,
    const std::function<void(Message message)>& take) {
  Turn turn;
  std::string bytes = std::exchange(ahead_, {});
  if (bytes.empty()) {
    Flush();
    if (!broken_) turn.others = Wait(others, until, stop);
    const auto open = ReadAll(bytes);
    if (!open) return tl::unexpected(open.error());
    turn.open = *open;
  }
  if (!Feed(bytes, take)) {
    return tl::unexpected(Broken(
        Fault::kNotHttp, fmt::format("the answer is no proper websocket ({})", reader_.fault())));
  }
  return turn;
}

}  // namespace nmgr::nomad
