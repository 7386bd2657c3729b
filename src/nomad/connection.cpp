#include "nmgr/nomad/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent.h"
#include "client_certificate.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "nmgr/net/proxy.h"

namespace nmgr::nomad {
namespace {

constexpr std::uint64_t kMaxTokenFile = 4096;

std::string From(const Environment& environment, const char* name) {
  return environment(name).value_or("");
}

void Fill(std::string& field, const Environment& environment, const char* name) {
  if (field.empty()) field = From(environment, name);
}

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Expected<void> ReadToken(ConnectionOptions& options, const Environment& environment,
                         FileSystem& files) {
  const bool file_given = !options.token_file.empty();
  Fill(options.token, environment, kTokenVariable);
  Fill(options.token_file, environment, kTokenFileVariable);
  std::string source = kTokenVariable;
  if (!options.token_file.empty() && (file_given || options.token.empty())) {
    source = "the token file";  // not by its name: somebody may have given the token itself
    auto text = files.ReadFile(options.token_file, kMaxTokenFile);
    if (!text) {
      Error error = std::move(text).error();
      if (error.message.starts_with(options.token_file)) {
        error.message.replace(0, options.token_file.size(), source);
      }
      error.code = ErrorCode::kUsage;
      error.hint = "see --token-file and NOMAD_TOKEN_FILE";
      return error;
    }
    options.token = *text;
    if (TrimBlanks(options.token).empty())
      return Error{ErrorCode::kUsage, source + " is empty", ""};
  }
  options.token = std::string(TrimBlanks(options.token));
  if (!IsPrintableAscii(options.token)) {
    return Error{ErrorCode::kUsage, source + " holds something that is no token",
                 "a token is one word of printable characters"};
  }
  return {};
}

// `what` the connection settings call it, and by which of them it was given.
Expected<std::string> ReadPem(const std::string& path, std::string_view what, std::string_view hint,
                              FileSystem& files) {
  auto text = files.ReadFile(path, kMaxFileSize);
  if (text) return text;
  return Error{ErrorCode::kUsage, fmt::format("the {} {}", what, text.error().message),
               fmt::format("see {}", hint)};
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

Expected<void> ReadCa(ConnectionOptions& options, FileSystem& files) {
  if (!options.ca_cert.empty()) {
    TRY_ASSIGN(options.ca_bundle, ReadPem(options.ca_cert, "file of CA certificates",
                                          "NOMAD_CACERT (--ca-cert)", files));
  } else if (!options.ca_path.empty()) {
    TRY_ASSIGN(options.ca_bundle, ReadCaFolder(options.ca_path, files));
  }
  const std::string& from = options.ca_cert.empty() ? options.ca_path : options.ca_cert;
  if (!from.empty() && options.ca_bundle.find("-----BEGIN") == std::string::npos) {
    return Error{ErrorCode::kUsage, fmt::format("'{}' holds no certificate in PEM form", from),
                 "see --ca-cert and --ca-path"};
  }
  return {};
}

Expected<void> CheckClientPair(const ConnectionOptions& options, FileSystem& files) {
  if (options.client_cert.empty() != options.client_key.empty()) {
    const bool has_key = !options.client_key.empty();
    return Error{ErrorCode::kUsage,
                 fmt::format("a client {} was given without its {}",
                             has_key ? "key" : "certificate", has_key ? "certificate" : "key"),
                 "give both NOMAD_CLIENT_CERT (--client-cert) and NOMAD_CLIENT_KEY (--client-key)"};
  }
  if (!options.client_cert.empty()) {
    TRY_ASSIGN(const std::string certificate, ReadPem(options.client_cert, "client certificate",
                                                      "NOMAD_CLIENT_CERT (--client-cert)", files));
    TRY_ASSIGN(const std::string key,
               ReadPem(options.client_key, "client key", "NOMAD_CLIENT_KEY (--client-key)", files));
    TRY(CheckClientCertificate({options.client_cert, certificate}, {options.client_key, key}));
  }
  return {};
}

Expected<void> CheckServerName(const ConnectionOptions& options) {
  const bool plain_name = std::all_of(
      options.tls_server_name.begin(), options.tls_server_name.end(),
      [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_'; });
  if (!plain_name) {
    return Error{ErrorCode::kUsage, "the TLS server name is no host name",
                 "see --tls-server-name and NOMAD_TLS_SERVER_NAME"};
  }
  return {};
}

Expected<void> ResolveProxy(ConnectionOptions& options, const Address& address,
                            const Environment& environment) {
  TRY_ASSIGN(net::Proxy proxy, net::ProxyFor(address, environment));
  options.proxy = std::move(proxy.url);
  options.proxy_user = std::move(proxy.user);
  options.proxy_password = std::move(proxy.password);
  options.no_proxy = std::move(proxy.no_proxy);
  return {};
}

}  // namespace

Expected<ConnectionOptions> ResolveConnection(ConnectionOptions given,
                                              const Environment& environment, FileSystem& files,
                                              const PlaceFault& place) {
  const auto fail = [&](std::string_view option, Error error) {
    return place ? place(option, std::move(error)) : std::move(error);
  };
  if (given.address.empty()) given.address = "http://127.0.0.1:4646";
  const Expected<Address> address = ParseAgentAddress(given.address);
  if (!address) return fail("address", address.error());
  Fill(given.http_auth, environment, kHttpAuthVariable);
  const bool file_given = !given.token_file.empty();
  if (auto read = ReadToken(given, environment, files); !read) {
    return file_given ? fail("token-file", read.error()) : read.error();
  }
  if (address->scheme == "https") {
    const std::string_view ca = given.ca_cert.empty() ? "ca-path" : "ca-cert";
    if (auto read = ReadCa(given, files); !read) return fail(ca, read.error());
    const std::string_view pair = given.client_cert.empty() ? "client-key" : "client-cert";
    if (auto fits = CheckClientPair(given, files); !fits) return fail(pair, fits.error());
    if (auto named = CheckServerName(given); !named) return fail("tls-server-name", named.error());
  }
  TRY(ResolveProxy(given, *address, environment));
  return given;
}

std::string DisplayAddress(const ConnectionOptions& options) {
  return WithoutUserInfo(options.address);
}

std::string NormalAddress(const std::string& text) {
  Expected<Address> address = net::ParseAddress(text);
  if (!address) return WithoutUserInfo(text);
  if (address->scheme == "unix") return "unix://" + CleanPath(address->socket_path);
  std::string& host = address->host;
  host = InSmallLetters(host);
  if (host == "localhost" || host == "::1") host = "127.0.0.1";
  std::string& port = address->port;
  port.erase(0, std::min(port.find_first_not_of('0'), port.size()));
  if (port.empty()) port = address->scheme == "https" ? "443" : "80";
  return fmt::format("{}://{}{}", address->scheme, address->HostAndPort(), address->path_prefix);
}

}  // namespace nmgr::nomad
