#include "nmgr/net/http_connection.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "nmgr/base/base64.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/system.h"
#include "nmgr/base/text.h"
#include "nmgr/net/curl_library.h"

namespace nmgr::net {

// A transfer in progress: what curl's callbacks fill.
struct Transfer {
  explicit Transfer(CURL* easy, const HttpRequest& asked) : handle(easy), request(asked) {}

  // Whether the body goes to the sink of the request: that of an error is kept.
  bool Streams() const {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return request.sink && status >= 200 && status < 300;
  }

  CURL* handle;
  const HttpRequest& request;
  HttpAnswer answer;
  TimePoint last_byte = RealClock().Now();
  bool had_enough = false;  // the sink
  std::size_t header_size = 0;
  bool head_ended = false;  // curl takes a head that was cut off for a whole one
  bool too_large = false;
  bool head_too_large = false;
};

namespace {

constexpr std::size_t kMaxHeaderSize = 256U << 10U;
constexpr int kLongestPollMs = 60'000;
constexpr curl_off_t kLongestRetryAfterSeconds = 24 * 3600;

void Append(HeaderList& list, const std::string& header) {
  if (curl_slist* longer = curl_slist_append(list.get(), header.c_str())) {
    static_cast<void>(list.release());
    list.reset(longer);
  }
}

std::string BaseUrl(const Setup& setup) {
  if (setup.endpoint.address.scheme == "unix") return "http://127.0.0.1";
  Address shown = setup.endpoint.address;
  if (!setup.connect_to.empty()) shown.host = setup.endpoint.tls_server_name;
  return fmt::format("{}://{}{}", shown.scheme, shown.HostAndPort(), shown.path_prefix);
}

std::string LowerFirst(std::string text) {
  const bool is_word = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0;
  if (is_word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string SizeText(std::size_t size) {
  constexpr std::size_t kMebibyte = 1U << 20U;
  return size < kMebibyte ? fmt::format("{} KiB", size >> 10U) : fmt::format("{} MiB", size >> 20U);
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  transfer.last_byte = RealClock().Now();
  if (transfer.Streams()) {
    transfer.had_enough = !transfer.request.sink({data, bytes});
    transfer.last_byte = RealClock().Now();  // what the sink took is no silence of the other end
    return transfer.had_enough ? 0 : bytes;
  }
  if (transfer.answer.body.size() + bytes > transfer.request.largest_answer) {
    transfer.too_large = true;
    return 0;
  }
  transfer.answer.body.append(data, bytes);
  return bytes;
}

// As curl does it, but keeping why it failed.
curl_socket_t OnSocket(void* user, curlsocktype, curl_sockaddr* address) {
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  *static_cast<int*>(user) = fd < 0 ? errno : 0;
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  transfer.header_size += bytes;
  if (transfer.header_size > kMaxHeaderSize) {
    transfer.head_too_large = true;
    return 0;
  }
  const std::string_view line(data, bytes);
  transfer.head_ended = line == "\r\n" || line == "\n";
  if (line.starts_with("HTTP/")) transfer.answer.head.clear();  // that of an answer in between
  const std::size_t colon = line.find(':');
  if (!line.starts_with("HTTP/") && colon != std::string_view::npos) {
    transfer.answer.head.emplace_back(InSmallLetters(line.substr(0, colon)),
                                      TrimBlanks(line.substr(colon + 1)));
  }
  return bytes;
}

}  // namespace

std::optional<std::string_view> HeaderValue(std::string_view line, std::string_view name) {
  const bool same = line.size() > name.size() && SameLetters(line.substr(0, name.size()), name);
  if (!same) return std::nullopt;
  line.remove_prefix(name.size());
  return TrimBlanks(line);
}

std::optional<std::string_view> HttpAnswer::Header(std::string_view name) const {
  for (const auto& [known, value] : head) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::unique_ptr<Setup> MakeSetup(Endpoint endpoint) {
  // Who makes a transport has called LoadCurl, and heeded that it cannot be loaded.
  static const bool ready = LoadCurl() && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  static_cast<void>(ready);
  auto setup = std::make_unique<Setup>();
  setup->endpoint = std::move(endpoint);
  const Address& address = setup->endpoint.address;
  if (address.scheme == "https" && !setup->endpoint.tls_server_name.empty()) {
    const std::string port = address.port.empty() ? ":443" : "";
    setup->connect_to = fmt::format("::{}{}", address.HostAndPort(), port);
    Append(setup->connect_to_list, setup->connect_to);
    Append(setup->headers, "Host: " + address.HostAndPort());
    Append(setup->body_headers, "Host: " + address.HostAndPort());
  }
  setup->base_url = BaseUrl(*setup);
  for (HeaderList* list : {&setup->headers, &setup->body_headers}) {
    for (const std::string& header : setup->endpoint.headers) Append(*list, header);
  }
  Append(setup->body_headers, "Content-Type: application/json");
  Append(setup->body_headers, "Expect:");
  return setup;
}

void Connection::SetCommon() {
  const Endpoint& endpoint = setup_.endpoint;
  const Address& address = endpoint.address;
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &OnSocket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, &socket_error_);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "nmgr");
  if (!address.IsLoopback()) curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(endpoint.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_PROXY, endpoint.proxy.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, endpoint.proxy.no_proxy.c_str());
  Set(CURLOPT_PROXYUSERNAME, endpoint.proxy.user);
  Set(CURLOPT_PROXYPASSWORD, endpoint.proxy.password);
  Set(CURLOPT_UNIX_SOCKET_PATH, address.socket_path);
  if (setup_.connect_to_list) {
    curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, setup_.connect_to_list.get());
  }
  if (address.has_user) {
    curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy_, CURLOPT_USERNAME, address.user.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, address.password.c_str());
  }
}

