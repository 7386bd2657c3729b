#include "nmgr/order/edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "nmgr/base/text.h"
#include "order/template_text.h"

namespace nmgr::order {
namespace {

bool Has(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

class EdgeFinder {
 public:
  EdgeFinder(const std::vector<const Links*>& jobs,
             const std::map<std::string, std::string>& plugins)
      : jobs_(jobs), plugins_(plugins) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      for (const Service& service : jobs[i]->services) {
        const bool pattern = service.name.find('*') != std::string::npos;
        if (pattern) patterns_.push_back({i, &service});
        if (!pattern) services_[Key(service.catalog, *jobs[i], service.name)].insert(i);
      }
      for (const int port : jobs[i]->static_ports) ports_[port].insert(i);
      addresses_.insert(jobs[i]->addresses.begin(), jobs[i]->addresses.end());
    }
  }

  std::vector<Edge> Run() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      for (const ServiceUse& use : jobs_[i]->uses) FollowService(i, use);
      for (const Endpoint& endpoint : jobs_[i]->endpoints) FollowEndpoint(i, endpoint);
      for (const Volume& volume : jobs_[i]->volumes) FollowVolume(i, volume);
    }
    std::vector<Edge> edges;
    for (auto& [pair, reasons] : found_) {
      edges.push_back({pair.first, pair.second, false, std::move(reasons)});
    }
    return edges;
  }

 private:
  using ServiceKey = std::pair<std::string, std::string>;  // name space of Nomad's catalog; name

  static ServiceKey Key(Catalog catalog, const Links& job, const std::string& name) {
    return {catalog == Catalog::kNomad ? "nomad/" + job.name_space : "consul", name};
  }

  void FollowService(std::size_t job, const ServiceUse& use) {
    ServiceKey key = Key(use.catalog, *jobs_[job], use.name);
    if (!use.name_space.empty()) key.first = "nomad/" + use.name_space;
    std::set<std::size_t> owners;
    if (const auto found = services_.find(key); found != services_.end()) owners = found->second;
    if (owners.empty()) {
      for (const auto& [owner, service] : patterns_) {
        const bool fits = Key(service->catalog, *jobs_[owner], "").first == key.first &&
                          GlobMatch(service->name, use.name);
        if (fits) owners.insert(owner);
      }
      if (owners.size() > 1) return;
    }
    if (owners.contains(job)) return;
    for (const std::size_t owner : owners) Add(job, owner, "service " + use.name, use.place);
  }

  void FollowEndpoint(std::size_t job, const Endpoint& endpoint) {
    const auto found = ports_.find(endpoint.port);
    if (found == ports_.end() || found->second.contains(job)) return;
    const Links& self = *jobs_[job];
    const bool own_node = IsOwnNode(endpoint.host);
    if (!own_node && (Has(self.inner, endpoint.host) || endpoint.host == self.id)) return;
    std::set<std::size_t> owners;
    for (const std::size_t owner : found->second) {
      if (Has(jobs_[owner]->hosts, endpoint.host)) owners.insert(owner);
    }
    if (owners.empty() && (own_node || addresses_.contains(endpoint.host))) owners = found->second;
    if (owners.size() != 1) return;
    Add(job, *owners.begin(), fmt::format("port {} at {}", endpoint.port, endpoint.host),
        endpoint.place);
  }

  // The controller and the nodes of a plugin may be jobs of their own.
  void FollowVolume(std::size_t job, const Volume& volume) {
    const auto plugin = plugins_.find(volume.id);
    if (plugin == plugins_.end()) return;
    for (std::size_t owner = 0; owner < jobs_.size(); ++owner) {
      if (!Has(jobs_[owner]->plugins, plugin->second)) continue;
      Add(job, owner, fmt::format("volume {} of plugin {}", volume.id, plugin->second),
          volume.place);
    }
  }

  void Add(std::size_t job, std::size_t after, std::string what, const Place& place) {
    if (job == after) return;
    std::vector<EdgeReason>& reasons = found_[{job, after}];
    const bool known = std::any_of(reasons.begin(), reasons.end(), [&](const EdgeReason& reason) {
      return reason.what == what && reason.place.file == place.file &&
             reason.place.line == place.line;
    });
    if (!known) reasons.push_back({std::move(what), place});
  }

  const std::vector<const Links*>& jobs_;
  const std::map<std::string, std::string>& plugins_;
  std::map<ServiceKey, std::set<std::size_t>> services_;
  std::vector<std::pair<std::size_t, const Service*>> patterns_;
  std::map<int, std::set<std::size_t>> ports_;
  std::set<std::string> addresses_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<EdgeReason>> found_;
};

// Tarjan's strongly connected components, without recursion.
class Components {
 public:
  Components(std::size_t jobs, const std::vector<Edge>& edges)
      : next_(jobs), index_(jobs, 0), low_(jobs, 0), component_(jobs, 0) {
    for (const Edge& edge : edges) next_[edge.job].push_back(edge.after);
  }

  std::vector<std::size_t> Run() {
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (index_[i] == 0) Visit(i);
    }
    return component_;
  }

 private:
  struct Frame {
    std::size_t node;
    std::size_t edge;
  };

  void Enter(std::size_t node) {
    index_[node] = low_[node] = ++count_;
    stack_.push_back(node);
    frames_.push_back({node, 0});
  }

  void Visit(std::size_t root) {
    Enter(root);
    while (!frames_.empty()) {
      const std::size_t node = frames_.back().node;
      if (frames_.back().edge < next_[node].size()) {
        const std::size_t to = next_[node][frames_.back().edge++];
        if (index_[to] == 0) {
          Enter(to);
        } else if (component_[to] == 0) {
          low_[node] = std::min(low_[node], index_[to]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        const std::size_t parent = frames_.back().node;
        low_[parent] = std::min(low_[parent], low_[node]);
      }
      if (low_[node] == index_[node]) Close(node);
    }
  }

  void Close(std::size_t node) {
    ++components_;
    while (true) {
      const std::size_t top = stack_.back();
      stack_.pop_back();
      component_[top] = components_;
      if (top == node) return;
    }
  }

  std::vector<std::vector<std::size_t>> next_;
  std::vector<std::size_t> index_;
  std::vector<std::size_t> low_;
  std::vector<std::size_t> component_;
  std::vector<std::size_t> stack_;
  std::vector<Frame> frames_;
  std::size_t count_ = 0;
  std::size_t components_ = 0;
};

}  // namespace

std::vector<Edge> InferEdges(const std::vector<const Links*>& jobs,
                             const std::map<std::string, std::string>& plugins) {
  return EdgeFinder(jobs, plugins).Run();
}

std::vector<std::size_t> CyclicEdges(std::size_t jobs, const std::vector<Edge>& edges) {
  const std::vector<std::size_t> component = Components(jobs, edges).Run();
  std::vector<std::size_t> cyclic;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (component[edges[i].job] == component[edges[i].after]) cyclic.push_back(i);
  }
  return cyclic;
}

}  // namespace nmgr::order
