#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

void BringUp(Lab& lab, const Words& targets = {"all"}) {
  Words arguments = {"up"};
  arguments.insert(arguments.end(), targets.begin(), targets.end());
  const NmgrResult result = lab.Run(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  lab.nomad.ClearLog();
}

bool AllGone(Lab& lab, const std::string& id) {
  for (const nlohmann::json& allocation : lab.nomad.Get("/v1/job/" + id + "/allocations")) {
    const std::string status = allocation["ClientStatus"];
    if (status != "complete" && status != "failed" && status != "lost") return false;
  }
  return true;
}

}  // namespace

TEST_CASE("down all stops services first and infra last, in reverse, and waits until all is gone") {
  Lab lab({.gone_after_ms = 150});
  lab.Usual();
  BringUp(lab);
  const NmgrResult result = lab.Run({"down", "all"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  Words writes = lab.NewWrites();
  REQUIRE(writes.size() == 5);
  CHECK(Words(writes.end() - 2, writes.end()) == Words{"stop caddy", "stop garage"});
  std::sort(writes.begin(), writes.begin() + 3);
  CHECK(Words(writes.begin(), writes.begin() + 3) == Words{"stop cache", "stop mail", "stop web"});
  for (const char* id : {"garage", "caddy", "web", "cache", "mail"}) {
    CHECK(lab.Job(id)["Stop"] == true);
    CHECK(AllGone(lab, id));
  }
  const NmgrResult again = lab.Run({"down", "all"});
  CHECK(again.exit_code == 0);
  CHECK(again.out == "5 jobs already stopped\n");
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("A dry run of down names the jobs and stops none") {
  Lab lab;
  lab.Usual();
  CHECK(lab.Run({"-n", "-p", "down", "all"}).out.empty());
  BringUp(lab, {"garage", "web"});
  NmgrResult result = lab.Run({"-n", "down", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "[DRY RUN] would stop web: running\n[DRY RUN] would stop garage: running\n");
  result = lab.Run({"-n", "-p", "down", "web"});
  CHECK(result.out == "[DRY RUN] would stop and purge web: running\n");
  CHECK(lab.nomad.Writes().empty());
}

TEST_CASE("down with -p stops, waits, and only then purges") {
  Lab lab({.gone_after_ms = 200});
  lab.Usual();
  BringUp(lab, {"web"});
  CHECK(lab.Run({"-p", "down", "web"}).exit_code == 0);
  const auto requests = lab.nomad.Requests();
  double stopped = 0;
  double purged = 0;
  for (const FakeNomadRequest& request : requests) {
    if (request.path.find("purge=true") != std::string::npos) {
      purged = request.time;
    } else if (request.method == "DELETE") {
      stopped = request.time;
    }
  }
  REQUIRE(stopped > 0);
  CHECK(purged - stopped >= 0.19);
  CHECK_FALSE(lab.IsThere("web"));
  lab.nomad.ClearLog();
  const NmgrResult again = lab.Run({"-p", "down", "web"});
  CHECK(again.exit_code == 0);
  CHECK(again.out == "1 job not registered\n");
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("A stopped job is purged by -p, and nothing is purged after a time-out") {
  Lab lab({.gone_after_ms = 60'000});
  lab.Usual();
  BringUp(lab, {"web"});
  NmgrResult result = lab.Run({"--timeout", "500ms", "-p", "down", "web"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "web: timed out after 500ms"));
  CHECK(Mentions(result.err, "is running"));
  CHECK(lab.NewWrites() == Words{"stop web"});
  result = lab.Run({"--timeout", "500ms", "-p", "down", "web"});
  CHECK(result.exit_code == 1);
  CHECK(lab.NewWrites().empty());
  // Without -p a job that was stopped before is not down either while its tasks run.
  result = lab.Run({"--timeout", "500ms", "down", "web"});
  CHECK(result.exit_code == 1);
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("down -d does not wait, and -d -p is a usage error") {
  Lab lab({.gone_after_ms = 60'000});
  lab.Usual();
  BringUp(lab);
  const auto start = std::chrono::steady_clock::now();
  CHECK(lab.Run({"-d", "down", "all"}).exit_code == 0);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  const Words writes = lab.NewWrites();
  REQUIRE(writes.size() == 5);
  CHECK(writes.back() == "stop garage");
  CHECK(lab.Run({"-d", "-p", "down", "all"}).exit_code == 64);
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("down stops pending, blocked and failed jobs") {
  Lab lab({.fail = {"web"}, .never = {"cache"}});
  lab.Usual();
  CHECK(lab.Run({"--timeout", "500ms", "up", "web", "cache"}).exit_code == 1);
  lab.nomad.ClearLog();
  CHECK(lab.Run({"down", "web", "cache"}).exit_code == 0);
  CHECK(lab.NewWrites().size() == 2);
  CHECK(lab.Job("web")["Stop"] == true);
  CHECK(lab.Job("cache")["Stop"] == true);
}

TEST_CASE("down needs no more than the header of a spec") {
  Lab lab;
  lab.Usual();
  BringUp(lab, {"web", "cache"});
  lab.Spec("web", "job \"web\" {\n  meta {\n    x = local.nothing\n  }\n}\n");
  lab.Spec("cache", "job \"cache\" {\n  group \"main\" {\n");
  const NmgrResult result = lab.Run({"down", "web", "cache"});
  CHECK(result.exit_code == 1);
  CHECK(lab.NewWrites() == Words{"stop web"});
  CHECK(LinesWith(result.err, "warning: web: its spec does not evaluate").size() == 1);
  CHECK(Mentions(result.err, "cache.hcl line"));
  CHECK(lab.Job("cache")["Stop"] == false);
  CHECK(lab.Run({"down", "web"}).exit_code == 0);
}

TEST_CASE("Two specs of one job: it is stopped once") {
  Lab lab;
  lab.Service("web", "web:1");
  BringUp(lab);
  lab.dir.Write("cld/other/web.hcl", ServiceSpec("web", "web:2"));
  CHECK(lab.Run({"down", "all"}).exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop web"});
}

TEST_CASE("The running children of a periodic job go with it") {
  Lab lab({.extra = {"--busy", "nightly*"}});
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  lab.Service("nightly-report", "r:1");
  BringUp(lab);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force").status == 200);
  std::string child;
  for (const nlohmann::json& job : lab.nomad.Get("/v1/jobs?prefix=nightly/")) child = job["ID"];
  REQUIRE_FALSE(child.empty());
  lab.nomad.ClearLog();
  const std::string escaped = "nightly%2F" + child.substr(8);
  SECTION("down") {
    const NmgrResult result = lab.Run({"down", "nightly"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop nightly", "stop " + escaped});
    CHECK(AllGone(lab, escaped));
    CHECK(lab.Job("nightly-report")["Stop"] == false);
  }
  SECTION("with --keep-children they stay") {
    CHECK(lab.Run({"down", "--keep-children", "nightly"}).exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop nightly"});
    CHECK_FALSE(AllGone(lab, escaped));
  }
  SECTION("-p purges the parent after them") {
    CHECK(lab.Run({"-p", "down", "nightly"}).exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop nightly", "stop " + escaped, "purge nightly"});
    CHECK(AllGone(lab, escaped));
  }
  SECTION("a dry run counts them") {
    CHECK(lab.Run({"-n", "down", "nightly"}).out ==
          "[DRY RUN] would stop nightly: with 1 running child\n");
  }
}

TEST_CASE("A finished batch job is left alone, and purged by -p") {
  Lab lab;
  lab.Service("once", "once:1", kBatchLines);
  BringUp(lab);
  CHECK(lab.Run({"down", "once"}).out == "1 job finished\n");
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Run({"-p", "down", "once"}).exit_code == 0);
  CHECK(lab.NewWrites() == Words{"purge once"});
}

TEST_CASE("An answer that is an error is never taken for absence") {
  Lab lab({.faults = {"GET /v1/job/web 500 boom"}});
  lab.Usual();
  BringUp(lab, {"cache"});
  const NmgrResult result = lab.Run({"down", "web", "cache"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "error: web: "));
  CHECK(Mentions(result.err, "boom"));
  CHECK(lab.NewWrites() == Words{"stop cache"});
}

TEST_CASE("Ctrl-C while jobs go down: no purge, nothing further, 130") {
  Lab lab({.gone_after_ms = 600'000});
  lab.Usual();
  BringUp(lab);
  Child child = StartNmgr({"-p", "--parallel", "1", "down", "all"}, lab.Options());
  for (int i = 0; i < 400 && lab.nomad.CountOf("DELETE") == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  child.Signal(SIGINT);
  const NmgrResult result = child.Wait();
  CHECK(result.exit_code == 130);
  CHECK(lab.NewWrites() == Words{"stop cache"});
  CHECK(Mentions(result.err, "cache: not confirmed"));
  // It is in the record all the same.
  const NmgrResult restore = lab.Run({"-n", "up", "--restore"});
  CHECK(restore.out == "[DRY RUN] would register cache: stopped\n");
}

TEST_CASE("The record is one file with the jobs in it, and only for this address") {
  Lab lab;
  lab.Usual();
  BringUp(lab, {"web"});
  CHECK(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(lab.Run({"-n", "up", "--restore"}).out == "[DRY RUN] would register web: stopped\n");
  Lab other;
  other.env["XDG_STATE_HOME"] = lab.env["XDG_STATE_HOME"];
  other.Usual();
  CHECK(other.Run({"-n", "up", "--restore"}).out.empty());
}

}  // namespace nmgr::testing
