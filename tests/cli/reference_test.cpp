// docs/reference.md and the man page say what the tables say.
#include "cli/reference.h"

#include <catch2/catch.hpp>
#include <string>

#include "nmgr/actions/action.h"
#include "nmgr/base/file_system.h"
#include "nmgr/cli/options.h"
#include "support/run_nmgr.h"

using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;

TEST_CASE("docs/reference.md is what the tables give") {
  const std::string path = std::string(NMGR_SOURCE_DIR) + "/docs/reference.md";
  const auto committed = nmgr::RealFileSystem().ReadFile(path, nmgr::kMaxFileSize);
  REQUIRE(committed);
  INFO("build/*/bin/nmgr __reference > docs/reference.md writes it anew");
  CHECK(*committed == nmgr::cli::ReferencePage());
}

TEST_CASE("reference and man page name every action and every option") {
  const std::string page = nmgr::cli::ReferencePage();
  const std::string man = nmgr::cli::ManPage();
  for (const nmgr::actions::Action& action : nmgr::actions::AllActions()) {
    INFO(action.name);
    CHECK(page.find("### " + std::string(action.name) + "\n") != std::string::npos);
    CHECK(man.find("\n.SS " + std::string(action.name)) != std::string::npos);
  }
  for (const nmgr::cli::Option& row : nmgr::cli::Options()) {
    INFO(row.name);
    CHECK(page.find(std::string(row.name)) != std::string::npos);
    std::string escaped;
    for (const char c : row.name) escaped += c == '-' ? std::string("\\-") : std::string(1, c);
    CHECK(man.find(escaped) != std::string::npos);
  }
}

TEST_CASE("the man page is formatted without a complaint") {
  if (RunShell("command -v man").exit_code != 0) {
    WARN("SKIPPED: there is no man here");
    return;
  }
  const auto formatted = RunShell("\"$NMGR\" __man | man --warnings=w -l - 2>&1 >/dev/null | head");
  CHECK(formatted.out.empty());
  const auto text = RunShell("\"$NMGR\" __man | MANPAGER=cat MANWIDTH=100 man -l - 2>/dev/null");
  CHECK(text.out.find("--include-infra") != std::string::npos);
}

TEST_CASE("the option --version says what was built, and of what") {
  const std::string text = RunNmgr({"--version"}).out;
  CHECK(text.starts_with("nmgr "));
  for (const char* part : {"commit ", "build", "curl ", "OpenSSL ", "MPFR "}) {
    CHECK(text.find(part) != std::string::npos);
  }
}
