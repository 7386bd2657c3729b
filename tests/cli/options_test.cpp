#include "nmgr/cli/options.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "nmgr/actions/action.h"

using nmgr::cli::FindOption;
using nmgr::cli::Option;
using nmgr::cli::OptionKind;
using nmgr::cli::Options;

TEST_CASE("names, letters, variables and config keys of options are unique") {
  std::set<std::string> seen;
  const auto add = [&seen](std::string_view name) {
    INFO(name);
    if (!name.empty()) CHECK(seen.emplace(name).second);
  };
  for (const Option& row : Options()) {
    add(row.name);
    add(row.config_key);
    add(row.nomad_variable);
    if (row.letter != 0 && row.group != nmgr::cli::OptionGroup::kAction) {
      add(std::string("-") + row.letter);
    }
    CHECK_FALSE(row.help.empty());
    CHECK((row.kind() == OptionKind::kSwitch) == row.value_name.empty());
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
  for (const Option& row : Options()) {
    if (row.value.set == nullptr || row.fallback.empty()) continue;
    INFO(row.name);
    nmgr::actions::Settings settings;
    CHECK(row.value.set({{std::string(row.fallback)}, {}, {}, "/home/me"}, settings).has_value());
  }
}

TEST_CASE("a name, a letter and a kind mean the same for every action") {
  REQUIRE_FALSE(nmgr::actions::AllActions().empty());
  for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
    std::set<std::string_view> names;
    for (const Option& option : action.options) {
      INFO(action.name << " " << option.name);
      CHECK(names.insert(option.name).second);
      const Option* row = FindOption(option.name);
      REQUIRE(row != nullptr);
      CHECK(row->letter == option.letter);
      CHECK(row->kind() == option.kind());
      CHECK(row->help == option.help);
      if (option.letter != 0) {
        CHECK(FindOption(option.letter)->kind() == option.kind());
        const bool is_switch = option.kind() == OptionKind::kSwitch;
        CHECK((is_switch || FindOption(option.letter) == row));
      }
      CHECK(option.value.set != nullptr);
      CHECK(nmgr::cli::Heeds(action, *row));
      for (const Option& general : nmgr::cli::GeneralOptions()) CHECK(general.name != option.name);
    }
  }
}

TEST_CASE("letters keep their meaning") {
  const auto name = [](char letter) {
    const Option* row = FindOption(letter);
    return row == nullptr ? std::string() : std::string(row->name);
  };
  CHECK(name('n') == "dry-run");
  CHECK(name('d') == "detach");
  CHECK(name('p') == "purge");
  CHECK(name('v') == "verbose");
  CHECK(name('q') == "quiet");
  CHECK(name('o') == "output");
  CHECK(name('c') == "config");
  CHECK(name('h') == "help");
}

TEST_CASE("action names and aliases are unique, and each has a summary and help") {
  std::set<std::string> names;
  for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
    CHECK(names.emplace(action.name).second);
    if (!action.alias.empty()) CHECK(names.emplace(action.alias).second);
    CHECK_FALSE(action.summary.empty());
    CHECK(action.run != nullptr);
  }
}

TEST_CASE("an option's variable") {
  CHECK(nmgr::actions::VariableOf("base-dir") == "NMGR_BASE_DIR");
  CHECK(nmgr::actions::VariableOf("detailed-exitcode") == "NMGR_DETAILED_EXITCODE");
}
