// HTTP requests over libcurl (http_connection.h).
//
// A request runs in its caller's thread on a connection of its own choice from a small pool, so
// nothing is handed between threads and a kept-alive connection costs some tens of microseconds a
// request. The pool opens a connection when none is idle, up to its limit, which is lower where
// descriptors are few; then callers queue.
//
// curl repeats a request by itself when a kept-alive connection turns out to be closed before any
// byte of the answer, whatever the method. That is right for questions. A request that changes
// something therefore always gets a fresh connection, where curl never repeats.
//
// Redirects are not followed: credentials would go where nobody meant them to.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/net/address.h"
#include "nmgr/net/proxy.h"

namespace nmgr::net {

enum class Method { kGet, kHead, kPost, kPut, kDelete };
const char* MethodName(Method method);

// One server: where it is, how it is reached, and what every request to it bears.
struct Endpoint {
  Address address;                   // its user info goes as Basic authorization
  std::vector<std::string> headers;  // "Accept: text/plain", each without its line end
  std::string ca_bundle;             // PEM text; replaces the system's where it is not empty
  std::string client_cert;           // PEM files
  std::string client_key;
  std::string tls_server_name;  // that the certificate must hold; "": the host
  bool tls_skip_verify = false;
  Proxy proxy;
  Duration connect_timeout{5'000};
};

inline constexpr std::size_t kMaxAnswerSize = 64U << 20U;

struct HttpRequest {
  Method method = Method::kGet;
  std::string target;                // "/v1/job/web?namespace=x", encoded
  std::string body;                  // with kPost and kPut; JSON, or as a Content-Type says
  std::vector<std::string> headers;  // beside those of the endpoint
  bool changes_state = false;        // never sent twice
  // The server keeps the answer back until something happens. Of the connections such requests
  // leave a quarter to the others, four at most, so that none waits behind them.
  bool is_held = false;
  std::size_t largest_answer = kMaxAnswerSize;
  Duration time_limit{60'000};            // of this request, from its start on a connection
  TimePoint deadline = TimePoint::max();  // of the caller, queueing included
  std::stop_token stop;
  // Of a stream: what the body of a 2xx answer goes to, piece by piece, until it returns false.
  std::function<bool(std::string_view bytes)> sink = {};
  Duration longest_silence = Duration::max();  // then the connection counts as lost
};

struct HttpAnswer {
  // The first value of that name (in small letters) in the head; nothing where there is none.
  std::optional<std::string_view> Header(std::string_view name) const;

  int status = 0;
  std::vector<std::pair<std::string, std::string>> head;  // names in small letters; in its order
  std::string content_type;
  std::string redirect;     // where a 3xx points
  Duration retry_after{0};  // Retry-After, as a time from now; 0 if absent
  std::string body;
};

// Why there is no answer.
enum class Fault {
  kRefused,         // nothing listens there: refused, no such socket, no route
  kUnresolved,      // no such host
  kConnectTimeout,  // nothing came back while connecting
  kTls,             // certificate, protocol version, handshake
  kCertificate,     // it asked for a client certificate and closed
  kClosed,          // the connection ended before the answer did
  kNotHttp,         // something else than HTTP answered
  kTooLarge,        // more than the largest answer that was wanted, or a head above 256 KiB
  kTimeLimit,       // the request's own limit passed
  kDeadline,        // the caller's deadline passed
  kStopped,         // the stop token
  kNoDescriptors,   // none is left for a connection; nothing was sent
  kSettings,        // a certificate or key file that cannot be used
};

struct TransportError {
  Fault fault = Fault::kClosed;
  std::string reason;  // "connection refused"; holds no secret
  bool sent = false;   // some of the request may have reached the server
};

class Connection;
struct Setup;

class HttpTransport {
 public:
  HttpTransport(Endpoint endpoint, int max_connections);
  ~HttpTransport();
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // Thread-safe. An answer of any status is an answer.
  tl::expected<HttpAnswer, TransportError> Send(const HttpRequest& request);

  // How many requests may be held at a time (HttpRequest::is_held).
  int MostHeld() const;

  // For a request with a sink: on a connection of its own, outside of the pool, since it may last.
  // That the sink had enough is a good end.
  tl::expected<HttpAnswer, TransportError> Stream(const HttpRequest& request) const;

  // A connection of its own on which the caller speaks himself (websocket_session.h). The deadline,
  // the time limit and the stop token of `request` are those of connecting.
  tl::expected<std::unique_ptr<Connection>, TransportError> Open(const HttpRequest& request) const;

 private:
  class Pool;
  const std::unique_ptr<const Setup> setup_;
  std::unique_ptr<Pool> pool_;
  std::atomic<bool> short_of_descriptors_ = false;  // waited for one in vain: not again
};

}  // namespace nmgr::net
