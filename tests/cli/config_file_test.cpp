#include "cli/config_file.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/memory_file_system.h"

namespace {

using nmgr::Error;
using nmgr::ErrorCode;
using nmgr::cli::ConfigFile;
using nmgr::cli::ParseConfigFile;
using Words = std::vector<std::string>;

ConfigFile ReadConfig(const std::string& text) {
  nmgr::Expected<ConfigFile> config = ParseConfigFile("c.toml", text);
  INFO((config ? "" : config.error().message));
  REQUIRE(config.has_value());
  return *std::move(config);
}

std::string FailToRead(const std::string& text) {
  const nmgr::Expected<ConfigFile> config = ParseConfigFile("c.toml", text);
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().code == ErrorCode::kConfig);
  return config.error().message;
}

}  // namespace

TEST_CASE("a config file of the original 0.3 is read as it is") {
  const ConfigFile config = ReadConfig(R"(# written by hand, in the shape of the original
[general]
base_dir = "~/nomad"
ignore_dirs = [".github", ".git"]
job_configs = [
  "*.env*", "*.toml*",
]
infra_jobs = ["garage", "caddy"]

[filter]
nas.keywords = ["/mnt/nas"]
jfs.keywords = ['"/mnt/jfs"']

[filter.db]
keywords = ["15432"]
extended_search = true
exclude_infra = false
)");
  CHECK(config.warnings.empty());
  CHECK(config.values.at("general.base_dir").values == Words{"~/nomad"});
  CHECK(config.values.at("general.base_dir").place == "c.toml:3");
  CHECK(config.values.at("general.ignore_dirs").values == Words{".github", ".git"});
  CHECK(config.values.at("general.job_configs").values == Words{"*.env*", "*.toml*"});
  CHECK(config.values.at("general.infra_jobs").values == Words{"garage", "caddy"});
  REQUIRE(config.filters.size() == 3);
  CHECK(config.filters[0].name == "db");
  CHECK(config.filters[0].search_configs);
  CHECK_FALSE(config.filters[0].exclude_infra);
  CHECK(config.filters[1].keywords == Words{"\"/mnt/jfs\""});
  CHECK(config.filters[2].name == "nas");
  CHECK(config.filters[2].exclude_infra);
  CHECK_FALSE(config.filters[2].search_configs);
}

TEST_CASE("values of every kind") {
  const ConfigFile config = ReadConfig(
      "[general]\nparallel = 8\ntimeout = \"10m\"\nfail_fast = true\nmax_depth = 3\n"
      "[nomad]\naddress = \"https://nomad:4646\"\ntls_skip_verify = false\n");
  CHECK(config.values.at("general.parallel").values == Words{"8"});
  CHECK(config.values.at("general.timeout").values == Words{"10m"});
  CHECK(config.values.at("general.fail_fast").values == Words{"true"});
  CHECK(config.values.at("nomad.address").values == Words{"https://nomad:4646"});
  CHECK(config.values.at("nomad.tls_skip_verify").values == Words{"false"});
}

TEST_CASE("unknown keys are warnings with the nearest name") {
  const ConfigFile config = ReadConfig(
      "[general]\nbase_dirs = \"x\"\nzzzzzzzz = 1\n[genral]\n[filter.a]\nkeyword = [\"x\"]\n"
      "keywords = [\"x\"]\n");
  CHECK(config.warnings == Words{"c.toml:6: unknown key \"keyword\"; did you mean keywords?",
                                 "c.toml:2: unknown key \"base_dirs\"; did you mean base_dir?",
                                 "c.toml:3: unknown key \"zzzzzzzz\"",
                                 "c.toml:4: unknown key \"genral\"; did you mean general?"});
}

TEST_CASE("a wrong type is an error with its line") {
  CHECK(FailToRead("[general]\n\nbase_dir = 3.5\n") == "c.toml:3: base_dir must be a string");
  CHECK(FailToRead("[nomad]\nregion = 3\n") == "c.toml:2: region must be a string");
  CHECK(FailToRead("[general]\ntimeout = true\n") ==
        "c.toml:2: timeout must be a string or a number");
  CHECK(FailToRead("[general]\nignore_dirs = \"x\"\n") ==
        "c.toml:2: ignore_dirs must be a list of strings");
  CHECK(FailToRead("[general]\nignore_dirs = [\"x\",\n 1]\n") ==
        "c.toml:3: ignore_dirs must be a list of strings");
  CHECK(FailToRead("[general]\nfail_fast = \"yes\"\n") ==
        "c.toml:2: fail_fast must be true or false");
  CHECK(FailToRead("[filter.a]\nexclude_infra = 1\n") ==
        "c.toml:2: exclude_infra must be true or false");
  CHECK(FailToRead("[filter]\na = 1\n") == "c.toml:2: filter.a must be a table");
  CHECK(FailToRead("general = 1\n") == "c.toml:1: general must be a table");
  CHECK(FailToRead("[general\n").find("c.toml:1:") == 0);
}

TEST_CASE("a keyword that is in every text is refused") {
  CHECK(FailToRead("[filter.a]\nkeywords = [\"/mnt/x\", \"\"]\n") ==
        "c.toml:2: keywords: \"\" is in every text, so it selects every job");
}

TEST_CASE("what tables of the daemon say of each other is held against them") {
  CHECK(FailToRead("[serve]\nread_token_file = \"/t\"\noperate_token_file = \"/t\"\n") ==
        "c.toml:1: read_token_file and operate_token_file are one file: who may look could steer");
  CHECK(
      FailToRead("[credential.forge]\nhost = \"h\"\ntoken_file = "
                 "\"/t\"\n[serve.variable_sources]\nhosts = "
                 "[\"h\"]\ncredentials = [\"forg\"]\n")
          .ends_with("variable_sources: there is no credential \"forg\" Did you mean \"forge\"?"));
  const ConfigFile config = ReadConfig(
      "[serve]\nlisten = \"\"\n[receiver.hub]\ntype = \"github\"\nsecret_file = \"/s\"\n");
  CHECK(config.warnings ==
        Words{"c.toml:3: receiver \"hub\" hears of no hook: [serve] listen is empty"});
}

TEST_CASE("filters that can select nothing are told of") {
  const ConfigFile config = ReadConfig(
      "[filter.a]\nkeywords = []\n[filter.all]\nkeywords = [\"x\"]\n"
      "[filter.\"port:53\"]\nkeywords = [\"x\"]\n[filter.\"a/b\"]\nkeywords = [\"x\"]\n");
  CHECK(config.warnings ==
        Words{"c.toml:1: filter \"a\" has no keywords and selects nothing",
              "c.toml:3: filter \"all\" is never used: the target of this name is built in",
              "c.toml:5: filter \"port:53\" is never used: the target of this name is built in"});
}

TEST_CASE("only a file that was named must exist") {
  nmgr::testing::MemoryFileSystem files;
  CHECK(nmgr::cli::ReadConfigFile("/none.toml", false, files).value().found == false);
  CHECK(nmgr::cli::ReadConfigFile("/none.toml", true, files).error().code == ErrorCode::kConfig);
  files.Add("/c.toml", "[general]\n");
  CHECK(nmgr::cli::ReadConfigFile("/c.toml", true, files).value().found);
  files.Forbid("/c.toml");
  CHECK(nmgr::cli::ReadConfigFile("/c.toml", false, files).error().code == ErrorCode::kConfig);
}
