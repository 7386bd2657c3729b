// What holds for the program as a process: exit codes, streams, pipes, colour, signals, the
// environment.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "support/fake_nomad_process.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;
using nmgr::testing::TempDir;

struct ProcessLab {
  ProcessLab() {
    for (int i = 0; i < 200; ++i) {
      const std::string name = "job" + std::to_string(i);
      dir.Write(name + "/" + name + ".hcl", "job \"" + name + "\" {\n}\n");
    }
  }
  NmgrOptions Options() const {
    NmgrOptions options;
    options.env["NMGR_BASE_DIR"] = dir.path();
    options.folder = dir.path();
    return options;
  }
  TempDir dir;
};

}  // namespace

TEST_CASE("a reader that goes away is no error") {
  const ProcessLab lab;
  const NmgrResult head =
      RunShell("\"$NMGR\" list all | head -1; echo ${PIPESTATUS[0]}", lab.Options());
  CHECK(head.out == "job0\n0\n");
  CHECK(head.err.empty());
  const NmgrResult none = RunShell("\"$NMGR\" -h | true; echo ${PIPESTATUS[0]}", lab.Options());
  CHECK(none.out == "0\n");
  CHECK(none.err.empty());
}

TEST_CASE("a full disk is an error") {
  const ProcessLab lab;
  for (const char* line : {"\"$NMGR\" list all > /dev/full", "\"$NMGR\" -h > /dev/full",
                           "\"$NMGR\" list all -o json > /dev/full"}) {
    INFO(line);
    CHECK(RunShell(line, lab.Options()).exit_code == 1);
  }
}

TEST_CASE("closed streams do no harm") {
  const ProcessLab lab;
  CHECK(RunShell("\"$NMGR\" list job1 2>&-", lab.Options()).out == "job1\n");
  CHECK(RunShell("\"$NMGR\" list job1 >&-", lab.Options()).exit_code == 1);
  CHECK(RunShell("\"$NMGR\" list nothing 2>&- <&-", lab.Options()).exit_code == 66);
}

TEST_CASE("colour only where it is asked for") {
  const ProcessLab lab;
  NmgrOptions options = lab.Options();
  const auto has_colour = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"list", "nothing"});
    const NmgrResult result = RunNmgr(arguments, options);
    CHECK(result.exit_code == 66);
    return result.err.find('\x1b') != std::string::npos;
  };
  CHECK_FALSE(has_colour({}));
  CHECK(has_colour({"--color", "always"}));
  CHECK_FALSE(has_colour({"--color", "never"}));
  options.env["NMGR_COLOR"] = "always";
  CHECK(has_colour({}));
  options.env.erase("NMGR_COLOR");
  options.env["NO_COLOR"] = "1";
  CHECK_FALSE(has_colour({}));
  CHECK(has_colour({"--color=always"}));
}

TEST_CASE("on a terminal NO_COLOR and NOMAD_CLI_NO_COLOR are respected") {
  const ProcessLab lab;
  const auto on_terminal = [&](const std::string& variables) {
    const NmgrResult result =
        RunShell("script -qec '" + variables + " \"$NMGR\" list nothing' /dev/null", lab.Options());
    CHECK(result.out.find("no job, filter or path") != std::string::npos);
    return result.out.find("\x1b[") != std::string::npos;
  };
  CHECK(on_terminal("TERM=xterm"));
  CHECK_FALSE(on_terminal("TERM=xterm NO_COLOR=1"));
  CHECK_FALSE(on_terminal("TERM=xterm NOMAD_CLI_NO_COLOR=1"));
  CHECK_FALSE(on_terminal("TERM=dumb"));
}

TEST_CASE("on one terminal the end does not say again what progress has said in full") {
  nmgr::testing::FakeNomadProcess nomad({.fail = {"job2"}});
  const TempDir dir;
  for (const std::string id : {"job1", "job2"}) {
    dir.Write(id + ".hcl", "job \"" + id +
                               "\" {\n  group \"g\" {\n    task \"t\" {\n"
                               "      driver = \"docker\"\n    }\n  }\n}\n");
  }
  NmgrOptions options;
  options.env = {{"NMGR_BASE_DIR", dir.path()}, {"NOMAD_ADDR", nomad.address()}};
  const NmgrResult result =
      RunShell("script -qec '\"$NMGR\" --color never up job1 job2' /dev/null", options);
  INFO(result.out);
  const auto has = [&](const char* part) { return result.out.find(part) != std::string::npos; };
  CHECK(has("+ job1  new: healthy"));
  CHECK_FALSE(has("job1  healthy"));
  CHECK(has("Registered 1 of 2, 1 failed (job2)"));
  CHECK(has("error: job2: failed"));
  CHECK_FALSE(has("job2  failed"));
}

TEST_CASE("results go to stdout, everything else to stderr; -q silences notices, not errors") {
  const ProcessLab lab;
  NmgrResult result = RunNmgr({"list", "jfs"}, lab.Options());
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(result.err == "jfs selects no job\n");
  CHECK(RunNmgr({"-q", "list", "jfs"}, lab.Options()).err.empty());
  result = RunNmgr({"-q", "list", "nothing"}, lab.Options());
  CHECK(result.exit_code == 66);
  CHECK_FALSE(result.err.empty());
}

