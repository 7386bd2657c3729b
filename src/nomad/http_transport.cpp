#include "http_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "address.h"
#include "nmgr/base/system.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

constexpr std::size_t kMaxHeaderSize = 256U << 10U;
constexpr int kLongestPollMs = 60'000;
constexpr curl_off_t kLongestRetryAfterSeconds = 24 * 3600;

struct SlistDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, SlistDeleter>;

void Append(HeaderList& list, const std::string& header) {
  if (curl_slist* longer = curl_slist_append(list.get(), header.c_str())) {
    static_cast<void>(list.release());
    list.reset(longer);
  }
}

// What every connection shares, fixed for the life of the transport.
struct Setup {
  ConnectionOptions options;
  Address address;
  std::string base_url;
  std::string connect_to;  // CURLOPT_CONNECT_TO where the certificate's name is not the host's
  HeaderList headers;
  HeaderList body_headers;
  HeaderList connect_to_list;
};

std::string BaseUrl(const Setup& setup) {
  if (setup.address.scheme == "unix") return "http://127.0.0.1";
  Address shown = setup.address;
  if (!setup.connect_to.empty()) shown.host = setup.options.tls_server_name;
  return fmt::format("{}://{}{}", shown.scheme, shown.HostAndPort(), shown.path_prefix);
}

std::unique_ptr<Setup> MakeSetup(const ConnectionOptions& options) {
  auto setup = std::make_unique<Setup>();
  setup->options = options;
  if (auto address = ParseAddress(options.address)) setup->address = *std::move(address);
  const Address& address = setup->address;
  if (address.scheme == "https" && !options.tls_server_name.empty()) {
    const std::string port = address.port.empty() ? ":443" : "";
    setup->connect_to = fmt::format("::{}{}", address.HostAndPort(), port);
    Append(setup->connect_to_list, setup->connect_to);
    Append(setup->headers, "Host: " + address.HostAndPort());
    Append(setup->body_headers, "Host: " + address.HostAndPort());
  }
  setup->base_url = BaseUrl(*setup);
  for (HeaderList* list : {&setup->headers, &setup->body_headers}) {
    Append(*list, "Accept: application/json");
    if (!options.token.empty()) Append(*list, "X-Nomad-Token: " + options.token);
  }
  Append(setup->body_headers, "Content-Type: application/json");
  Append(setup->body_headers, "Expect:");
  return setup;
}

std::string LowerFirst(std::string text) {
  const bool is_word = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0;
  if (is_word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

// A transfer in progress: what curl's callbacks fill.
struct Transfer {
  HttpAnswer answer;
  std::size_t header_size = 0;
  bool head_ended = false;  // curl takes a head that was cut off for a whole one
  bool too_large = false;
  bool head_too_large = false;
};

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer.answer.body.size() + bytes > kMaxAnswerSize) {
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

// What follows `name` in a header line, in whatever case that stands; nothing for another header.
std::optional<std::string_view> HeaderValue(std::string_view line, std::string_view name) {
  const bool same = line.size() > name.size() &&
                    std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
                      return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
                    });
  if (!same) return std::nullopt;
  line.remove_prefix(name.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' ')) {
    line.remove_suffix(1);
  }
  return line;
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
  if (const auto index = HeaderValue(line, "x-nomad-index:")) {
    const char* const end = index->data() + index->size();
    const auto parsed = std::from_chars(index->data(), end, transfer.answer.nomad_index);
    transfer.answer.has_nomad_index = parsed.ec == std::errc() && parsed.ptr == end;
    if (!transfer.answer.has_nomad_index) transfer.answer.nomad_index = 0;
  } else if (const auto next = HeaderValue(line, "x-nomad-nexttoken:")) {
    transfer.answer.next_token = std::string(*next);
  }
  return bytes;
}

}  // namespace

const char* MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

// One easy handle with a connection cache of its own, used by one thread at a time.
class Connection {
 public:
  explicit Connection(const Setup& setup)
      : setup_(setup), multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (multi_ == nullptr || easy_ == nullptr) return;
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

