// A connection of curl's to one server: address, TLS, proxy, what a failure means. The transport
// says who may use one when.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "nmgr/net/address.h"
#include "nmgr/net/http_transport.h"

namespace nmgr::net {

struct SlistDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, SlistDeleter>;

// What every connection shares, fixed for the life of the transport.
struct Setup {
  Endpoint endpoint;
  std::string base_url;
  std::string connect_to;  // CURLOPT_CONNECT_TO where the certificate's name is not the host's
  HeaderList headers;
  HeaderList body_headers;
  HeaderList connect_to_list;
};

// What follows `name` ("location:", in small letters) in the line of a head, in whatever case that
// stands; nothing for another header.
std::optional<std::string_view> HeaderValue(std::string_view line, std::string_view name);

std::unique_ptr<Setup> MakeSetup(Endpoint endpoint);

struct Transfer;

// One easy handle with a connection cache of its own, used by one thread at a time.
class Connection {
 public:
  explicit Connection(const Setup& setup)
      : setup_(setup), multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (multi_ == nullptr || easy_ == nullptr) return;
    // Without its pair of descriptors, which curl makes or does not, a stop would wake nobody.
    wakes_ = curl_multi_wakeup(multi_) == CURLM_OK;
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
    SetCommon();
    SetTls();
  }
  ~Connection() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  tl::expected<HttpAnswer, TransportError> Send(const HttpRequest& request);

  // Connects, and sends nothing: the three below are for whoever speaks on it himself, without a
  // Send any more. Heeds the deadline, the time limit and the stop token of `request`.
  tl::expected<void, TransportError> Open(const HttpRequest& request);
  int socket() const;
  // Appends what has come; false at the end. Never waits: where there was nothing, `into` stays.
  tl::expected<bool, TransportError> Read(std::string& into);
  // How much of `bytes` was taken, which may be nothing for now.
  tl::expected<std::size_t, TransportError> Write(std::string_view bytes);
  // The head of a GET with what every request bears (host, headers, authorization) and `more`,
  // lines with their ends.
  std::string RequestHead(const std::string& target, std::string_view more) const;

 private:
  void Set(CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(easy_, option, value.c_str());
  }
  void SetCommon();
  void SetTls();
  static CURLcode OnTlsContext(CURL* easy, void* context, void* user);
  void SetRequest(const HttpRequest& request, Transfer& transfer);
  void SetHeaders(const HttpRequest& request);
  // What `request` made of it, whatever it was; removes no handle.
  tl::expected<void, TransportError> Perform(const HttpRequest& request, Transfer& transfer);
  // Nothing where the stop token, the time limit or a silence ended it before curl had finished.
  std::optional<CURLcode> Run(const HttpRequest& request, const Transfer& transfer, TimePoint end);
  void ReadInfo(HttpAnswer& answer) const;
  TransportError Explain(CURLcode code, const Transfer& transfer) const;
  TransportError TimedOut(const HttpRequest& request, const Transfer& transfer) const;
  std::string Reason(CURLcode code) const;
  // Whether the other end broke the handshake off, which TLS 1.3 tells only after it, as a failed
  // read or write. Nothing of the request was looked at then.
  bool IsAlertOfPeer() const {
    const std::string_view text = error_;
    return text.find("SSL") != std::string_view::npos && text.find(" alert ") != std::string::npos;
  }
  long Info(CURLINFO info) const {
    long value = 0;
    curl_easy_getinfo(easy_, info, &value);
    return value;
  }

  const Setup& setup_;
  CURLM* multi_;
  CURL* easy_;
  bool wakes_ = false;
  HeaderList own_headers_;  // of a request that has some
  char error_[CURL_ERROR_SIZE] = {};
  int socket_error_ = 0;             // of the last socket that could not be made
  bool certificate_wanted_ = false;  // the other end asked for one as this request connected
};

}  // namespace nmgr::net
