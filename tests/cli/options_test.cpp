#include "nmgr/cli/options.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "nmgr/actions/action.h"

using nmgr::cli::FindOption;
using nmgr::cli::OptionKind;
using nmgr::cli::OptionRow;
using nmgr::cli::Options;

TEST_CASE("names, letters, variables and config keys of options are unique") {
  std::set<std::string> seen;
  const auto add = [&seen](std::string_view name) {
    INFO(name);
    if (!name.empty()) CHECK(seen.emplace(name).second);
  };
  for (const OptionRow& row : Options()) {
    add(row.name);
    add(row.config_key);
    add(row.nomad_variable);
    if (row.letter != 0) add(std::string("-") + row.letter);
    CHECK_FALSE(row.help.empty());
    CHECK((row.kind == OptionKind::kFlag) == row.value_name.empty());
  }
}

TEST_CASE("every option of the reference is there") {
  for (const char* name : {"base-dir",        "ignore-dirs",
                           "infra-jobs",      "config",
                           "dry-run",         "detach",
                           "purge",           "verbose",
                           "quiet",           "output",
                           "color",           "parallel",
                           "timeout",         "fail-fast",
                           "strict",          "detailed-exitcode",
                           "wait-server",     "var",
                           "var-file",        "exclude",
                           "address",         "region",
                           "namespace",       "token-file",
                           "ca-cert",         "ca-path",
                           "client-cert",     "client-key",
                           "tls-server-name", "tls-skip-verify",
                           "version",         "help"}) {
    INFO(name);
    CHECK(FindOption(name) != nullptr);
  }
  CHECK(FindOption("token") == nullptr);
  CHECK(FindOption("max-depth") == nullptr);
  CHECK(FindOption('\0') == nullptr);
}

TEST_CASE("defaults are valid values") {
  for (const OptionRow& row : Options()) {
    if (row.set == nullptr || row.fallback.empty() || row.kind == OptionKind::kWords) continue;
    INFO(row.name);
    nmgr::actions::Settings settings;
    CHECK(row.set({std::string(row.fallback)}, "/home/me", settings).has_value());
  }
}

TEST_CASE("no action gives a second meaning to an option of all actions") {
  const std::set<std::string> fixed = {"n", "d", "p", "v", "q", "o", "c", "h"};
  REQUIRE_FALSE(nmgr::actions::AllActions().empty());
  for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
    nmgr::actions::OwnOptions own;
    action.make(own);
    for (const nmgr::actions::OwnOption& option : own) {
      INFO(action.name << " " << option.name);
      REQUIRE_FALSE(option.name.empty());
      CHECK(FindOption(option.name) == nullptr);
      CHECK(option.value != nullptr);
      if (option.letter == 0) continue;
      CHECK(fixed.count(std::string(1, option.letter)) == 0);
      CHECK(FindOption(option.letter) == nullptr);
    }
  }
}

TEST_CASE("action names and aliases are unique, and each has a summary and help") {
  std::set<std::string> names;
  for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
    CHECK(names.emplace(action.name).second);
    if (!action.alias.empty()) CHECK(names.emplace(action.alias).second);
    CHECK_FALSE(action.summary.empty());
    CHECK(action.make != nullptr);
  }
}

TEST_CASE("an option's variable") {
  CHECK(nmgr::cli::VariableOf("base-dir") == "NMGR_BASE_DIR");
  CHECK(nmgr::cli::VariableOf("detailed-exitcode") == "NMGR_DETAILED_EXITCODE");
}