 private:
  void Set(CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(easy_, option, value.c_str());
  }
  void SetCommon();
  void SetTls();
  static CURLcode OnTlsContext(CURL* easy, void* context, void* user);
  void SetRequest(const HttpRequest& request, Transfer& transfer);
  // Nothing where the stop token or the time limit ended it before curl had finished.
  std::optional<CURLcode> Run(const std::stop_token& stop, TimePoint end);
  void ReadInfo(HttpAnswer& answer) const;
  TransportError Explain(CURLcode code, const Transfer& transfer) const;
  TransportError TimedOut(const HttpRequest& request) const;
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
  char error_[CURL_ERROR_SIZE] = {};
  int socket_error_ = 0;             // of the last socket that could not be made
  bool certificate_wanted_ = false;  // the other end asked for one as this request connected
};

void Connection::SetCommon() {
  const ConnectionOptions& options = setup_.options;
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
  if (!setup_.address.IsLoopback()) curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_PROXY, options.proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, options.no_proxy.c_str());
  Set(CURLOPT_PROXYUSERNAME, options.proxy_user);
  Set(CURLOPT_PROXYPASSWORD, options.proxy_password);
  Set(CURLOPT_UNIX_SOCKET_PATH, setup_.address.socket_path);
  if (setup_.connect_to_list) {
    curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, setup_.connect_to_list.get());
  }
  const bool own_user = setup_.address.has_user;
  const std::string user = own_user ? setup_.address.user : options.AuthUser();
  const std::string password = own_user ? setup_.address.password : options.AuthPassword();
  if (setup_.address.has_user || !options.http_auth.empty()) {
    curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy_, CURLOPT_USERNAME, user.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, password.c_str());
  }
}

// curl takes a certificate's common name where it has no alternative names; Go, and so the nomad
// CLI, does not. OpenSSL checks the name during the handshake, before anything is sent.
CURLcode CheckNameAsGo(SSL_CTX* context, const Setup& setup) {
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const std::string& name =
      setup.options.tls_server_name.empty() ? setup.address.host : setup.options.tls_server_name;
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
  return setup.options.tls_skip_verify ? CURLE_OK : CheckNameAsGo(tls, setup);
}

void Connection::SetTls() {
  const ConnectionOptions& options = setup_.options;
  if (setup_.address.scheme != "https") return;
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, options.tls_skip_verify ? 0L : 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, options.tls_skip_verify ? 0L : 2L);
  Set(CURLOPT_SSLCERT, options.client_cert);
  Set(CURLOPT_SSLKEY, options.client_key);
  // Else a locked key makes OpenSSL ask on the terminal.
  curl_easy_setopt(easy_, CURLOPT_KEYPASSWD, "");
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &OnTlsContext);
  curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, this);
  if (!options.ca_bundle.empty()) {
    // Else curl's built-in folder of system certificates stays trusted beside the given ones.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy_, CURLOPT_CAINFO, nullptr);
    curl_blob bundle{const_cast<char*>(options.ca_bundle.data()), options.ca_bundle.size(),
                     CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &bundle);
  }
}

void Connection::SetRequest(const HttpRequest& request, Transfer& transfer) {
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy_, CURLOPT_URL, (setup_.base_url + request.target).c_str());
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, request.changes_state ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, nullptr);
  if (request.method == Method::kPost || request.method == Method::kPut) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, setup_.body_headers.get());
    if (request.method == Method::kPut) curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, "PUT");
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, setup_.headers.get());
    if (request.method == Method::kDelete) curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, "DELETE");
  }
}

std::optional<CURLcode> Connection::Run(const std::stop_token& stop, TimePoint end) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
  for (int running = 1;;) {
    if (stop.stop_requested()) return std::nullopt;
    if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    const auto left = std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now()).count();
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

