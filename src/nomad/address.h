// The address of an agent, taken apart once so that messages, transport and checks agree on it.
#pragma once

#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr::nomad {

struct Address {
  std::string scheme;       // "http", "https" or "unix"
  std::string host;         // without brackets around an IPv6 address
  std::string port;         // "" where the scheme's own is meant
  std::string path_prefix;  // before "/v1"; "" or "/nomad", without a final slash
  std::string socket_path;  // unix only
  bool has_user = false;
  std::string user;  // decoded
  std::string password;

  // "host", "host:4646", "[::1]:4646".
  std::string HostAndPort() const;
  // Whether the host is this very machine, so that no proxy is asked for it.
  bool IsLoopback() const;
};

// kUsage, with a hint, for what is no http://, https:// or unix:// address. The message never
// repeats user info.
Expected<Address> ParseAddress(std::string_view text);

// Of a proxy: [http://]HOST[:PORT], https:// and the kinds of SOCKS too, with user info or not.
Expected<Address> ParseProxy(std::string_view text);

}  // namespace nmgr::nomad
