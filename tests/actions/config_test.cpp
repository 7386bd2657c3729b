// config: what holds, and where it came from.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::TempDir;

// The row of one setting: value and place.
std::string RowOf(const std::string& out, const std::string& name) {
  std::size_t at = out.find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return out.substr(at + 1, out.find('\n', at + 1) - at - 1);
}

}  // namespace

TEST_CASE("config shows each setting with its origin") {
  const TempDir dir;
  NmgrOptions options;
  options.folder = dir.path();
  options.env = {{"HOME", dir.path()},
                 {"NMGR_CONFIG", dir.Write("c.toml", "[general]\nparallel = 8\n")},
                 {"NMGR_INFRA_JOBS", "a,b"},
                 {"NOMAD_ADDR", "http://10.1.2.3:4646"}};
  const NmgrResult result = RunNmgr({"config", "--region", "eu"}, options);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out.find("config file: " + dir.At("c.toml") + "\n") == 0);
  CHECK(RowOf(result.out, "parallel").find("8 ") != std::string::npos);
  CHECK(RowOf(result.out, "parallel").find("c.toml:2") != std::string::npos);
  CHECK(RowOf(result.out, "infra-jobs").find("a b ") != std::string::npos);
  CHECK(RowOf(result.out, "infra-jobs").find("NMGR_INFRA_JOBS") != std::string::npos);
  CHECK(RowOf(result.out, "address").find("NOMAD_ADDR") != std::string::npos);
  CHECK(RowOf(result.out, "region").find("--region") != std::string::npos);
  CHECK(RowOf(result.out, "base-dir").find("default") != std::string::npos);
}

TEST_CASE("config says where a config file would be looked for") {
  const TempDir dir;
  NmgrOptions options;
  options.env = {{"HOME", dir.path()}};
  CHECK(RunNmgr({"config"}, options).out.find("config file: none (~/.config/nmgr/config.toml)\n") ==
        0);
}

TEST_CASE("config as JSON") {
  const TempDir dir;
  NmgrOptions options;
  options.env = {{"HOME", dir.path()}, {"NMGR_TIMEOUT", "7m"}};
  const NmgrResult result = RunNmgr({"-o", "json", "config"}, options);
  REQUIRE(result.exit_code == 0);
  const auto document = nlohmann::json::parse(result.out);
  bool found = false;
  for (const auto& row : document.at("settings")) {
    if (row.at("name") != "timeout") continue;
    found = true;
    CHECK(row.at("value") == "7m");
    CHECK(row.at("source") == "environment");
    CHECK(row.at("place") == "NMGR_TIMEOUT");
  }
  CHECK(found);
}

TEST_CASE("config takes neither targets nor options of others") {
  CHECK(RunNmgr({"config", "all"}, {}).exit_code == 64);
  const NmgrResult purge = RunNmgr({"config", "--purge"}, {});
  CHECK(purge.exit_code == 64);
  CHECK(purge.err == "error: config has no option --purge\n  `nmgr config -h` shows its options\n");
}
