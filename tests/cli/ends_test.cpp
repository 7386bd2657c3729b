// How a run ends before it is done: signals wherever it stands, streams that nobody reads, limits
// of the system.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

void Until(const std::function<bool()>& condition) {
  for (int i = 0; i < 1200 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  REQUIRE(condition());
}

void Script(const TempDir& dir, const std::string& name, const std::string& text) {
  namespace fs = std::filesystem;
  const fs::path path = dir.Write(name, "#!/bin/bash\n" + text);
  fs::permissions(path, fs::perms::owner_all);
}

// Also a process that nobody has waited for yet has ended.
bool HasEnded(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  return !std::getline(file, stat) || Mentions(stat, ") Z");
}

// Until the last child of the shell handles SIGTERM, or has ended.
constexpr const char* kWhenReady =
    "ready() { until grep -Eq '^(SigCgt:.*[4-7c-f]...|State:.*Z.*)$' /proc/$!/status; do sleep "
    "0.02; "
    "done; }\n";

// Specs that take some tens of milliseconds each.
void CostlySpecs(const TempDir& dir, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string id = "job" + std::to_string(i);
    dir.Write("cld/" + id + ".hcl",
              "job \"" + id +
                  "\" {\n  meta {\n    n = length([for i in range(300) : length([for j in "
                  "range(100) : \"${i}-${j}\"])])\n  }\n}\n");
  }
}

}  // namespace

TEST_CASE("A signal ends a run whose git stands still, and git with all that it started") {
  for (const auto& [signal, code] :
       std::vector<std::pair<int, int>>{{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}}) {
    INFO(signal);
    const TempDir dir;
    dir.Write("cld/web.hcl", "job \"web\" {\n}\n");
    Script(dir, "bin/git", "sleep 600 &\necho $! > " + dir.At("pid") + "\nwait\n");
    NmgrOptions options;
    options.env = {{"PATH", dir.At("bin") + ":/usr/bin:/bin"}, {"NMGR_BASE_DIR", dir.At("cld")}};
    Child child = StartNmgr({"list", "changed:HEAD"}, options);
    pid_t sleeping = 0;
    Until([&] { return static_cast<bool>(std::ifstream(dir.At("pid")) >> sleeping); });
    child.Signal(signal);
    const NmgrResult result = child.Wait();
    CHECK(result.exit_code == code);
    CHECK(result.out.empty());
    Until([&] { return HasEnded(sleeping); });
  }
}

TEST_CASE("A signal ends the evaluation of many specs, and none of it is shown as a result") {
  const TempDir dir;
  CostlySpecs(dir, 3000);
  NmgrOptions options;
  options.env = {{"NMGR_BASE_DIR", dir.At("cld")}};
  for (const Words& arguments :
       {Words{"render", "all"}, Words{"validate", "all"}, Words{"find", "--evaluated", "300"}}) {
    INFO(arguments[0]);
    Child child = StartNmgr(arguments, options);
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    child.Signal(SIGINT);
    const NmgrResult result = child.Wait();
    CHECK(result.exit_code == 130);
    CHECK(result.out.empty());
    CHECK(Mentions(result.err, "nmgr: ending"));
  }
}

TEST_CASE("A stream that nobody reads keeps no signal from ending the run") {
  const TempDir dir;
  dir.Write("cld/web.hcl", "job \"web\" {\n}\n");
  NmgrOptions options;
  options.env = {{"NMGR_BASE_DIR", dir.At("cld")}};
  options.folder = dir.path();
  const std::string full_pipe = "mkfifo full; exec 3<>full; head -c 65536 /dev/zero >&3\n" +
                                std::string(kWhenReady) +
                                "end() { ready; sleep 0.5; for s in \"$@\"; do kill -$s $!; sleep "
                                "0.3; done; wait $!; echo $?; }\n";
  CHECK(RunShell(full_pipe + "\"$NMGR\" list nothing 2>&3 & end TERM", options).out == "143\n");
  CHECK(RunShell("rm full\n" + full_pipe + "\"$NMGR\" -v list all 2>&3 & end INT", options).out ==
        "130\n");
  CHECK(RunShell("rm full\n" + full_pipe + "\"$NMGR\" list all >&3 & end HUP", options).out ==
        "129\n");
  CHECK(RunShell("rm full\n" + full_pipe + "\"$NMGR\" list all >&3 & end TERM TERM", options).out ==
        "143\n");
}

// By the job's own end, or where the run was cut off before that.
static bool NamesInDoubt(const std::string& text, const std::string& id) {
  return Mentions(text, id + ": register sent, not waited for (interrupted)") ||
         Mentions(text, id + ": not confirmed");
}

TEST_CASE("What is in doubt is named although standard output stands still") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1");
  NmgrOptions options = lab.Options();
  Child child({"/bin/bash", "-c",
               "mkfifo full; exec 3<>full; head -c 65536 /dev/zero >&3; exec \"$NMGR\" up web >&3"},
              options);
  Until([&] { return lab.nomad.CountOf("GET /v1/evaluation/") != 0; });
  child.Signal(SIGTERM);
  const NmgrResult result = child.Wait();
  CHECK(result.exit_code == 143);
  CHECK(NamesInDoubt(result.err, "web"));
}

