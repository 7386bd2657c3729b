// The address of a server, taken apart once so that messages, transport and checks agree on it.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr::net {

struct Address {
  std::string scheme;       // "http", "https" or "unix"
  std::string host;         // without brackets around an IPv6 address
  std::string port;         // "" where the scheme's own is meant
  std::string path_prefix;  // before every target; "" or "/nomad", without a final slash
  std::string socket_path;  // unix only
  bool has_user = false;
  std::string user;  // decoded
  std::string password;

  // "host", "host:4646", "[::1]:4646".
  std::string HostAndPort() const;
  // Whether the host is this very machine, so that no proxy is asked for it.
  bool IsLoopback() const;
};

// kUsage for what is no http://, https:// or unix:// address; the message says why and repeats
// nothing of the text.
Expected<Address> ParseAddress(std::string_view text);

// Of a proxy: [http://]HOST[:PORT], https:// and the kinds of SOCKS too, with user info or not.
Expected<Address> ParseProxy(std::string_view text);

// What may be shown of anything that was given as an address: no user info, no query, control
// characters escaped. Also of what is no address at all (`http:/me:pw@host`, `me:pw@host`): all up
// to the last '@' goes, however the rest looks. The only way in which an address is ever shown.
std::string WithoutUserInfo(std::string_view text);

}  // namespace nmgr::net