// curl takes a certificate's common name where it has no alternative names; Go, and so the nomad
// CLI, does not. OpenSSL checks the name during the handshake, before anything is sent.
CURLcode CheckNameAsGo(SSL_CTX* context, const Setup& setup) {
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const std::string& name = setup.endpoint.tls_server_name.empty() ? setup.endpoint.address.host
                                                                   : setup.endpoint.tls_server_name;
  const bool set = X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1 ||
                   X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size()) == 1;
  return set ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

CURLcode Connection::OnTlsContext(CURL*, void* context, void* user) {
  auto* const connection = static_cast<Connection*>(user);
  auto* const tls = static_cast<SSL_CTX*>(context);
  const auto asked = [](SSL*, void* wanted) {
    *static_cast<bool*>(wanted) = true;
    return 1;
  };
  SSL_CTX_set_cert_cb(tls, asked, &connection->certificate_wanted_);
  const Setup& setup = connection->setup_;
  return setup.endpoint.tls_skip_verify ? CURLE_OK : CheckNameAsGo(tls, setup);
}

void Connection::SetTls() {
  const Endpoint& endpoint = setup_.endpoint;
  if (endpoint.address.scheme != "https") return;
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, endpoint.tls_skip_verify ? 0L : 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, endpoint.tls_skip_verify ? 0L : 2L);
  Set(CURLOPT_SSLCERT, endpoint.client_cert);
  Set(CURLOPT_SSLKEY, endpoint.client_key);
  // Else a locked key makes OpenSSL ask on the terminal.
  curl_easy_setopt(easy_, CURLOPT_KEYPASSWD, "");
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &OnTlsContext);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, this);
  if (!endpoint.ca_bundle.empty()) {
    // Else curl's built-in folder of system certificates stays trusted beside the given ones.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy_, CURLOPT_CAINFO, nullptr);
    curl_blob bundle{const_cast<char*>(endpoint.ca_bundle.data()), endpoint.ca_bundle.size(),
                     CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &bundle);
  }
}

void Connection::SetHeaders(const HttpRequest& request) {
  const bool has_body = request.method == Method::kPost || request.method == Method::kPut;
  const HeaderList& usual = has_body ? setup_.body_headers : setup_.headers;
  own_headers_.reset();
  if (!request.headers.empty()) {
    constexpr std::string_view kType = "Content-Type:";
    const bool typed = std::any_of(request.headers.begin(), request.headers.end(),
                                   [&](const auto& header) { return header.starts_with(kType); });
    for (const curl_slist* line = usual.get(); line != nullptr; line = line->next) {
      if (!typed || !std::string_view(line->data).starts_with(kType)) {
        Append(own_headers_, line->data);
      }
    }
    for (const std::string& header : request.headers) Append(own_headers_, header);
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, own_headers_ ? own_headers_.get() : usual.get());
}

