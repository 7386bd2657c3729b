// The homelab repository that the original tool was made for, from the shared data: counts and
// bodies.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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

TEST_CASE("find finds jobs of the homelab repository") {
  const fs::path corpus = Corpus();
  if (corpus.empty()) return;
  const NmgrResult found = RunNmgr({"find", "/mnt/nas"}, Homelab(corpus));
  CHECK(found.exit_code == 0);
  CHECK(Lines(found.out) > 0);
}
