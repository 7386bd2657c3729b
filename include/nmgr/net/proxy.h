// The proxies of the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in capitals or not.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "nmgr/base/expected.h"
#include "nmgr/net/address.h"

namespace nmgr::net {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct Proxy {
  std::string url;  // without its user; "": none
  std::string user;
  std::string password;
  std::string no_proxy;  // names and networks that go direct
};

// For what is at `address`; none for the machine itself. kUsage for one that is no address.
Expected<Proxy> ProxyFor(const Address& address, const Environment& environment);

}  // namespace nmgr::net
