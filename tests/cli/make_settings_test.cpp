#include "cli/make_settings.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

namespace {

using nmgr::ErrorCode;
using nmgr::actions::Settings;
using nmgr::actions::Source;
using nmgr::cli::CommandLine;
using nmgr::cli::ConfigFile;
using nmgr::cli::Environment;
using nmgr::cli::MakeSettings;
using Words = std::vector<std::string>;

struct Given {
  Words arguments = {"list", "all"};
  Environment environment = {};
  std::string config = {};

  nmgr::Expected<Settings> Try() const {
    TRY_ASSIGN(const CommandLine line, nmgr::cli::ParseCommandLine(arguments));
    TRY_ASSIGN(const ConfigFile file, nmgr::cli::ParseConfigFile("c.toml", config));
    return MakeSettings(line, environment, file, "/home/me");
  }
  Settings Make() const {
    nmgr::Expected<Settings> settings = Try();
    INFO((settings ? "" : settings.error().message));
    REQUIRE(settings.has_value());
    return *std::move(settings);
  }
  nmgr::Error Fail() const {
    const nmgr::Expected<Settings> settings = Try();
    REQUIRE_FALSE(settings.has_value());
    return settings.error();
  }
};

}  // namespace

TEST_CASE("defaults") {
  const Settings settings = Given{}.Make();
  CHECK(settings.repo.base_dir == "/home/me/cld");
  CHECK(settings.base_dir_source == Source::kDefault);
  CHECK(settings.repo.ignore_dirs == Words{"_archive", ".github", ".git"});
  CHECK(settings.repo.infra_jobs == Words{"garage", "keydb", "haproxy", "caddy", "patroni"});
  CHECK(settings.repo.job_configs ==
        Words{"*.env*", "*.toml*", "*.yml*", "*.yaml*", "*.sh*", "*.cfg*", "*.js*", "*.tpl"});
  CHECK(settings.repo.spec_globs.empty());
  CHECK(settings.repo.max_depth == 8);
  CHECK(settings.parallel == 4);
  CHECK(settings.timeout == std::chrono::minutes(5));
  CHECK(settings.wait_server.count() == 0);
  CHECK_FALSE(settings.dry_run);
  CHECK(settings.connection.address == "http://127.0.0.1:4646");
  CHECK(settings.targets == Words{"all"});
  CHECK_FALSE(settings.variables.strict);
}

TEST_CASE("flags go before variables, those before the config file, that before defaults") {
  Given given;
  given.config = "[general]\nbase_dir = \"/file\"\ninfra_jobs = [\"f\"]\n";
  CHECK(given.Make().repo.base_dir == "/file");
  CHECK(given.Make().base_dir_source == Source::kConfigFile);
  CHECK(given.Make().base_dir_place == "c.toml:2");
  given.environment = {{"NMGR_BASE_DIR", "~/env"}, {"NMGR_INFRA_JOBS", "a, b c"}};
  CHECK(given.Make().repo.base_dir == "/home/me/env");
  CHECK(given.Make().base_dir_place == "NMGR_BASE_DIR");
  CHECK(given.Make().repo.infra_jobs == Words{"a", "b", "c"});
  given.arguments = {"list", "all", "--base-dir", "~/flag", "--infra-jobs"};
  CHECK(given.Make().repo.base_dir == "/home/me/flag");
  CHECK(given.Make().base_dir_source == Source::kFlag);
  CHECK(given.Make().repo.infra_jobs.empty());
}

TEST_CASE("a pattern of neighbour files that names a folder is told of") {
  Given given;
  given.config = "[general]\njob_configs = [\"*.env\", \"conf/*.yml\"]\n";
  REQUIRE(given.Make().notices.size() == 1);
  CHECK(given.Make().notices[0].starts_with("job_configs: \"conf/*.yml\" names a folder"));
}

TEST_CASE("an empty variable counts as not set") {
  Given given;
  given.environment = {{"NMGR_BASE_DIR", ""}, {"NMGR_INFRA_JOBS", ""}};
  CHECK(given.Make().repo.base_dir == "/home/me/cld");
  CHECK(given.Make().repo.infra_jobs.size() == 5);
}

