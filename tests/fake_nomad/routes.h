// The HTTP API of the stand-in: which path and method does what. One table (routes.cpp) lists all
// of it; anything else is 404 without text, a known path with another method 405, as on a real
// server.
#pragma once

#include <string>

#include "fake_nomad/cluster.h"
#include "fake_nomad/http_types.h"

namespace nmgr::fake {

// Who may do what. With an empty `all` there are no tokens, and everybody may do everything.
struct Tokens {
  std::string all;
  std::string read;  // only GET and parse
};

class Routes {
 public:
  Routes(Cluster& cluster, Tokens tokens) : cluster_(cluster), tokens_(std::move(tokens)) {}

  // Never waits. A read of the state (Reply::is_read) may be asked again when the state has
  // changed, which is how a blocking query is answered.
  Reply Handle(const Request& request, Nanos now);

 private:
  Cluster& cluster_;
  Tokens tokens_;
};

}  // namespace nmgr::fake
