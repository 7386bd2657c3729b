#include "raw_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace nmgr::testing {
namespace {

void Require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(std::string("raw server: ") + what);
}

std::string MakeFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "nmgr-raw-XXXXXX").string();
  Require(mkdtemp(path.data()) != nullptr, "no folder");
  return path;
}

struct Removed {
  std::string folder = MakeFolder();
  TestCertificate certificate;
  ~Removed() { std::filesystem::remove_all(folder); }
};

void AddExtension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  Require(extension != nullptr, "no extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

TestCertificate MakeCertificate(const std::string& folder, const char* common_name,
                                const char* alternative_names) {
  TestCertificate files;
  files.folder = folder + "/ca";
  std::filesystem::create_directory(files.folder);
  files.certificate_file = files.folder + "/nomad.crt";
  files.key_file = folder + "/nomad.key";
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  Require(key != nullptr && certificate != nullptr, "no key");
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (alternative_names != nullptr) {
    AddExtension(certificate, NID_subject_alt_name, alternative_names);
  }
  Require(X509_sign(certificate, key, EVP_sha256()) > 0, "not signed");
  FILE* out = fopen(files.certificate_file.c_str(), "w");
  Require(out != nullptr && PEM_write_X509(out, certificate) == 1, "certificate not written");
  fclose(out);
  out = fopen(files.key_file.c_str(), "w");
  Require(
      out != nullptr && PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "key not written");
  fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

}  // namespace

const TestCertificate& Certificate() {
  static Removed removed;
  static const TestCertificate certificate =
      MakeCertificate(removed.folder, "nomad.test", "DNS:nomad.test,IP:127.0.0.1");
  return certificate;
}

const TestCertificate& NamelessCertificate() {
  static Removed removed;
  static const TestCertificate certificate = MakeCertificate(removed.folder, "nomad.test", nullptr);
  return certificate;
}

std::optional<std::string> Peer::ReadRequest() {
  for (;;) {
    if (buffered_.starts_with('\x16')) return std::nullopt;  // TLS where none is spoken
    const std::size_t head = buffered_.find("\r\n\r\n");
    if (head != std::string::npos) {
      std::size_t length = 0;
      const std::size_t header = buffered_.find("Content-Length: ");
      if (header < head) length = std::stoul(buffered_.substr(header + 16));
      if (buffered_.size() >= head + 4 + length) {
        std::string request = buffered_.substr(0, head + 4 + length);
        buffered_.erase(0, request.size());
        on_request_(request);
        return request;
      }
    }
    const std::string more = Receive();
    if (more.empty()) return std::nullopt;
    buffered_ += more;
  }
}

class RawServer::PlainPeer : public Peer {
 public:
  explicit PlainPeer(int fd) : fd_(fd) {}
  bool Send(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void Reset() override {
    const sockaddr nobody{AF_UNSPEC, {}};
    connect(fd_, &nobody, sizeof nobody);
  }

 protected:
  std::string Receive() override {
    std::string buffer(65'536, '\0');
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return buffer;
  }

 private:
  int fd_;
};

class RawServer::TlsPeer : public Peer {
 public:
  TlsPeer(int fd, Socket socket) : context_(SSL_CTX_new(TLS_server_method())) {
    const bool wants_certificate = socket == Socket::kTlsWithClientCertificate;
    const TestCertificate& files =
        socket == Socket::kTlsNameless ? NamelessCertificate() : Certificate();
    SSL_CTX_use_certificate_file(context_, files.certificate_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, files.key_file.c_str(), SSL_FILETYPE_PEM);
    if (wants_certificate) {
      SSL_CTX_load_verify_locations(context_, files.certificate_file.c_str(), nullptr);
      SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd);
    accepted_ = SSL_accept(ssl_) == 1;
  }
  ~TlsPeer() override {
    if (accepted_) SSL_shutdown(ssl_);
    if (!accepted_) AwaitEnd(SSL_get_fd(ssl_));
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  bool Send(std::string_view bytes) override {
    return accepted_ && SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

 private:
  // A connection closed with something left to read is reset, and the alert that tells why is lost.
  static void AwaitEnd(int fd) {
    shutdown(fd, SHUT_WR);
    const timeval limit{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::array<char, 4096> rest{};
    while (recv(fd, rest.data(), rest.size(), 0) > 0) {
    }
  }

 protected:
  std::string Receive() override {
    std::string buffer(65'536, '\0');
    const int got = accepted_ ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size())) : 0;
    buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return buffer;
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  bool accepted_ = false;
};

std::string Answer(int status, std::string_view body, std::string_view content_type,
                   std::string_view more_headers) {
  return fmt::format("HTTP/1.1 {} Status\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}",
                     status, content_type, body.size(), more_headers, body);
}

RawServer::RawServer(Script script, Socket socket) : script_(std::move(script)), socket_(socket) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to closed sockets without MSG_NOSIGNAL
  if (socket_ == Socket::kUnix) {
    folder_ = MakeFolder();
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    (folder_ + "/nomad.sock").copy(name.sun_path, sizeof(name.sun_path) - 1);
    Require(bind(listener_, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0, "bind");
  } else {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(name);
    Require(bind(listener_, reinterpret_cast<sockaddr*>(&name), length) == 0, "bind");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &length);
    port_ = ntohs(name.sin_port);
  }
  Require(listen(listener_, 64) == 0, "listen");
  acceptor_ = std::thread([this] { AcceptAll(); });
}

RawServer::~RawServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

void RawServer::AcceptAll() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    const int number = connections_++;
    threads_.emplace_back([this, fd, number] { Serve(fd, number); });
  }
}

void RawServer::Serve(int fd, int number) {
  {
    std::unique_ptr<Peer> peer;
    if (socket_ != Socket::kTcp && socket_ != Socket::kUnix) {
      peer = std::make_unique<TlsPeer>(fd, socket_);
    } else {
      peer = std::make_unique<PlainPeer>(fd);
    }
    peer->number = number;
    peer->on_request_ = [this](const std::string& request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    };
    script_(*peer);
  }
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  close(fd);
}

std::string RawServer::address() const {
  if (socket_ == Socket::kUnix) return "unix://" + folder_ + "/nomad.sock";
  const bool tls = socket_ != Socket::kTcp;
  return fmt::format("{}://127.0.0.1:{}", tls ? "https" : "http", port_);
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool RawServer::WaitForRequests(std::size_t count) const {
  for (int i = 0; i < 1000; ++i) {
    if (requests().size() >= count) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

int FreePort() {
  const RawServer server([](Peer&) {});
  return server.port();
}

}  // namespace nmgr::testing
