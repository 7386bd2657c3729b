// What a text names of other jobs: DNS names of services, and hosts with ports.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/order/links.h"

namespace nmgr::order {

struct NamedService {
  Catalog catalog = Catalog::kConsul;
  std::string name;
  std::string name_space;
  std::size_t line = 0;  // from 0
};

struct NamedEndpoint {
  std::string host;
  int port = 0;
  std::size_t line = 0;
};

struct Scanned {
  std::vector<NamedService> services;
  std::vector<NamedEndpoint> endpoints;
};

// The number of a port that the whole text is; 0 for anything else.
int PortOf(std::string_view text);

// Services: x.service.consul, tag.x.service.dc1.consul, x.connect.consul, x.virtual.consul,
// x.service.nomad, x.NAMESPACE.service.nomad. Endpoints: HOST:PORT; X_HOST=HOST and X_PORT=PORT (or
// `x_host: HOST`); `-h HOST ... -p PORT` of one command. Lines that are comments are passed over.
Scanned ScanText(std::string_view text);

}  // namespace nmgr::order
