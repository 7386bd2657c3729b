// An HTTP/1.1 server for a daemon: few threads, firm limits, answers or endless streams.
//
// One thread does all reading and writing; handlers run on a few others, so that a slow one delays
// neither new connections nor hooks, which have a thread to themselves. What a request may cost is
// bounded before anything of it is kept: how many connections there are and how many of one
// address, how long a head and how long it may take in all, whatever the rhythm of its bytes, and,
// once a handler has seen the head and admitted it, how large its body. Nothing grows with the
// number of requests that have been served.
//
// What a client must not be able to do it cannot: a body is read only for what was admitted, a
// trailer is no header, and heads are read once, strictly (http_head.h). Refusals close their
// connection after the answer: 400, 408, 413, 431, 501, 503, 505.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/net/http_head.h"

namespace nmgr::net {

struct ServerLimits {
  std::size_t connections = 64;
  std::size_t per_address = 8;     // 0: any number, where all come from one proxy
  std::size_t kept_for_hooks = 8;  // of the connections
  std::size_t streams = 16;
  std::size_t head_bytes = 16U << 10U;
  Duration head_time{5'000};   // from the first byte to the last of a head; a TLS handshake too
  Duration body_time{15'000};  // the same of a body
  Duration idle_time{30'000};  // between requests, and for a client to take an answer
  Duration pulse{15'000};      // a stream is asked for more at least so often
  Duration shutdown_time{5'000};
};

struct ServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8646;     // 0: any free one
  std::string certificate_file;  // PEM, with its chain; "": no TLS. Read again where it changes
  std::string key_file;
  ServerLimits limits;
};

struct Request {
  RequestHead head;
  std::string body;
  std::stop_token stop;  // the server is being stopped: come to an end
};

// What a stream has to say since it was last asked, "" for nothing yet; nothing at its end.
using StreamSource = std::function<std::optional<std::string>()>;

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // beside what the server itself sets
  std::string body;
  StreamSource stream;  // instead of a body: sent as it comes until either side ends it
};

struct Admission {
  std::optional<Response> refusal;  // answered at once; the body is not read
  std::uint64_t most_body = 0;      // bytes; a larger one is 413
  bool is_hook = false;             // may use what is kept for hooks, and their thread
  bool is_stream = false;           // counts as a stream
};

class Handler {
 public:
  virtual ~Handler() = default;
  // By the head alone; on the thread that reads and writes, so quick and without any waiting.
  virtual Admission Admit(const RequestHead& head) = 0;
  // May take a while; called on several threads at once.
  virtual Response Handle(const Request& request) = 0;
};

class Server {
 public:
  // Listens, and serves until Stop. `handler` must outlive it. kConfig for an address that is none
  // and for TLS files that cannot be used; kIo where the address cannot be had.
  static Expected<std::unique_ptr<Server>> Start(const ServerConfig& config, Handler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  // Asks every stream for more. From any thread.
  void WakeStreams();

  // Accepts nothing more, ends streams and idle connections, and lets requests finish, for
  // shutdown_time at most. Returns when all is closed. May be called twice.
  void Stop();

  // Of this moment, for tests and metrics.
  struct Counts {
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::uint64_t turned_away = 0;  // connections and requests, since the start, for lack of room
  };
  Counts counts() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "Not Found"; "" for a status that this server never gives.
std::string_view StatusWords(int status);

}  // namespace nmgr::net
