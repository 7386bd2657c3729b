// A small homelab in a temporary folder, a stand-in Nomad, and the real nmgr run on both.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace nmgr::testing {

using Words = std::vector<std::string>;

// A service with one task that runs `image`; `more` are further lines of the job block.
inline std::string ServiceSpec(const std::string& id, const std::string& image,
                               const std::string& more = {}) {
  return "locals {\n  image = \"" + image + "\"\n}\n\njob \"" + id + "\" {\n" + more +
         "  group \"main\" {\n    task \"" + id +
         "\" {\n      driver = \"docker\"\n      config {\n        image = local.image\n      }\n  "
         "  }\n"
         "  }\n}\n";
}

inline std::string DockerTask(const std::string& name) {
  return "    task \"" + name + "\" {\n      driver = \"docker\"\n      config {\n" +
         "        image = \"" + name + ":1\"\n      }\n    }\n";
}
// A job "web" with two allocations of the tasks "web" and "side".
inline std::string TwoOfTwoTasks() {
  return "job \"web\" {\n  group \"main\" {\n    count = 2\n" + DockerTask("web") +
         DockerTask("side") + "  }\n}\n";
}

inline const char* const kPeriodicLines =
    "  type = \"batch\"\n  periodic {\n    crons = [\"@daily\"]\n  }\n";
inline const char* const kBatchLines = "  type = \"batch\"\n";

class Lab {
 public:
  explicit Lab(FakeNomadOptions options = {}) : nomad(std::move(options)) {
    env = {{"NMGR_BASE_DIR", dir.MakeFolder("cld")},
           {"NMGR_INFRA_JOBS", "garage caddy"},
           {"XDG_STATE_HOME", dir.At("state")},
           {"NOMAD_ADDR", nomad.address()}};
  }

  // The spec cld/ID/ID.hcl.
  Path Spec(const std::string& id, const std::string& text) const {
    return dir.Write("cld/" + id + "/" + id + ".hcl", text);
  }
  Path Service(const std::string& id, const std::string& image,
               const std::string& more = {}) const {
    return Spec(id, ServiceSpec(id, image, more));
  }
  // Two infra jobs and three services.
  void Usual() const {
    for (const char* id : {"garage", "caddy", "web", "cache", "mail"}) {
      Service(id, std::string("docker.io/") + id + ":1");
    }
  }

  NmgrResult Run(const Words& arguments) const { return RunNmgr(arguments, Options()); }
  NmgrOptions Options() const {
    NmgrOptions options;
    options.env = env;
    options.folder = dir.path();
    return options;
  }

  // DELETE and POST /v1/jobs of the log since the last call, in the order of the answers: "register
  // web", "stop web", "purge web".
  Words NewWrites() {
    Words writes;
    for (const FakeNomadRequest& request : nomad.Requests()) {
      const std::string line = request.Line();
      if (line == "POST /v1/jobs") writes.push_back("register");
      if (!line.starts_with("DELETE /v1/job/")) continue;
      const bool purge = request.path.find("purge=true") != std::string::npos;
      writes.push_back((purge ? "purge " : "stop ") + line.substr(15));
    }
    nomad.ClearLog();
    return writes;
  }

  nlohmann::json Job(const std::string& id) const { return nomad.Get("/v1/job/" + id); }
  bool IsThere(const std::string& id) const {
    return nomad.Send("GET", "/v1/job/" + id).status == 200;
  }
  std::string LiveImage(const std::string& id) const {
    return Job(id).at("TaskGroups").at(0).at("Tasks").at(0).at("Config").at("image");
  }

  TempDir dir;
  FakeNomadProcess nomad;
  std::map<std::string, std::string> env;
};

inline bool Mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Lines of `text` that begin with `prefix`.
inline Words LinesWith(const std::string& text, const std::string& prefix) {
  Words lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with(prefix)) lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

}  // namespace nmgr::testing
