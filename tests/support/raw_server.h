// A server for faults: it says, byte for byte, what a test tells it to, over TCP, a unix socket or
// TLS.
//
//   RawServer server([](Peer& peer) {
//     while (peer.ReadRequest()) peer.Send(Answer(200, "[]"));
//   });
//   ... server.address() ...
//   CHECK(server.requests().size() == 2);
//
// The script runs once a connection, each in a thread of its own; the connection is closed when it
// returns. The destructor closes everything and waits for the scripts.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace nmgr::testing {

// One accepted connection.
class Peer {
 public:
  virtual ~Peer() = default;
  // Head and body of the next request; nothing when the client is gone.
  std::optional<std::string> ReadRequest();
  // False when the client is gone.
  virtual bool Send(std::string_view bytes) = 0;
  // Breaks the connection off: what was sent before is still there to be read, and then, or where
  // something is sent, an error. Not over TLS.
  virtual void Reset() {}
  // 0 for the first connection of the server.
  int number = 0;

 protected:
  // Up to 64 KiB; "" at the end.
  virtual std::string Receive() = 0;
  std::string buffered_;
  std::function<void(const std::string&)> on_request_;
  friend class RawServer;
};

// "HTTP/1.1 200 OK" with Content-Length.
std::string Answer(int status, std::string_view body,
                   std::string_view content_type = "application/json",
                   std::string_view more_headers = {});

// kTlsNameless shows NamelessCertificate().
enum class Socket { kTcp, kUnix, kTls, kTlsWithClientCertificate, kTlsNameless };

class RawServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit RawServer(Script script, Socket socket = Socket::kTcp);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string address() const;
  int port() const { return port_; }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const;  // as received

  // Waits until `count` requests have come, at most 10 s.
  bool WaitForRequests(std::size_t count) const;

 private:
  class PlainPeer;
  class TlsPeer;
  void AcceptAll();
  void Serve(int fd, int number);

  Script script_;
  Socket socket_;
  int listener_ = -1;
  int port_ = 0;
  std::string folder_;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// The certificate that the TLS servers show: for "nomad.test" and 127.0.0.1, signed by itself, made
// once a process. The same one serves as client certificate. Files in a folder that lasts as long
// as the process.
struct TestCertificate {
  std::string certificate_file;
  std::string key_file;
  std::string folder;  // holds the certificate alone
};
const TestCertificate& Certificate();
// With the common name "nomad.test" and no alternative names.
const TestCertificate& NamelessCertificate();

// On loopback, that nobody listens on now.
int FreePort();

}  // namespace nmgr::testing