TEST_CASE("switches by variable and config file") {
  Given given;
  given.arguments = {"down", "all"};
  given.environment = {{"NMGR_DRY_RUN", "1"}, {"NMGR_STRICT", "no"}};
  given.config = "[general]\ndetach = true\n";
  CHECK(given.Make().dry_run);
  CHECK_FALSE(given.Make().strict);
  CHECK(given.Make().detach);
  given.arguments = {"down", "all", "--detach=false"};
  CHECK_FALSE(given.Make().detach);
}

TEST_CASE("Nomad's own variables stand behind nmgr's and before the config file") {
  Given given;
  given.config = "[nomad]\naddress = \"http://file\"\nnamespace = \"file\"\n";
  CHECK(given.Make().connection.address == "http://file");
  CHECK(given.Make().repo.default_namespace == "file");
  given.environment["NOMAD_ADDR"] = "http://nomad";
  CHECK(given.Make().connection.address == "http://nomad");
  given.environment["NMGR_ADDRESS"] = "http://nmgr";
  CHECK(given.Make().connection.address == "http://nmgr");
}

TEST_CASE("a token of the environment goes before a token file of the config file") {
  Given given;
  given.config = "[nomad]\ntoken_file = \"~/token\"\n";
  CHECK(given.Make().connection.token_file == "/home/me/token");
  given.environment["NOMAD_TOKEN"] = "secret";
  CHECK(given.Make().connection.token_file.empty());
  given.environment["NMGR_TOKEN_FILE"] = "/run/token";
  CHECK(given.Make().connection.token_file == "/run/token");
}

TEST_CASE("no setting shows a token or the password of an address") {
  Given given;
  given.environment = {{"NOMAD_TOKEN", "sesame-1"},
                       {"NOMAD_ADDR", "https://me:sesame-2@nomad:4646"},
                       {"NOMAD_HTTP_AUTH", "me:sesame-3"}};
  for (const nmgr::report::ShownSetting& origin : given.Make().origins) {
    INFO(origin.name);
    CHECK(origin.value.find("sesame") == std::string::npos);
    if (origin.name == "address") CHECK(origin.value == "https://nomad:4646");
  }
}

TEST_CASE("no setting shows the value of a variable") {
  Given given;
  given.arguments = {"config", "--var", "pw=sesame", "--var", "b=x=sesame", "--dry-run=1"};
  bool seen = false;
  for (const nmgr::report::ShownSetting& origin : given.Make().origins) {
    CHECK(origin.value.find("sesame") == std::string::npos);
    if (origin.name == "var") seen = origin.value.find("pw=") == 0;
    if (origin.name == "dry-run") CHECK(origin.value == "true");
  }
  CHECK(seen);
}

TEST_CASE("input variables come from flags, files and NOMAD_VAR_") {
  Given given;
  given.arguments = {"list", "all", "--var", "a=1=2", "--var-file", "~/v.hcl", "--var", "b="};
  given.environment = {{"NOMAD_VAR_c", "3"}, {"NMGR_VAR", "ignored=1"}};
  const Settings settings = given.Make();
  CHECK(settings.variables.flags ==
        std::vector<std::pair<std::string, std::string>>{{"a", "1=2"}, {"b", ""}});
  CHECK(settings.variables.files == Words{"/home/me/v.hcl"});
  CHECK(settings.variables.environment == std::map<std::string, std::string>{{"c", "3"}});
}

