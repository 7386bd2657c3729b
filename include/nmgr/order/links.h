// What ties a job to others, as its evaluated spec says it: what it offers (services, static ports,
// storage plugins) and what it names of others (services, places on the network, volumes).
//
// Only what stands there counts. A text that a comment hides (its line begins with #, //, ; or
// <!--) names nothing, and neither does what a template makes only when it runs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nmgr/base/file_system.h"
#include "nmgr/base/path.h"
#include "nmgr/jobspec/jobspec.h"

namespace nmgr::order {

// Where a link is named. `line` is 0 where no line of `file` stands for it.
struct Place {
  Path file;
  std::size_t line = 0;
  std::string name;  // "template.data"
};

// "haproxy/haproxy.cfg:29", or "web.hcl (env.DB)" where there is no line.
std::string ToText(const Place& place);

enum class Catalog { kNomad, kConsul };

// A service that the job registers. A part that only a node knows ("${attr.unique.hostname}") is a
// '*', but for the host names that a constraint lists.
struct Service {
  Catalog catalog = Catalog::kConsul;
  std::string name;
};

// A service that the job names: by nomadService and service of a template, as an upstream, by its
// DNS name.
struct ServiceUse {
  Catalog catalog = Catalog::kConsul;
  std::string name;
  std::string name_space;  // of Nomad's; "": the job's own
  Place place;
};

// A host and a port that stand together: HOST:PORT, X_HOST and X_PORT, -h HOST -p PORT. `host` is a
// name, an address or "${attr.unique.network.ip-address}" and its like, the own node.
struct Endpoint {
  std::string host;
  int port = 0;
  Place place;
};

struct Volume {
  std::string id;  // `source` of a CSI volume
  Place place;
};

struct Links {
  std::string id;
  std::string name_space;

  std::vector<Service> services;
  std::vector<int> static_ports;
  std::vector<std::string> hosts;      // names and addresses that mean the job, or its nodes
  std::vector<std::string> inner;      // names of its groups and tasks, which mean itself
  std::vector<std::string> plugins;    // IDs of csi_plugin blocks
  std::vector<std::string> addresses;  // known to be those of nodes, of whatever job

  std::vector<ServiceUse> uses;
  std::vector<Endpoint> endpoints;
  std::vector<Volume> volumes;
};

// `name_space` is where a spec without one goes. With `files` the places of what stands in a file
// that the spec read are those in that file; without, the attribute that read it.
Links LinksOf(const jobspec::JobSpec& spec, const std::string& name_space, FileSystem* files);

}  // namespace nmgr::order
