#include "nmgr/serve/access.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nmgr/base/base64.h"
#include "nmgr/base/hmac.h"
#include "nmgr/base/letters.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"
#include "nmgr/serve/secret_file.h"
#include "serve/answers.h"

namespace nmgr::serve {
namespace {

using net::RequestHead;
using net::Response;

bool IsNumeric(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> into;
  return inet_pton(AF_INET, host.c_str(), into.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), into.data()) == 1;
}

bool IsLoopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

bool IsAnyAddress(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

std::string WithoutBrackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return InSmallLetters(host);
}

struct Shown {
  bool is_bearer = false;
  std::string token;
};

// What the one Authorization header shows; nothing for another scheme and for several.
std::optional<Shown> ShownToken(const RequestHead& head) {
  if (head.headers.CountOf("authorization") != 1) return std::nullopt;
  const std::string_view value = head.headers.Get("authorization");
  const std::size_t blank = value.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string scheme = InSmallLetters(value.substr(0, blank));
  const std::string_view rest = TrimBlanks(value.substr(blank + 1));
  if (scheme == "bearer") return Shown{true, std::string(rest)};
  if (scheme != "basic") return std::nullopt;
  const std::optional<std::string> decoded = DecodeBase64(rest);
  if (!decoded) return std::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Shown{false, decoded->substr(colon + 1)};
}

Response Challenge(const RequestHead& head, std::string_view words) {
  Response response = Refusal(head, 401, words);
  const bool reads = head.method == "GET" || head.method == "HEAD";
  response.headers.emplace_back("WWW-Authenticate", reads
                                                        ? "Basic realm=\"nmgr\", charset=\"UTF-8\""
                                                        : "Bearer realm=\"nmgr\"");
  return response;
}

// `key`: of the config file, for messages.
Expected<std::string> ReadToken(const Path& file, std::string_view key, FileSystem& files) {
  if (file.empty()) return std::string();
  return ReadSecretFile(fmt::format("[serve] {}", key), file, kLeastToken, files);
}

Expected<void> CheckReach(const sync::ServeTable& table, const std::string& address) {
  if (table.tls_cert.empty() != table.tls_key.empty()) {
    return Error{ErrorCode::kConfig, "[serve] tls_cert and tls_key belong together: one is missing",
                 ""};
  }
  if (table.anonymous_read && table.behind_proxy) {
    return Error{ErrorCode::kConfig,
                 "[serve] anonymous_read and behind_proxy exclude each other: what comes through a "
                 "proxy comes from anybody",
                 "set read_token_file, and let the proxy send the token"};
  }
  if (IsLoopback(address) || !table.tls_cert.empty() || table.behind_proxy) return {};
  return Error{ErrorCode::kConfig,
               fmt::format("[serve] listen = \"{}\" is no loopback address, and tokens would cross "
                           "the network in the clear",
                           table.listen),
               "set tls_cert and tls_key, or behind_proxy = true where a proxy brings TLS"};
}

}  // namespace

Expected<ListenPlace> ParseListen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  ListenPlace place;
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    const bool whole = TakeWhole(port, place.port);
    place.address = colon == 0 ? "0.0.0.0" : WithoutBrackets(text.substr(0, colon));
    if (place.address == "localhost") place.address = "127.0.0.1";
    if (whole && IsNumeric(place.address)) return place;
  }
  return Error{ErrorCode::kConfig,
               fmt::format("[serve] listen = \"{}\" is no address with a port", text),
               "such as \"127.0.0.1:8646\", \"[::1]:8646\" or \":8646\" for all addresses"};
}

Expected<Listening> ReadListening(const sync::ServeTable& table, FileSystem& files) {
  TRY_ASSIGN(const ListenPlace place, ParseListen(table.listen));
  TRY(CheckReach(table, place.address));
  Listening read;
  read.server.address = place.address;
  read.server.port = place.port;
  read.server.certificate_file = std::string(table.tls_cert);
  read.server.key_file = std::string(table.tls_key);
  if (table.behind_proxy) read.server.limits.per_address = 0;
  TRY_ASSIGN(read.access.read_token, ReadToken(table.read_token_file, "read_token_file", files));
  TRY_ASSIGN(read.access.operate_token,
             ReadToken(table.operate_token_file, "operate_token_file", files));
  read.access.anonymous_read = table.anonymous_read;
  for (const std::string& host : table.hosts) read.access.hosts.push_back(WithoutBrackets(host));
  read.access.any_numeric_host = IsAnyAddress(place.address);
  if (!read.access.any_numeric_host) read.access.hosts.push_back(place.address);
  if (IsLoopback(place.address) || read.access.any_numeric_host) {
    for (const char* host : {"localhost", "127.0.0.1", "::1"}) read.access.hosts.emplace_back(host);
  }
  const bool is_v6 = place.address.find(':') != std::string::npos;
  read.url = fmt::format("{}://{}:{}/", table.tls_cert.empty() ? "http" : "https",
                         is_v6 ? "[" + place.address + "]" : place.address, place.port);
  return read;
}

std::optional<Response> RefuseHost(const Access& access, const RequestHead& head) {
  const std::string host = WithoutBrackets(head.host);
  if (std::find(access.hosts.begin(), access.hosts.end(), host) != access.hosts.end())
    return std::nullopt;
  if (access.any_numeric_host && IsNumeric(host)) return std::nullopt;
  return Refusal(head, 421,
                 "this name is not one of this server's: name it in [serve] hosts if it should be");
}

std::optional<Response> RefuseRead(const Access& access, const RequestHead& head) {
  const std::optional<Shown> shown = ShownToken(head);
  if (shown) {
    const bool reads = SameSecret(access.read_token, shown->token);
    const bool operates = SameSecret(access.operate_token, shown->token);
    if (reads || operates) return std::nullopt;
  }
  if (access.anonymous_read) return std::nullopt;
  if (access.read_token.empty() && access.operate_token.empty()) {
    return Refusal(head, 403,
                   "reading is off: set [serve] read_token_file, or anonymous_read = true");
  }
  return Challenge(head, "a token is needed, as Bearer, or as the password of Basic");
}

std::optional<Response> RefuseOperate(const Access& access, const RequestHead& head) {
  if (access.operate_token.empty())
    return Refusal(head, 403, "POST is off: set [serve] operate_token_file");
  const std::optional<Shown> shown = ShownToken(head);
  if (!shown || !shown->is_bearer) return Challenge(head, "a token is needed, as Bearer");
  if (SameSecret(access.operate_token, shown->token)) return std::nullopt;
  if (SameSecret(access.read_token, shown->token))
    return Refusal(head, 403, "this token may read, not operate");
  return Challenge(head, "the token is not the one to operate with");
}

}  // namespace nmgr::serve