TEST_CASE("wrong values are errors that name where they came from") {
  CHECK(Given{{"up", "all", "--timeout", "soon"}}.Fail().message ==
        "--timeout: \"soon\" is not a time");
  CHECK(Given{{"up", "all", "--timeout", "soon"}}.Fail().code == ErrorCode::kUsage);
  CHECK(Given{{"up", "all", "--timeout", "0"}}.Fail().message ==
        "--timeout: must be longer than 0s");
  CHECK(Given{{"up", "all", "--parallel", "0"}}.Fail().message ==
        "--parallel: \"0\" is not a number from 1 to 256");
  CHECK(Given{{"up", "all", "--parallel", "4x"}}.Fail().code == ErrorCode::kUsage);
  CHECK(Given{{"list", "all", "-o", "jsn"}}.Fail().hint == "did you mean json?");
  CHECK(Given{{"list", "all", "--color", "red"}}.Fail().message ==
        "--color: \"red\" is none of auto, always, never");
  CHECK(Given{{"list", "all", "--var", "x"}}.Fail().message ==
        "--var: not of the form name=value (not shown, it may be a secret)");
  CHECK(Given{{"list", "all", "--base-dir="}}.Fail().message == "--base-dir: is empty");
  CHECK(Given{{"list", "all"}, {{"NMGR_DRY_RUN", "maybe"}}}.Fail().message ==
        "NMGR_DRY_RUN: \"maybe\" is neither true nor false");
  const nmgr::Error config = Given{{"list", "all"}, {}, "[general]\n\ntimeout = \"x\"\n"}.Fail();
  CHECK(config.code == ErrorCode::kConfig);
  CHECK(config.message == "c.toml:3: \"x\" is not a time");
}

TEST_CASE("a time without its unit is seconds, and said to be") {
  const Settings bare = Given{{"up", "all", "--timeout", "5"}}.Make();
  CHECK(bare.timeout == std::chrono::seconds(5));
  CHECK(bare.notices == Words{"--timeout 5: 5 seconds (5s, 5m)"});
  CHECK(Given{{"up", "all", "--timeout", "5m"}}.Make().notices.empty());
  CHECK(Given{{"up", "all", "--wait-server", "0"}}.Make().notices.empty());
}

TEST_CASE("variables of no option are warned of") {
  using nmgr::cli::UnknownVariables;
  CHECK(UnknownVariables({{"NMGR_BASEDIR", "x"}}) ==
        Words{"NMGR_BASEDIR is the variable of no option; did you mean NMGR_BASE_DIR?"});
  CHECK(UnknownVariables({{"NMGR_QQQQQQQQ", ""}}) ==
        Words{"NMGR_QQQQQQQQ is the variable of no option"});
  CHECK(UnknownVariables({{"NMGR_BASE_DIR", "x"}, {"NMGR_LONG", "1"}, {"NMGR", "x"}}).empty());
}

TEST_CASE("booleans have one dialect") {
  for (const char* yes : {"1", "t", "T", "true", "True", "TRUE", "yes", "on"}) {
    CHECK(Given{{"list", "x"}, {{"NOMAD_SKIP_VERIFY", yes}}}.Make().connection.tls_skip_verify);
    CHECK(Given{{"list", "x"}, {{"NMGR_DRY_RUN", yes}}}.Make().dry_run);
  }
  for (const char* no : {"0", "f", "F", "false", "False", "FALSE", "no", "off"}) {
    CHECK_FALSE(Given{{"list", "x", std::string("--dry-run=") + no}}.Make().dry_run);
  }
  CHECK(Given{{"list", "x", "--dry-run=tRue"}}.Fail().code == ErrorCode::kUsage);
}

TEST_CASE("folders to ignore may be typed with a slash") {
  CHECK(Given{{"list", "all", "--ignore-dirs", "old/", "tmp"}}.Make().repo.ignore_dirs ==
        Words{"old", "tmp"});
}

TEST_CASE("the config file is where XDG says, unless named") {
  const auto find = [](const Words& arguments, Environment environment) {
    environment.emplace("HOME", "/home/me");
    return nmgr::cli::FindConfigFile(nmgr::cli::ParseCommandLine(arguments).value(), environment);
  };
  CHECK(find({"list", "x"}, {}).path == "/home/me/.config/nmgr/config.toml");
  CHECK_FALSE(find({"list", "x"}, {}).named);
  CHECK(find({"list", "x"}, {{"XDG_CONFIG_HOME", "/xdg"}}).path == "/xdg/nmgr/config.toml");
  CHECK(find({"list", "x"}, {{"NMGR_CONFIG", "~/c.toml"}}).path == "/home/me/c.toml");
  CHECK(find({"-c", "d.toml", "list", "x"}, {{"NMGR_CONFIG", "~/c.toml"}}).path == "d.toml");
  CHECK(find({"-c", "d.toml", "list", "x"}, {}).named);
  CHECK(find({"list", "x"}, {{"HOME", "me"}}).path.empty());
}
