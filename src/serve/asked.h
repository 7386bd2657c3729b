// One request that a route answers.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "nmgr/serve/routes.h"

namespace nmgr::serve {

struct Asked {
  const Context& context;
  const net::Request& request;
  std::map<std::string_view, std::string> names = {};  // of the route's {...}
  StatePtr state = {};
  WallTime now = {};
};

// Of the API (api.cpp).
net::Response ShowStatus(const Asked& asked);
net::Response ShowSources(const Asked& asked);
net::Response ShowSource(const Asked& asked);
net::Response ShowJobs(const Asked& asked);
net::Response ShowJob(const Asked& asked);
net::Response FollowEvents(const Asked& asked);

// POST (steer.cpp).
net::Response SyncSource(const Asked& asked);
net::Response PauseSource(const Asked& asked);
net::Response ResumeSource(const Asked& asked);

}  // namespace nmgr::serve
