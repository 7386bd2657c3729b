#include "cli/help.h"

#include <catch2/catch.hpp>
#include <string>

#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"
#include "support/run_nmgr.h"

namespace {

using nmgr::actions::Action;
using nmgr::actions::AllActions;

bool Shows(const std::string& help, std::string_view option) {
  const std::string name = "--" + std::string(option);
  for (std::size_t at = help.find(name); at != std::string::npos; at = help.find(name, at + 1)) {
    const char next = help[at + name.size()];
    if (next == ' ' || next == '\n') return true;
  }
  return false;
}

void CheckWidth(const std::string& help) {
  REQUIRE(help.size() > 100);
  for (const std::string_view line : nmgr::Split(help, '\n')) {
    INFO(line);
    CHECK(line.size() <= nmgr::cli::kHelpWidth);
  }
}

}  // namespace

TEST_CASE("help fits 80 columns") {
  CheckWidth(nmgr::cli::OverviewHelp());
  for (const Action& action : AllActions()) CheckWidth(nmgr::cli::ActionHelp(action));
}

TEST_CASE("the help of an action shows what it heeds and nothing that it refuses") {
  for (const Action& action : AllActions()) {
    const std::string help = nmgr::cli::ActionHelp(action);
    const std::size_t options = help.find("\nOptions");
    const std::string shown = options == std::string::npos ? "" : help.substr(options);
    for (const nmgr::cli::Option& row : nmgr::cli::Options()) {
      INFO(action.name << " --" << row.name);
      if (!nmgr::cli::Heeds(action, row)) CHECK_FALSE(Shows(shown, row.name));
    }
    for (const nmgr::cli::Option& row : action.options) {
      INFO(action.name << " --" << row.name);
      CHECK(Shows(shown, row.name));
    }
  }
}

TEST_CASE("nmgr alone and nmgr help show help") {
  const auto alone = nmgr::testing::RunNmgr({}, {});
  CHECK(alone.exit_code == 0);
  CHECK(alone.out == nmgr::cli::OverviewHelp());
  CHECK(nmgr::testing::RunNmgr({"help"}, {}).out == alone.out);
  const auto up = nmgr::testing::RunNmgr({"help", "up"}, {});
  CHECK(up.exit_code == 0);
  CHECK(up.out == nmgr::testing::RunNmgr({"up", "-h"}, {}).out);
  CHECK(nmgr::testing::RunNmgr({"help", "nothing"}, {}).exit_code == 64);
}
