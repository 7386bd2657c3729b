// Who may do what over HTTP. Two scopes, each a token in a file that only its owner may read: to
// read (page, API, metrics) and to operate (POST, and to read). No cookies, so no page of somebody
// else's can make a browser act; a Host that is not ours is refused, so none can read either by a
// name that leads here.
//
//   GET   Bearer, or Basic with the token as password, which is what a browser sends by itself;
//         nothing with anonymous_read, which is refused behind a proxy
//   POST  Bearer with the token to operate; off where there is none
//
// Hooks prove themselves otherwise (nmgr/webhook), and health needs no token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/net/http_head.h"
#include "nmgr/net/server.h"
#include "nmgr/sync/source.h"

namespace nmgr::serve {

struct Access {
  std::string read_token;     // "": none
  std::string operate_token;  // "": POST is off
  bool anonymous_read = false;
  std::vector<std::string> hosts;  // in small letters, without ports
  bool any_numeric_host = false;   // listens on every address, and numbers cannot be rebound
};

// Where and how to listen, and for whom. kConfig: an address that is none, an address other than
// loopback with neither TLS nor behind_proxy, half of the TLS files, anonymous_read behind a proxy,
// a token file that cannot be read, is open to others, or holds fewer than kLeastToken characters.
struct Listening {
  net::ServerConfig server;
  Access access;
  std::string url;  // where people find the page
};
Expected<Listening> ReadListening(const sync::ServeTable& table, FileSystem& files);

inline constexpr std::size_t kLeastToken = 16;

// The answer to a request that may not be, or nothing.
std::optional<net::Response> RefuseHost(const Access& access, const net::RequestHead& head);
std::optional<net::Response> RefuseRead(const Access& access, const net::RequestHead& head);
std::optional<net::Response> RefuseOperate(const Access& access, const net::RequestHead& head);

// "127.0.0.1:8646", "[::1]:8646", ":8646" (all addresses). kConfig for anything else.
struct ListenPlace {
  std::string address;
  std::uint16_t port = 0;
};
Expected<ListenPlace> ParseListen(std::string_view text);

}  // namespace nmgr::serve
