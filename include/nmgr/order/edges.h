// What comes after what: edges from the links of jobs, and those that the config file orders.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "nmgr/order/links.h"

namespace nmgr::order {

// "service valkey", "port 15432 at ${attr.unique.network.ip-address}", "[order]", and where.
struct EdgeReason {
  std::string what;
  Place place;
};

// The job at position `job` comes after the one at `after`. A configured edge holds whatever the
// inferred ones say, and what comes after a job that failed does not start.
struct Edge {
  std::size_t job = 0;
  std::size_t after = 0;
  bool configured = false;
  std::vector<EdgeReason> reasons;
};

// A job waits for those that register a service which it names; for the only one that has a static
// port which it reaches on its own node, on an address of a node, or under a name or address of
// that job; for the job whose storage plugin serves a volume that it mounts. What a job offers
// itself it asks of no other. Sorted by position; one edge for a pair, with every reason once.
// `plugins` of volumes: volumes.h.
std::vector<Edge> InferEdges(const std::vector<const Links*>& jobs,
                             const std::map<std::string, std::string>& plugins = {});

// The edges that lie on a cycle.
std::vector<std::size_t> CyclicEdges(std::size_t jobs, const std::vector<Edge>& edges);

}  // namespace nmgr::order
