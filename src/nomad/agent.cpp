#include "agent.h"

#include <fmt/format.h>

#include <utility>

namespace nmgr::nomad {

Expected<Address> ParseAgentAddress(std::string_view text) {
  Expected<Address> address = net::ParseAddress(text);
  if (address) return address;
  return Error{ErrorCode::kUsage,
               fmt::format("'{}' is no address of a Nomad agent: {}", WithoutUserInfo(text),
                           address.error().message),
               "an address looks like http://127.0.0.1:4646, https://HOST:PORT or unix:///PATH"};
}

net::Endpoint EndpointOf(const ConnectionOptions& options) {
  net::Endpoint endpoint;
  if (auto address = net::ParseAddress(options.address)) endpoint.address = *std::move(address);
  Address& address = endpoint.address;
  if (!address.has_user && !options.http_auth.empty()) {
    address.has_user = true;
    address.user = options.AuthUser();
    address.password = options.AuthPassword();
  }
  endpoint.headers = {"Accept: application/json"};
  if (!options.token.empty()) endpoint.headers.push_back("X-Nomad-Token: " + options.token);
  endpoint.ca_bundle = options.ca_bundle;
  endpoint.client_cert = options.client_cert;
  endpoint.client_key = options.client_key;
  endpoint.tls_server_name = options.tls_server_name;
  endpoint.tls_skip_verify = options.tls_skip_verify;
  endpoint.proxy = {options.proxy, options.proxy_user, options.proxy_password, options.no_proxy};
  endpoint.connect_timeout = options.connect_timeout;
  return endpoint;
}

}  // namespace nmgr::nomad
