// A client that says to a server of this machine, byte for byte, what a test tells it to.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace nmgr::testing {

class RawClient {
 public:
  // Throws std::runtime_error where nobody listens. `from`: the loopback address that it has.
  explicit RawClient(int port, const std::string& from = "127.0.0.1");
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the other end is gone.
  bool Send(std::string_view bytes) const;
  void EndSending() const;
  // One answer, by its Content-Length, or up to the end; "" where none comes. Of a HEAD: the head.
  std::string ReadAnswer(bool is_head = false);
  // Everything up to the end of the connection.
  std::string ReadAll();
  // Until `text` has come; false at the end of the connection, or after `limit`.
  bool WaitFor(std::string_view text,
               std::chrono::milliseconds limit = std::chrono::milliseconds(20'000));
  // What has been received and not been returned yet.
  const std::string& buffered() const { return buffered_; }

 private:
  bool Receive(std::chrono::milliseconds limit);

  int fd_ = -1;
  std::string buffered_;
};

// The number after "HTTP/1.1 "; 0 where there is none.
int StatusOfAnswer(std::string_view answer);
std::string BodyOfAnswer(std::string_view answer);
// "" where there is none.
std::string HeaderOfAnswer(std::string_view answer, std::string_view name);

}  // namespace nmgr::testing
