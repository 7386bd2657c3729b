#include "support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "nmgr/base/letters.h"

namespace nmgr::testing {
namespace {

constexpr std::chrono::milliseconds kLongest{30'000};

sockaddr_in Loopback(const std::string& address, int port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  return place;
}

}  // namespace

RawClient::RawClient(int port, const std::string& from)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in own = Loopback(from, 0);
  const sockaddr_in server = Loopback("127.0.0.1", port);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      ::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
    throw std::runtime_error("nobody listens");
}

RawClient::~RawClient() { ::close(fd_); }

bool RawClient::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::EndSending() const { ::shutdown(fd_, SHUT_WR); }

bool RawClient::Receive(std::chrono::milliseconds limit) {
  pollfd wanted{fd_, POLLIN, 0};
  if (::poll(&wanted, 1, static_cast<int>(limit.count())) <= 0) return false;
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffered_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::ReadAnswer(bool is_head) {
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    if (!Receive(kLongest)) return {};
  }
  std::size_t length = end + 4;
  const std::string size = HeaderOfAnswer(buffered_, "content-length");
  if (!is_head && !size.empty()) length += std::strtoul(size.c_str(), nullptr, 10);
  while (buffered_.size() < length) {
    if (!Receive(kLongest)) return {};
  }
  std::string answer = buffered_.substr(0, length);
  buffered_.erase(0, length);
  return answer;
}

std::string RawClient::ReadAll() {
  while (Receive(kLongest)) {
  }
  return std::exchange(buffered_, {});
}

bool RawClient::WaitFor(std::string_view text, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (buffered_.find(text) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !Receive(left)) return false;
  }
  return true;
}

int StatusOfAnswer(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ")) return 0;
  return std::atoi(std::string(answer.substr(9, 3)).c_str());
}

std::string BodyOfAnswer(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? "" : std::string(answer.substr(end + 4));
}

std::string HeaderOfAnswer(std::string_view answer, std::string_view name) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  const std::string head = InSmallLetters(answer.substr(0, end + 2));
  const std::size_t at = head.find("\r\n" + InSmallLetters(name) + ": ");
  if (at == std::string::npos) return {};
  const std::size_t start = at + 4 + name.size();
  return std::string(answer.substr(start, head.find("\r\n", start) - start));
}

}  // namespace nmgr::testing