TEST_CASE("where the base directory came from decides the exit code") {
  const ProcessLab lab;
  NmgrOptions options = lab.Options();
  options.env["NMGR_BASE_DIR"] = "";
  NmgrResult result = RunNmgr({"list", "all"}, options);
  CHECK(result.exit_code == 66);
  CHECK(result.err.find("this is the default") != std::string::npos);

  result = RunNmgr({"list", "all", "--base-dir", "/nowhere"}, options);
  CHECK(result.exit_code == 64);
  CHECK(result.err.find("it comes from --base-dir") != std::string::npos);

  options.env["NMGR_BASE_DIR"] = "/nowhere";
  result = RunNmgr({"list", "all"}, options);
  CHECK(result.exit_code == 64);
  CHECK(result.err.find("it comes from NMGR_BASE_DIR") != std::string::npos);

  options.env["NMGR_BASE_DIR"] = "";
  options.env["NMGR_CONFIG"] = lab.dir.Write("c.toml", "[general]\nbase_dir = \"/nowhere\"\n");
  result = RunNmgr({"list", "all"}, options);
  CHECK(result.exit_code == 78);
  CHECK(result.err.find("c.toml:2") != std::string::npos);
}

TEST_CASE("the default base directory is ~/cld, and the config file is below XDG_CONFIG_HOME") {
  const TempDir home;
  home.Write("cld/web/web.hcl", "job \"web\" {\n}\n");
  home.Write("other/db/db.hcl", "job \"db\" {\n}\n");
  NmgrOptions options;
  options.env["HOME"] = home.path();
  CHECK(RunNmgr({"list", "all"}, options).out == "web\n");
  home.Write(".config/nmgr/config.toml", "[general]\nbase_dir = \"~/other\"\n");
  CHECK(RunNmgr({"list", "all"}, options).out == "db\n");
  options.env["XDG_CONFIG_HOME"] = home.At("elsewhere");
  CHECK(RunNmgr({"list", "all"}, options).out == "web\n");
}

TEST_CASE("options of an action have variables too") {
  const ProcessLab lab;
  NmgrOptions options = lab.Options();
  options.env["NMGR_LINES"] = "1";
  CHECK(RunNmgr({"find", "\"job7\""}, options).out == "job7/job7.hcl:1:job \"job7\" {\n");
  options.env["NMGR_LINES"] = "perhaps";
  CHECK(RunNmgr({"find", "\"job7\""}, options).exit_code == 64);
}

TEST_CASE("Nomad that does not answer ends list -l with 69, plain list does not ask") {
  const ProcessLab lab;
  NmgrOptions options = lab.Options();
  options.env["NOMAD_ADDR"] = "http://127.0.0.1:1";
  NmgrResult result = RunNmgr({"list", "-l", "job1", "job2"}, options);
  CHECK(result.exit_code == 69);
  CHECK(result.out.find("job1") != std::string::npos);
  CHECK(RunNmgr({"list", "job1"}, options).exit_code == 0);
  options.env["NOMAD_ADDR"] = "nonsense://x";
  CHECK(RunNmgr({"list", "job1"}, options).exit_code == 0);
  result = RunNmgr({"list", "-l", "job1"}, options);
  CHECK(result.exit_code == 64);
}

TEST_CASE("secrets of the environment are never shown") {
  const ProcessLab lab;
  NmgrOptions options = lab.Options();
  options.env["NOMAD_ADDR"] = "http://me:sesame-1@127.0.0.1:1";
  options.env["NOMAD_TOKEN"] = "sesame-2";
  options.env["NOMAD_HTTP_AUTH"] = "me:sesame-3";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"config"},
                                                    {"config", "-o", "json"},
                                                    {"-v", "list", "-l", "job1"}}) {
    const NmgrResult result = RunNmgr(arguments, options);
    CHECK((result.out + result.err).find("sesame") == std::string::npos);
  }
}

TEST_CASE("nothing is written and no config file is made") {
  const TempDir home;
  home.Write("cld/web/web.hcl", "job \"web\" {\n}\n");
  NmgrOptions options;
  options.env["HOME"] = home.path();
  RunNmgr({"list", "all"}, options);
  CHECK(RunShell("find \"$HOME\" -type f | wc -l", options).out == "1\n");
}

TEST_CASE("help fits into 80 columns for every action") {
  const NmgrResult overview = RunNmgr({"-h"});
  CHECK(overview.exit_code == 0);
  CHECK(overview.err.empty());
  std::vector<std::string> texts = {overview.out};
  std::size_t at = overview.out.find("Actions:\n") + std::string_view("Actions:").size();
  while (overview.out.compare(at, 3, "\n  ") == 0) {
    at += 3;
    const std::string action = overview.out.substr(at, overview.out.find_first_of(", ", at) - at);
    texts.push_back(RunNmgr({action, "-h"}).out);
    CHECK(texts.back().find("Usage: nmgr [options] " + action) != std::string::npos);
    at = overview.out.find('\n', at);
  }
  CHECK(texts.size() > 10);
  for (const std::string& text : texts) {
    at = 0;
    while (at < text.size()) {
      const std::size_t end = text.find('\n', at);
      REQUIRE(end != std::string::npos);
      INFO(text.substr(at, end - at));
      CHECK(end - at <= 80);
      at = end + 1;
    }
  }
}