void Connection::SetRequest(const HttpRequest& request, Transfer& transfer) {
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy_, CURLOPT_URL, (setup_.base_url + request.target).c_str());
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, request.changes_state ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, nullptr);
  SetHeaders(request);
  // What is packed comes in larger pieces, and late.
  if (request.sink) curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, nullptr);
  if (request.method == Method::kPost || request.method == Method::kPut) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    if (request.method == Method::kPut) curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, "PUT");
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    if (request.method == Method::kHead) curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    if (request.method == Method::kDelete) curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, "DELETE");
  }
}

std::optional<CURLcode> Connection::Run(const HttpRequest& request, const Transfer& transfer,
                                        TimePoint end) {
  const std::stop_callback wake(request.stop, [this] { curl_multi_wakeup(multi_); });
  for (int running = 1;;) {
    if (request.stop.stop_requested()) return std::nullopt;
    if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    const TimePoint soonest =
        std::min(end, DeadlineAfter(transfer.last_byte, request.longest_silence));
    const auto left = std::chrono::ceil<Duration>(soonest - RealClock().Now()).count();
    if (left <= 0) return std::nullopt;
    const int timeout = static_cast<int>(std::min<Duration::rep>(left, kLongestPollMs));
    curl_multi_poll(multi_, nullptr, 0, timeout, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_, &left);
  return message != nullptr ? message->data.result : CURLE_FAILED_INIT;
}

void Connection::ReadInfo(HttpAnswer& answer) const {
  const auto text = [this](CURLINFO info) {
    const char* value = nullptr;
    curl_easy_getinfo(easy_, info, &value);
    return std::string(value != nullptr ? value : "");
  };
  answer.status = static_cast<int>(Info(CURLINFO_RESPONSE_CODE));
  answer.content_type = text(CURLINFO_CONTENT_TYPE);
  answer.redirect = text(CURLINFO_REDIRECT_URL);
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds);
  answer.retry_after =
      std::chrono::seconds(std::clamp<curl_off_t>(seconds, 0, kLongestRetryAfterSeconds));
}

tl::expected<void, TransportError> Connection::Perform(const HttpRequest& request,
                                                       Transfer& transfer) {
  if (multi_ == nullptr || easy_ == nullptr) {
    return tl::unexpected(TransportError{Fault::kSettings, "curl cannot be set up", false});
  }
  if (!wakes_) {
    return tl::unexpected(TransportError{Fault::kNoDescriptors, SystemReason(EMFILE), false});
  }
  SetRequest(request, transfer);
  error_[0] = '\0';
  socket_error_ = 0;
  certificate_wanted_ = false;
  const TimePoint limit = DeadlineAfter(RealClock().Now(), request.time_limit);
  curl_multi_add_handle(multi_, easy_);
  const std::optional<CURLcode> code = Run(request, transfer, std::min(limit, request.deadline));
  if (!code) return tl::unexpected(TimedOut(request, transfer));
  if (*code == CURLE_OK || transfer.had_enough) return {};
  TransportError fault = Explain(*code, transfer);
  // Its alert is lost where it has closed before all was sent.
  const bool dismissed = certificate_wanted_ && transfer.header_size == 0 &&
                         fault.fault == Fault::kClosed && !request.changes_state;
  if (dismissed) fault.fault = Fault::kCertificate;
  return tl::unexpected(std::move(fault));
}

tl::expected<HttpAnswer, TransportError> Connection::Send(const HttpRequest& request) {
  Transfer transfer(easy_, request);
  auto done = Perform(request, transfer);
  if (done && !transfer.head_ended) {
    done = tl::unexpected(Explain(CURLE_PARTIAL_FILE, transfer));
  }
  if (done) ReadInfo(transfer.answer);
  if (multi_ != nullptr) curl_multi_remove_handle(multi_, easy_);
  if (!done) return tl::unexpected(std::move(done).error());
  return std::move(transfer.answer);
}

tl::expected<void, TransportError> Connection::Open(const HttpRequest& request) {
  Transfer transfer(easy_, request);
  curl_easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy_, CURLOPT_HTTPPROXYTUNNEL, 1L);
  return Perform(request, transfer);
}

int Connection::socket() const {
  curl_socket_t fd = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &fd);
  return fd;
}

tl::expected<bool, TransportError> Connection::Read(std::string& into) {
  std::array<char, 16U << 10U> buffer{};
  std::size_t got = 0;
  const CURLcode code = curl_easy_recv(easy_, buffer.data(), buffer.size(), &got);
  if (code == CURLE_AGAIN) return true;
  if (code != CURLE_OK) return tl::unexpected(TransportError{Fault::kClosed, Reason(code), true});
  into.append(buffer.data(), got);
  return got > 0;
}

