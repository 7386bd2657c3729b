#include "nmgr/nomad/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "address.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

constexpr std::uint64_t kMaxTokenFile = 4096;

std::string From(const Environment& environment, const char* name) {
  return environment(name).value_or("");
}

void Fill(std::string& field, const Environment& environment, const char* name) {
  if (field.empty()) field = From(environment, name);
}

// Go's strconv.ParseBool, which Nomad reads NOMAD_SKIP_VERIFY with.
Expected<bool> ParseFlag(const std::string& text, const char* name) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "true", "True", "TRUE"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "false", "False", "FALSE"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (text.empty() || std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return Error{ErrorCode::kUsage, fmt::format("{} is neither true nor false", name),
               "write true or false"};
}

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Expected<void> ReadToken(ConnectionOptions& options, const Environment& environment,
                         FileSystem& files) {
  const bool file_given = !options.token_file.empty();
  Fill(options.token, environment, "NOMAD_TOKEN");
  Fill(options.token_file, environment, "NOMAD_TOKEN_FILE");
  std::string source = "NOMAD_TOKEN";
  if (!options.token_file.empty() && (file_given || options.token.empty())) {
    source = "the token file";  // not by its name: somebody may have given the token itself
    auto text = files.ReadFile(options.token_file, kMaxTokenFile);
    if (!text) {
      Error error = std::move(text).error();
      if (error.message.starts_with(options.token_file)) {
        error.message.replace(0, options.token_file.size(), source);
      }
      error.hint = "see --token-file and NOMAD_TOKEN_FILE";
      return error;
    }
    options.token = TrimBlanks(*text);
    if (options.token.empty()) return Error{ErrorCode::kUsage, source + " is empty", ""};
  }
  if (!IsPrintableAscii(options.token)) {
    return Error{ErrorCode::kUsage, source + " holds something that is no token",
                 "a token is one word of printable characters"};
  }
  return {};
}

// Every file of the folder, as Nomad does, and not only names that OpenSSL would look up.
Expected<std::string> ReadCaFolder(const std::string& folder, FileSystem& files) {
  TRY_ASSIGN(const auto entries, files.ListFolder(folder));
  std::string bundle;
  for (const FolderEntry& entry : entries) {
    if (entry.kind != FileKind::kFile) continue;
    TRY_ASSIGN(const std::string text, files.ReadFile(JoinPath(folder, entry.name), kMaxFileSize));
    bundle += text;
    bundle += '\n';
  }
  return bundle;
}

Expected<void> ReadCertificates(ConnectionOptions& options, FileSystem& files) {
  if (!options.ca_cert.empty()) {
    TRY_ASSIGN(options.ca_bundle, files.ReadFile(options.ca_cert, kMaxFileSize));
  } else if (!options.ca_path.empty()) {
    TRY_ASSIGN(options.ca_bundle, ReadCaFolder(options.ca_path, files));
  }
  const std::string& from = options.ca_cert.empty() ? options.ca_path : options.ca_cert;
  if (!from.empty() && options.ca_bundle.find("-----BEGIN") == std::string::npos) {
    return Error{ErrorCode::kUsage, fmt::format("'{}' holds no certificate in PEM form", from),
                 "see --ca-cert and --ca-path"};
  }
  if (options.client_cert.empty() != options.client_key.empty()) {
    const bool has_key = !options.client_key.empty();
    return Error{ErrorCode::kUsage,
                 fmt::format("a client {} was given without its {}",
                             has_key ? "key" : "certificate", has_key ? "certificate" : "key"),
                 "give both NOMAD_CLIENT_CERT (--client-cert) and NOMAD_CLIENT_KEY (--client-key)"};
  }
  for (const std::string& file : {options.client_cert, options.client_key}) {
    if (!file.empty()) TRY(files.ReadFile(file, kMaxFileSize));
  }
  const bool plain_name = std::all_of(
      options.tls_server_name.begin(), options.tls_server_name.end(),
      [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_'; });
  if (!plain_name) {
    return Error{ErrorCode::kUsage, "the TLS server name is no host name",
                 "see --tls-server-name and NOMAD_TLS_SERVER_NAME"};
  }
  return {};
}

void ResolveProxy(ConnectionOptions& options, const Address& address,
                  const Environment& environment) {
  if (address.IsLoopback()) return;
  const bool tls = address.scheme == "https";
  options.proxy = From(environment, tls ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (options.proxy.empty()) options.proxy = From(environment, tls ? "https_proxy" : "http_proxy");
  options.no_proxy = From(environment, "NO_PROXY");
  if (options.no_proxy.empty()) options.no_proxy = From(environment, "no_proxy");
}

}  // namespace

Expected<ConnectionOptions> ResolveConnection(ConnectionOptions given,
                                              const Environment& environment, FileSystem& files) {
  Fill(given.address, environment, "NOMAD_ADDR");
  if (given.address.empty()) given.address = "http://127.0.0.1:4646";
  TRY_ASSIGN(const Address address, ParseAddress(given.address));
  Fill(given.region, environment, "NOMAD_REGION");
  Fill(given.name_space, environment, "NOMAD_NAMESPACE");
  Fill(given.http_auth, environment, "NOMAD_HTTP_AUTH");
  Fill(given.ca_cert, environment, "NOMAD_CACERT");
  Fill(given.ca_path, environment, "NOMAD_CAPATH");
  Fill(given.client_cert, environment, "NOMAD_CLIENT_CERT");
  Fill(given.client_key, environment, "NOMAD_CLIENT_KEY");
  Fill(given.tls_server_name, environment, "NOMAD_TLS_SERVER_NAME");
  TRY_ASSIGN(const bool skip_verify,
             ParseFlag(From(environment, "NOMAD_SKIP_VERIFY"), "NOMAD_SKIP_VERIFY"));
  given.tls_skip_verify = given.tls_skip_verify || skip_verify;
  TRY(ReadToken(given, environment, files));
  if (address.scheme == "https") TRY(ReadCertificates(given, files));
  ResolveProxy(given, address, environment);
  return given;
}

std::string DisplayAddress(const ConnectionOptions& options) {
  return WithoutUserInfo(options.address);
}

std::string NormalAddress(const std::string& text) {
  Expected<Address> address = ParseAddress(text);
  if (!address) return WithoutUserInfo(text);
  if (address->scheme == "unix") return "unix://" + CleanPath(address->socket_path);
  std::string& host = address->host;
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (host == "localhost" || host == "::1") host = "127.0.0.1";
  std::string& port = address->port;
  port.erase(0, std::min(port.find_first_not_of('0'), port.size()));
  if (port.empty()) port = address->scheme == "https" ? "443" : "80";
  return fmt::format("{}://{}{}", address->scheme, address->HostAndPort(), address->path_prefix);
}

}  // namespace nmgr::nomad
