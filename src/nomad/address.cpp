#include "address.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "escape.h"
#include "nmgr/base/text.h"

namespace nmgr::nomad {
namespace {

constexpr std::string_view kHint =
    "an address looks like http://127.0.0.1:4646, https://HOST:PORT or unix:///PATH";

Error Refuse(std::string_view text, std::string_view why) {
  return Error{ErrorCode::kUsage,
               fmt::format("'{}' is no address of a Nomad agent: {}", WithoutUserInfo(text), why),
               std::string(kHint)};
}

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
    if (address.host.find_first_not_of("0123456789abcdefABCDEF:.%") != std::string::npos)
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
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string shown(text);
  if (!text.starts_with("unix://")) {
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    if (at != std::string_view::npos && at >= begin) shown.erase(begin, at + 1 - begin);
  }
  return EscapeControls(shown);
}

Expected<Address> ParseAddress(std::string_view text) {
  Address address;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos)
    return Refuse(text, "it does not begin with http://, https:// or unix://");
  address.scheme = text.substr(0, colon);
  std::transform(address.scheme.begin(), address.scheme.end(), address.scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view rest = text.substr(colon + 3);
  if (address.scheme == "unix") {
    if (!rest.starts_with('/')) return Refuse(text, "the path of a socket begins with '/'");
    address.socket_path = rest;
    return address;
  }
  if (address.scheme != "http" && address.scheme != "https") {
    return Refuse(text, "it does not begin with http://, https:// or unix://");
  }
  if (rest.find_first_of("?#") != std::string_view::npos)
    return Refuse(text, "it holds a query or fragment");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  address.path_prefix = EncodePath(rest.substr(slash));
  while (address.path_prefix.ends_with('/')) address.path_prefix.pop_back();
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user_info = authority.substr(0, at);
    const std::size_t split = std::min(user_info.find(':'), user_info.size());
    address.has_user = true;
    address.user = PercentDecode(user_info.substr(0, split));
    address.password = PercentDecode(user_info.substr(std::min(split + 1, user_info.size())));
    authority.remove_prefix(at + 1);
  }
  if (!SplitHost(authority, address)) return Refuse(text, "its host or port is malformed");
  return address;
}

}  // namespace nmgr::nomad
