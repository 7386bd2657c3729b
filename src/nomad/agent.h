// The agent that the settings lead to, as an endpoint of the transport; and the transport's names,
// which the whole folder uses.
#pragma once

#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/net/address.h"
#include "nmgr/net/escape.h"
#include "nmgr/net/http_transport.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::nomad {

using net::Address;
using net::Fault;
using net::HttpAnswer;
using net::HttpRequest;
using net::HttpTransport;
using net::Method;
using net::MethodName;
using net::PercentEncode;
using net::TransportError;

// kUsage, with a hint, for what is no http://, https:// or unix:// address. The message never
// repeats user info.
Expected<Address> ParseAgentAddress(std::string_view text);

// `options` as ResolveConnection gave them.
net::Endpoint EndpointOf(const ConnectionOptions& options);

}  // namespace nmgr::nomad
