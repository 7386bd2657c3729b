#include "nmgr/net/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nmgr/base/letters.h"
#include "nmgr/base/text.h"
#include "nmgr/net/escape.h"

namespace nmgr::net {
namespace {

Error Refuse(std::string_view why) { return Error{ErrorCode::kUsage, std::string(why)}; }

bool IsHostName(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c >= 0x80U;
  });
}

bool IsPort(std::string_view port) {
  return port.size() <= 5 &&
         std::all_of(port.begin(), port.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; }) &&
         (port.empty() || std::stoi(std::string(port)) <= 65535);
}

bool SplitHost(std::string_view authority, Address& address) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    address.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (address.host.find(':') == std::string::npos ||
        address.host.find_first_not_of("0123456789abcdefABCDEF:.%") != std::string::npos)
      return false;
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    address.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (!IsHostName(address.host)) return false;
  }
  if (port.empty()) return true;
  if (port.front() != ':' || !IsPort(port.substr(1))) return false;
  address.port = port.substr(1);
  return true;
}

// How long the scheme is that `text` begins with, slashes and backslashes behind it included, in
// whatever number; 0 if it begins with none that an address may have.
std::size_t SchemeLength(std::string_view text) {
  for (const std::string_view scheme : {"https:", "http:", "unix:"}) {
    if (!SameLetters(text.substr(0, scheme.size()), scheme)) continue;
    std::size_t length = scheme.size();
    while (length < text.size() && length < scheme.size() + 2 &&
           (text[length] == '/' || text[length] == '\\'))
      ++length;
    return length;
  }
  return 0;
}

// User, password and host of `authority`.
bool TakeAuthority(std::string_view authority, Address& address) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user_info = authority.substr(0, at);
    const std::size_t split = std::min(user_info.find(':'), user_info.size());
    address.has_user = true;
    address.user = PercentDecode(user_info.substr(0, split));
    address.password = PercentDecode(user_info.substr(std::min(split + 1, user_info.size())));
    authority.remove_prefix(at + 1);
  }
  return SplitHost(authority, address);
}

// Takes "SCHEME://" off the front, in small letters; "" where there is none.
std::string TakeScheme(std::string_view& text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return {};
  std::string scheme = InSmallLetters(text.substr(0, colon));
  text.remove_prefix(colon + 3);
  return scheme;
}

}  // namespace

std::string Address::HostAndPort() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (!port.empty()) text += ":" + port;
  return text;
}

bool Address::IsLoopback() const {
  return scheme == "unix" || host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string WithoutUserInfo(std::string_view text) {
  const std::size_t scheme = SchemeLength(text);
  const bool is_socket = scheme != 0 && text[0] != 'h' && text[0] != 'H';
  std::string shown(text);
  if (!is_socket || !text.substr(scheme).starts_with('/')) {
    const std::size_t at = text.rfind('@');
    if (at != std::string_view::npos && at >= scheme) shown.erase(scheme, at + 1 - scheme);
    const std::size_t query = shown.find_first_of("?#");
    if (query != std::string::npos && query + 1 < shown.size()) {
      shown.erase(query + 1);
      shown += "...";
    }
  }
  return EscapeControls(shown);
}

Expected<Address> ParseAddress(std::string_view text) {
  Address address;
  std::string_view rest = text;
  address.scheme = TakeScheme(rest);
  if (address.scheme == "unix") {
    if (!rest.starts_with('/')) return Refuse("the path of a socket begins with '/'");
    address.socket_path = rest;
    return address;
  }
  if (address.scheme != "http" && address.scheme != "https") {
    return Refuse("it does not begin with http://, https:// or unix://");
  }
  if (rest.find_first_of("?#") != std::string_view::npos)
    return Refuse("it holds a query or fragment");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  address.path_prefix = EncodePath(rest.substr(slash));
  while (address.path_prefix.ends_with('/')) address.path_prefix.pop_back();
  if (!TakeAuthority(rest.substr(0, slash), address))
    return Refuse("its host or port is malformed");
  return address;
}

Expected<Address> ParseProxy(std::string_view text) {
  Address address;
  std::string_view rest = text;
  address.scheme = TakeScheme(rest);
  if (address.scheme.empty()) address.scheme = "http";
  constexpr std::string_view kSchemes[] = {"http",    "https",  "socks4",
                                           "socks4a", "socks5", "socks5h"};
  const bool known =
      std::find(std::begin(kSchemes), std::end(kSchemes), address.scheme) != std::end(kSchemes);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const bool plain = rest.find_first_of("/?#\\") == std::string_view::npos;
  if (known && plain && TakeAuthority(rest, address)) return address;
  return Error{ErrorCode::kUsage,
               fmt::format("'{}' is no address of a proxy", WithoutUserInfo(text)),
               "a proxy looks like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, where "
               "/, ?, # and @ in the password are written %2F, %3F, %23 and %40"};
}

}  // namespace nmgr::net