tl::expected<HttpAnswer, TransportError> Connection::Send(const HttpRequest& request) {
  if (multi_ == nullptr || easy_ == nullptr) {
    return tl::unexpected(TransportError{Fault::kSettings, "curl cannot be set up", false});
  }
  Transfer transfer;
  SetRequest(request, transfer);
  error_[0] = '\0';
  socket_error_ = 0;
  certificate_wanted_ = false;
  const TimePoint limit = std::chrono::steady_clock::now() + request.time_limit;
  curl_multi_add_handle(multi_, easy_);
  std::optional<CURLcode> code = Run(request.stop, std::min(limit, request.deadline));
  if (code == CURLE_OK && !transfer.head_ended) code = CURLE_PARTIAL_FILE;
  tl::expected<HttpAnswer, TransportError> result;
  if (!code) {
    result = tl::unexpected(TimedOut(request));
  } else if (*code != CURLE_OK) {
    TransportError fault = Explain(*code, transfer);
    // Its alert is lost where it has closed before all was sent.
    const bool dismissed = certificate_wanted_ && transfer.header_size == 0 &&
                           fault.fault == Fault::kClosed && !request.changes_state;
    if (dismissed) fault.fault = Fault::kCertificate;
    result = tl::unexpected(std::move(fault));
  } else {
    ReadInfo(transfer.answer);
    result = std::move(transfer.answer);
  }
  curl_multi_remove_handle(multi_, easy_);
  return result;
}

TransportError Connection::TimedOut(const HttpRequest& request) const {
  const bool sent = Info(CURLINFO_REQUEST_SIZE) > 0;
  if (request.stop.stop_requested()) return {Fault::kStopped, "interrupted", sent};
  if (request.deadline <= std::chrono::steady_clock::now()) {
    return {Fault::kDeadline, "the time limit passed", sent};
  }
  return {Fault::kTimeLimit, fmt::format("no answer within {}", FormatDuration(request.time_limit)),
          sent};
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
            fmt::format("the answer is larger than {} MiB", kMaxAnswerSize >> 20U), sent};
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
  const std::string host = EscapeControls(setup_.address.host);
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
          fmt::format("no connection within {}", FormatDuration(setup_.options.connect_timeout)),
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

class HttpTransport::Pool {
 public:
  Pool(const ConnectionOptions& options, int max_connections)
      : setup_(MakeSetup(options)), free_slots_(std::max(1, max_connections)) {}

  // Waits for a free connection; nothing where the caller's deadline or stop token came first.
  std::unique_ptr<Connection> Take(const HttpRequest& request) {
    std::unique_lock lock(mutex_);
    const auto is_free = [this] { return free_slots_ > 0; };
    const bool free = request.deadline == TimePoint::max()
                          ? changed_.wait(lock, request.stop, is_free)
                          : changed_.wait_until(lock, request.stop, request.deadline, is_free);
    if (!free || request.stop.stop_requested()) return nullptr;
    --free_slots_;
    if (idle_.empty()) {
      lock.unlock();
      return std::make_unique<Connection>(*setup_);
    }
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void CloseIdle() {
    std::vector<std::unique_ptr<Connection>> idle;
    const std::lock_guard lock(mutex_);
    idle.swap(idle_);
  }

  void Give(std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(connection));
      ++free_slots_;
    }
    changed_.notify_one();
  }

 private:
  const std::unique_ptr<const Setup> setup_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int free_slots_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the last one used is the first one taken
};

HttpTransport::HttpTransport(const ConnectionOptions& options, int max_connections) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
  pool_ = std::make_unique<Pool>(options, max_connections);
}

HttpTransport::~HttpTransport() = default;

tl::expected<HttpAnswer, TransportError> HttpTransport::Send(const HttpRequest& request) {
  std::unique_ptr<Connection> connection = pool_->Take(request);
  if (connection == nullptr) {
    if (request.stop.stop_requested()) {
      return tl::unexpected(TransportError{Fault::kStopped, "interrupted", false});
    }
    return tl::unexpected(TransportError{Fault::kDeadline, "the time limit passed", false});
  }
  auto result = connection->Send(request);
  // Those that wait for nobody hold some; others give theirs back before long.
  constexpr int kAttempts = 100;
  constexpr std::chrono::milliseconds kPause{20};
  const auto is_short = [&result] {
    return !result && result.error().fault == Fault::kNoDescriptors;
  };
  const int attempts = short_of_descriptors_ ? 2 : kAttempts;
  for (int attempt = 1; attempt < attempts && is_short() && !request.stop.stop_requested();
       ++attempt) {
    pool_->CloseIdle();
    std::this_thread::sleep_for(kPause);
    result = connection->Send(request);
  }
  short_of_descriptors_ = is_short();
  pool_->Give(std::move(connection));
  return result;
}

}  // namespace nmgr::nomad