tl::expected<std::size_t, TransportError> Connection::Write(std::string_view bytes) {
  std::size_t taken = 0;
  const CURLcode code = curl_easy_send(easy_, bytes.data(), bytes.size(), &taken);
  if (code == CURLE_AGAIN) return std::size_t{0};
  if (code != CURLE_OK) return tl::unexpected(TransportError{Fault::kClosed, Reason(code), true});
  return taken;
}

std::string Connection::RequestHead(const std::string& target, std::string_view more) const {
  const Address& address = setup_.endpoint.address;
  const bool is_socket = address.scheme == "unix";
  std::string head =
      fmt::format("GET {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: nmgr\r\n", address.path_prefix,
                  target, is_socket ? "127.0.0.1" : address.HostAndPort());
  for (const std::string& header : setup_.endpoint.headers) head += header + "\r\n";
  if (address.has_user) {
    head += "Authorization: Basic " + EncodeBase64(address.user + ":" + address.password) + "\r\n";
  }
  head += more;
  return head + "\r\n";
}

TransportError Connection::TimedOut(const HttpRequest& request, const Transfer& transfer) const {
  const bool sent = Info(CURLINFO_REQUEST_SIZE) > 0;
  if (request.stop.stop_requested()) return {Fault::kStopped, "interrupted", sent};
  if (request.deadline <= RealClock().Now()) {
    return {Fault::kDeadline, "the time limit passed", sent};
  }
  const std::string limit = FormatDuration(std::min(request.time_limit, request.longest_silence));
  if (transfer.head_ended && request.sink) {
    return {Fault::kTimeLimit, "nothing came for " + limit, sent};
  }
  const bool begun = transfer.header_size > 0;
  return {Fault::kTimeLimit,
          (begun ? "the answer did not end within " : "no answer within ") + limit, sent};
}

// curl keeps the first thing that went wrong: where the other end has closed already, that it could
// not be asked for its address, which says nothing.
std::string Connection::Reason(CURLcode code) const {
  const bool telling = error_[0] != '\0' && !std::string_view(error_).starts_with("getpeername()");
  std::string text = telling ? error_ : curl_easy_strerror(code);
  return EscapeControls(LowerFirst(std::move(text)));
}

TransportError Connection::Explain(CURLcode code, const Transfer& transfer) const {
  const bool sent = Info(CURLINFO_REQUEST_SIZE) > 0;
  if (transfer.too_large) {
    return {Fault::kTooLarge,
            "the answer is larger than " + SizeText(transfer.request.largest_answer), sent};
  }
  if (IsOutOfDescriptors(socket_error_)) {
    return {Fault::kNoDescriptors, SystemReason(socket_error_), false};
  }
  // curl keeps a single header line in a buffer of bounded size and calls that "out of memory".
  if (transfer.head_too_large || (code == CURLE_OUT_OF_MEMORY && !transfer.head_ended && sent)) {
    return {Fault::kTooLarge,
            fmt::format("the head of the answer is larger than {} KiB", kMaxHeaderSize >> 10U),
            sent};
  }
  if (IsAlertOfPeer()) return {Fault::kTls, Reason(code), false};
  const std::string host = EscapeControls(setup_.endpoint.address.host);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Fault::kUnresolved, "no such host: " + host, false};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Fault::kUnresolved, Reason(code), false};
    case CURLE_COULDNT_CONNECT: {
      const long number = Info(CURLINFO_OS_ERRNO);
      if (number == 0) return {Fault::kRefused, Reason(code), false};
      return {Fault::kRefused,
              LowerFirst(std::generic_category().message(static_cast<int>(number))), false};
    }
    case CURLE_OPERATION_TIMEDOUT:
      return {
          Fault::kConnectTimeout,
          fmt::format("no connection within {}", FormatDuration(setup_.endpoint.connect_timeout)),
          sent};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return {Fault::kSettings, Reason(code), false};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return {Fault::kTls, Reason(code), false};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return {Fault::kNotHttp, "the answer is not proper HTTP (" + Reason(code) + ")", sent};
    case CURLE_GOT_NOTHING:
      return {Fault::kClosed, "the connection was closed without an answer", sent};
    case CURLE_PARTIAL_FILE:
      return {Fault::kClosed, "the connection was closed in the middle of the answer", sent};
    default:
      break;
  }
  return {Fault::kClosed, Reason(code), sent};
}

}  // namespace nmgr::net
