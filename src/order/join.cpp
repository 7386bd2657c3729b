#include "nmgr/order/join.h"

#include <map>
#include <string>
#include <utility>

#include "nmgr/order/volumes.h"

namespace nmgr::order {

JoinedEdges JoinEdges(std::vector<Edge> configured, const std::vector<const Links*>& links,
                      const std::vector<Path>& paths, FileSystem* files) {
  JoinedEdges joined{std::move(configured), {}};
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> positions;
  for (std::size_t i = 0; i < joined.edges.size(); ++i) {
    positions[{joined.edges[i].job, joined.edges[i].after}] = i;
  }
  std::map<std::string, std::string> plugins;
  if (files != nullptr) plugins = PluginsOfVolumes(links, paths, *files);
  for (Edge& edge : InferEdges(links, plugins)) {
    const auto known = positions.find({edge.job, edge.after});
    if (known == positions.end()) {
      joined.edges.push_back(std::move(edge));
      continue;
    }
    std::vector<EdgeReason>& reasons = joined.edges[known->second].reasons;
    for (EdgeReason& reason : edge.reasons) reasons.push_back(std::move(reason));
  }
  for (const std::size_t i : CyclicEdges(links.size(), joined.edges)) {
    if (!joined.edges[i].configured) joined.dropped.push_back(i);
  }
  return joined;
}

}  // namespace nmgr::order
