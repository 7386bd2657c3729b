#include "nmgr/net/proxy.h"

#include <fmt/format.h>

#include <utility>

namespace nmgr::net {

Expected<Proxy> ProxyFor(const Address& address, const Environment& environment) {
  Proxy proxy;
  if (address.IsLoopback()) return proxy;
  const auto from = [&environment](const char* name) { return environment(name).value_or(""); };
  const bool tls = address.scheme == "https";
  std::string given;
  for (const char* name :
       {tls ? "HTTPS_PROXY" : "HTTP_PROXY", tls ? "https_proxy" : "http_proxy"}) {
    if (given.empty()) given = from(name);
  }
  proxy.no_proxy = from("NO_PROXY");
  if (proxy.no_proxy.empty()) proxy.no_proxy = from("no_proxy");
  if (given.empty()) return proxy;
  auto parsed = ParseProxy(given);
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.hint += fmt::format(" (from {})", tls ? "HTTPS_PROXY" : "HTTP_PROXY");
    return error;
  }
  proxy.url = fmt::format("{}://{}", parsed->scheme, parsed->HostAndPort());
  proxy.user = parsed->user;
  proxy.password = parsed->password;
  return proxy;
}

}  // namespace nmgr::net