TEST_CASE("SIGHUP is a signal to end, but not for a run that nohup started") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1");
  {
    Child child = StartNmgr({"up", "web"}, lab.Options());
    Until([&] { return lab.nomad.CountOf("GET /v1/evaluation/") != 0; });
    child.Signal(SIGHUP);
    const NmgrResult result = child.Wait();
    CHECK(result.exit_code == 129);
    CHECK(NamesInDoubt(result.err, "web"));
  }
  const NmgrResult ignored = RunShell(std::string(kWhenReady) +
                                          "trap '' HUP; \"$NMGR\" -q up web & ready; sleep 0.5; "
                                          "kill -HUP $!; sleep 0.5; kill -TERM "
                                          "$!; wait $!; echo $?",
                                      lab.Options());
  CHECK(ignored.out.ends_with("143\n"));
}

TEST_CASE("JSON at the end of an interrupted run says how it ended") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Service("web", "web:1");
  Child child = StartNmgr({"-o", "json", "up", "web"}, lab.Options());
  Until([&] { return lab.nomad.CountOf("GET /v1/evaluation/") != 0; });
  child.Signal(SIGTERM);
  const NmgrResult result = child.Wait();
  CHECK(result.exit_code == 143);
  const nlohmann::json document = nlohmann::json::parse(result.out);
  CHECK(document["exit_code"] == 143);
  CHECK(document["jobs"][0]["outcome"] == "unconfirmed");
}

TEST_CASE("A signal ends --wait-server") {
  const TempDir dir;
  dir.Write("cld/web.hcl", "job \"web\" {\n}\n");
  NmgrOptions options;
  options.env = {{"NMGR_BASE_DIR", dir.At("cld")}, {"NOMAD_ADDR", "http://127.0.0.1:1"}};
  Child child = StartNmgr({"--wait-server", "10m", "up", "web"}, options);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  child.Signal(SIGTERM);
  CHECK(child.Wait().exit_code == 143);
}

TEST_CASE("A limit on the size of files does not kill: the job stops, and the record is missed") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = RunShell("ulimit -f 0; exec \"$NMGR\" -q down web", lab.Options());
  CHECK(result.exit_code == 0);
  CHECK(lab.Job("web")["Stop"] == true);
  CHECK(Mentions(result.err, "ulimit -f"));
  CHECK(LinesWith(result.err, "warning:").size() == 3);
}

TEST_CASE("With few descriptors a list is whole, or it is an error") {
  const TempDir dir;
  for (int i = 0; i < 60; ++i) {
    const std::string id = "job" + std::to_string(i);
    dir.Write("cld/" + id + "/" + id + ".hcl", "job \"" + id + "\" {\n}\n");
  }
  NmgrOptions options;
  options.env = {{"NMGR_BASE_DIR", dir.At("cld")}};
  bool whole = false;
  for (int limit = 3; limit <= 12; ++limit) {
    INFO(limit);
    const NmgrResult result =
        RunShell("ulimit -n " + std::to_string(limit) + "; exec \"$NMGR\" list all", options);
    const auto lines = std::count(result.out.begin(), result.out.end(), '\n');
    if (result.exit_code == 0) CHECK(lines == 60);
    whole = result.exit_code == 0;
  }
  CHECK(whole);
}

TEST_CASE("With few descriptors all go down, or it is an error", "[long]") {
  Lab lab;
  lab.Usual();
  const auto runs = [&] {
    int count = 0;
    for (const char* id : {"garage", "caddy", "web", "cache", "mail"}) {
      if (lab.Job(id)["Stop"] == false) ++count;
    }
    return count;
  };
  // Each job that cannot be asked about takes half a minute to be given up.
  NmgrOptions options = lab.Options();
  options.limit = std::chrono::minutes(5);
  bool whole = false;
  for (const int limit : {3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 64}) {
    INFO(limit);
    if (limit == 3 || runs() != 5) REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
    const NmgrResult result =
        RunShell("ulimit -n " + std::to_string(limit) + "; exec \"$NMGR\" down all", options);
    INFO(result.err);
    if (result.exit_code == 0) CHECK(runs() == 0);
    CHECK((result.exit_code == 0 || !result.err.empty()));
    whole = result.exit_code == 0;
  }
  CHECK(whole);
}

TEST_CASE("With few descriptors there are fewer connections, and all is done all the same") {
  Lab lab;
  lab.Usual();
  for (const int limit : {24, 25, 28, 32, 40}) {
    for (const char* verb : {"up", "down"}) {
      INFO(limit << " " << verb);
      const NmgrResult result = RunShell(
          "ulimit -n " + std::to_string(limit) + "; exec \"$NMGR\" " + verb + " all --parallel 8",
          lab.Options());
      INFO(result.err);
      CHECK(result.exit_code == 0);
      for (const char* id : {"garage", "caddy", "web", "cache", "mail"}) {
        CHECK(lab.Job(id)["Stop"] == (std::string(verb) == "down"));
      }
    }
  }
}

}  // namespace nmgr::testing
