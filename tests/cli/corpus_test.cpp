// The homelab repository that the original tool was made for, from the shared data: counts and
// bodies.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "support/run_nmgr.h"

namespace {

namespace fs = std::filesystem;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;

// Empty, with a line that nobody overlooks, where the data is not at hand.
fs::path Corpus() {
  const char* named = std::getenv("NMGR_SHARED");
  const fs::path shared =
      named != nullptr ? fs::path(named) : fs::path(NMGR_SOURCE_DIR) / "../shared";
  const fs::path corpus = shared / "corpus";
  if (fs::exists(corpus / "repos/homelab")) return fs::canonical(corpus);
  WARN("SKIPPED: no corpus at " << corpus.string()
                                << " (NMGR_SHARED names the folder that holds it)");
  return {};
}

NmgrOptions Homelab(const fs::path& corpus) {
  NmgrOptions options;
  options.env["NMGR_BASE_DIR"] = (corpus / "repos/homelab").string();
  options.env["HOME"] = "/home/operator";
  return options;
}

std::string LineInFile(const fs::path& path, std::size_t number) {
  std::ifstream file(path);
  std::string line;
  for (std::size_t i = 0; i < number; ++i) std::getline(file, line);
  return line;
}

std::size_t Lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("the homelab repository has 68 jobs, infra first") {
  const fs::path corpus = Corpus();
  if (corpus.empty()) return;
  const NmgrResult all = RunNmgr({"list", "all"}, Homelab(corpus));
  CHECK(all.exit_code == 0);
  CHECK(all.err.empty());
  CHECK(Lines(all.out) == 68);
  CHECK(all.out.find("garage\n") == 0);
  CHECK(Lines(RunNmgr({"list", "nas"}, Homelab(corpus)).out) == 15);
  CHECK(Lines(RunNmgr({"list", "db"}, Homelab(corpus)).out) == 9);
  const NmgrResult infra = RunNmgr({"list", "infra"}, Homelab(corpus));
  CHECK(all.out.find(infra.out) == 0);
}

TEST_CASE("render prints the recorded bodies of the homelab repository") {
  const fs::path corpus = Corpus();
  if (corpus.empty()) return;
  const NmgrResult rendered = RunNmgr({"render", "all", "-o", "json"}, Homelab(corpus));
  CHECK(rendered.exit_code == 0);
  const nlohmann::json document = nlohmann::json::parse(rendered.out);
  REQUIRE(document.at("specs").size() == 68);
  for (const nlohmann::json& spec : document.at("specs")) {
    const fs::path path = fs::relative(spec.at("path").get<std::string>(), corpus / "repos");
    INFO(path.string());
    std::ifstream file((corpus / "golden" / path).string() + ".json");
    REQUIRE(file);
    const nlohmann::json golden = nlohmann::json::parse(file);
    CHECK(spec.at("id") == golden.at("id"));
    CHECK(spec.at("body") == golden.at("body"));
  }
}

TEST_CASE("graph names the dependencies that templates of the homelab repository state") {
  const fs::path corpus = Corpus();
  if (corpus.empty()) return;
  const NmgrResult graph = RunNmgr({"graph", "all", "-o", "json"}, Homelab(corpus));
  CHECK(graph.exit_code == 0);
  std::set<std::string> edges;
  const nlohmann::json document = nlohmann::json::parse(graph.out);
  for (const nlohmann::json& edge : document.at("edges")) {
    const std::string job = edge.at("job");
    const std::string after = edge.at("after");
    edges.insert(job + " after " + after);
    CHECK_FALSE(edge.at("reasons").empty());
    // None that is not there: the line says the service, the port, or the address beside it.
    for (const nlohmann::json& reason : edge.at("reasons")) {
      INFO(job << " after " << after << ": " << reason.dump());
      const std::string what = reason.at("what");  // "service valkey", "port 15432 at ..."
      const std::size_t name = what.find(' ') + 1;
      const std::string line = LineInFile(reason.at("path"), reason.at("line"));
      CHECK((line.find(what.substr(name, what.find(' ', name) - name)) != std::string::npos ||
             line.find("attr.unique.network.ip-address") != std::string::npos));
    }
  }
  for (const char* edge :
       {"haproxy after valkey", "haproxy after patroni", "haproxy after garage",
        "caddy after haproxy", "immich after haproxy", "gatus after haproxy", "kutt after haproxy",
        "romm after haproxy", "caddy after tinyauth", "cron-unmanic after unmanic"}) {
    INFO(edge);
    CHECK(edges.contains(edge));
  }
  CHECK(edges.size() == 21);
}

TEST_CASE("find finds jobs of the homelab repository") {
  const fs::path corpus = Corpus();
  if (corpus.empty()) return;
  const NmgrResult found = RunNmgr({"find", "/mnt/nas"}, Homelab(corpus));
  CHECK(found.exit_code == 0);
  CHECK(Lines(found.out) > 0);
}
