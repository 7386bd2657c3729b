#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
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
  // The last look at the allocations came after the stop and saw the task end, and only then came
  // the purge: all by the stand-in's own log, in the order of its answers.
  Words order;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.path.find("purge=true") != std::string::npos) {
      order.push_back("purge");
    } else if (request.method == "DELETE") {
      order.push_back("stop");
    } else if (request.path.find("/allocations") != std::string::npos && !order.empty()) {
      order.push_back("look");
    }
  }
  REQUIRE(order.size() >= 4);
  CHECK(order.front() == "stop");
  CHECK(order.back() == "purge");
  CHECK(std::count(order.begin(), order.end(), "look") >= 2);
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
  CHECK(Mentions(result.err, "web: not gone after 500ms: 1 task still ending"));
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
  CHECK(lab.Run({"-d", "down", "all"}).exit_code == 0);
  for (const char* id : {"garage", "web"}) CHECK_FALSE(AllGone(lab, id));
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
  SECTION("-p purges them, and the parent after them") {
    CHECK(lab.Run({"-p", "down", "nightly"}).exit_code == 0);
    CHECK(lab.NewWrites() ==
          Words{"stop nightly", "stop " + escaped, "purge " + escaped, "purge nightly"});
    CHECK_FALSE(lab.IsThere(escaped));
  }
  SECTION("a dry run counts them") {
    CHECK(lab.Run({"-n", "down", "nightly"}).out ==
          "[DRY RUN] would stop nightly: with 1 running child\n");
  }
}

TEST_CASE("What a job launched is shown with its namespace where the ID stands in two") {
  Lab lab({.namespaces = {"prod"}, .extra = {"--busy", "nightly*"}});
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  lab.dir.Write("cld/prod/nightly.hcl",
                ServiceSpec("nightly", "nightly:1",
                            std::string(kPeriodicLines) + "  namespace = \"prod\"\n"));
  BringUp(lab);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force?namespace=prod").status == 200);
  const NmgrResult result = lab.Run({"-v", "down", "all"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.err, "prod/nightly: stopping prod/nightly/periodic-"));
  CHECK_FALSE(Mentions(result.err, "stopping nightly/periodic-"));
}

TEST_CASE("A job that is periodic and parameterized has grandchildren, which go too") {
  Lab lab({.gone_after_ms = 100, .extra = {"--busy", "enc*"}});
  lab.Service("enc", "enc:1", std::string(kPeriodicLines) + "  parameterized {}\n");
  BringUp(lab);
  const auto send = [&lab](const std::string& path) {
    const auto answer = lab.nomad.Send("POST", path, "{}");
    INFO(answer.body);
    REQUIRE(answer.status == 200);
  };
  const auto escaped = [&lab](const std::string& prefix) {
    std::string last;
    for (const nlohmann::json& job : lab.nomad.Get("/v1/jobs?prefix=" + prefix)) last = job["ID"];
    for (std::size_t at = last.find('/'); at != std::string::npos; at = last.find('/', at + 1)) {
      last.replace(at, 1, "%2F");
    }
    return last;
  };
  send("/v1/job/enc/dispatch");
  const std::string child = escaped("enc%2Fdispatch");
  send("/v1/job/" + child + "/periodic/force");
  const std::string grandchild = escaped(child + "%2Fperiodic");
  REQUIRE(grandchild != child);
  REQUIRE_FALSE(AllGone(lab, grandchild));
  lab.nomad.ClearLog();
  SECTION("down") {
    const NmgrResult result = lab.Run({"down", "enc"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop enc", "stop " + child, "stop " + grandchild});
    CHECK(AllGone(lab, grandchild));
    CHECK(Mentions(result.out, "stopped, with 2 children"));
  }
  SECTION("also when only a grandchild is left") {
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/enc").status == 200);
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/" + child).status == 200);
    lab.nomad.ClearLog();
    CHECK(lab.Run({"-n", "down", "enc"}).out ==
          "[DRY RUN] would stop enc: stopped, but 1 running child\n");
    CHECK(lab.Run({"down", "enc"}).exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop " + grandchild});
    CHECK(AllGone(lab, grandchild));
  }
  SECTION("-p purges the deepest first") {
    const NmgrResult result = lab.Run({"-p", "down", "enc"});
    CHECK(result.exit_code == 0);
    CHECK(lab.NewWrites() == Words{"stop enc", "stop " + child, "stop " + grandchild,
                                   "purge " + grandchild, "purge " + child, "purge enc"});
    CHECK(Mentions(result.out, "stopped and purged, with 2 children"));
    CHECK(lab.nomad.Get("/v1/jobs").empty());
  }
  SECTION("one whose parent Nomad has collected is named, and the run fails") {
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/" + child + "?purge=true").status == 200);
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({"down", "enc"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "may still run"));
    CHECK(lab.NewWrites() == Words{"stop enc"});
    CHECK_FALSE(AllGone(lab, grandchild));
  }
  SECTION("also of a job that is stopped, or that somebody has purged") {
    const std::string how = GENERATE("", "?purge=true");
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/enc" + how).status == 200);
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/" + child + "?purge=true").status == 200);
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({"down", "enc"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "may still run"));
    CHECK(lab.NewWrites().empty());
  }
  SECTION("of a job that somebody has purged they go all the same") {
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/enc?purge=true").status == 200);
    lab.nomad.ClearLog();
    CHECK(lab.Run({"-n", "down", "enc"}).out ==
          "[DRY RUN] would stop enc: not registered, but 2 running children\n");
    CHECK(lab.Run({"down", "--keep-children", "enc"}).out == "1 job not registered\n");
    CHECK(lab.NewWrites().empty());
    const NmgrResult result = lab.Run({"down", "enc"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.out, "2 children stopped"));
    CHECK(lab.NewWrites() == Words{"stop " + child, "stop " + grandchild});
    CHECK(AllGone(lab, grandchild));
    CHECK(lab.Run({"down", "enc"}).out == "1 job not registered\n");
  }
  SECTION("of a job that somebody has purged they are purged with -p") {
    REQUIRE(lab.nomad.Send("DELETE", "/v1/job/enc?purge=true").status == 200);
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({"down", "-p", "enc"});
    CHECK(result.exit_code == 0);
    CHECK(Mentions(result.out, "2 children stopped and purged"));
    CHECK(lab.NewWrites() ==
          Words{"stop " + child, "stop " + grandchild, "purge " + grandchild, "purge " + child});
  }
  SECTION("a dry run counts them") {
    CHECK(lab.Run({"-n", "down", "enc"}).out ==
          "[DRY RUN] would stop enc: with 2 running children\n");
  }
}

TEST_CASE("A namespace that Nomad does not have is an error, never \"not registered\"") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("db", "db:1");
  BringUp(lab);
  lab.env["NOMAD_NAMESPACE"] = "typo";
  for (const char* verb : {"down", "reconcile", "image"}) {
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({verb, "all"});
    INFO(verb << "\n" << result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "Nomad has no namespace \"typo\""));
    CHECK_FALSE(Mentions(result.out, "not registered"));
    CHECK(lab.nomad.CountOf("GET /v1/namespace/typo") == 1);
  }
  const NmgrResult listed = lab.Run({"list", "-l", "all"});
  CHECK(listed.exit_code == 1);
  CHECK(LinesWith(listed.err, "error: Nomad has no namespace \"typo\"").size() == 1);
  CHECK_FALSE(Mentions(listed.out, "not registered"));
  lab.env["NOMAD_NAMESPACE"] = "prod";
  const NmgrResult result = lab.Run({"down", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "2 jobs not registered\n");
}

TEST_CASE("The namespace * is refused before anything is asked") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("own", "own:1", "  namespace = \"prod\"\n");
  BringUp(lab);
  lab.env["NOMAD_NAMESPACE"] = "*";
  for (const char* verb : {"down", "up", "reconcile", "plan", "image"}) {
    lab.nomad.ClearLog();
    const NmgrResult result = lab.Run({verb, "all"});
    INFO(verb << "\n" << result.err);
    CHECK(result.exit_code == 64);
    CHECK(Mentions(result.err, "web has no namespace of its own"));
    CHECK(lab.nomad.Requests().empty());
  }
  CHECK(lab.Run({"down", "own"}).exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop own"});
  CHECK(lab.Run({"list", "all"}).exit_code == 0);
  const NmgrResult listed = lab.Run({"list", "-l", "all"});
  CHECK(listed.exit_code == 0);
  CHECK(Mentions(listed.out, "running"));
}

TEST_CASE("A job without a spec is listed, and stopped by its exact ID") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("old", "old:1");
  lab.Service("older", "older:1");
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  lab.Service("own", "own:1", "  namespace = \"prod\"\n");
  lab.Service("gone", "gone:1", "  namespace = \"prod\"\n");
  BringUp(lab);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force").status == 200);
  for (const char* id : {"old", "older", "gone"}) {
    lab.Spec(id, "variable \"x\" {}\n");
  }
  lab.nomad.ClearLog();
  CHECK(lab.Run({"list", "--orphans"}).out == "prod/gone\nold\nolder\n");
  CHECK(lab.nomad.CountOf("GET /v1/jobs") == 2);
  CHECK(Mentions(lab.Run({"list", "--orphans", "-l"}).out, "prod"));

  CHECK(lab.Run({"down", "old"}).exit_code == 66);
  CHECK(lab.Run({"up", "job:old"}).exit_code == 66);
  CHECK(lab.Run({"down", "job:ol"}).exit_code == 66);
  CHECK(lab.Run({"down", "job:old*"}).exit_code == 66);
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Run({"-n", "down", "job:old"}).out == "[DRY RUN] would stop old: running\n");
  const NmgrResult result = lab.Run({"down", "job:old"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop old"});
  CHECK(AllGone(lab, "old"));
  CHECK(lab.Job("older")["Stop"] == false);
  CHECK(lab.Run({"-p", "down", "job:old"}).exit_code == 0);
  CHECK(lab.Run({"list", "--orphans"}).out == "prod/gone\nolder\n");
}

TEST_CASE("What has ended of a job that is gone is counted, not listed as without a spec") {
  Lab lab;
  lab.Service("web", "web:1");
  lab.Service("old", "old:1");
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  BringUp(lab);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/nightly/periodic/force").status == 200);
  REQUIRE(lab.nomad.Send("DELETE", "/v1/job/nightly?purge=true").status == 200);
  for (const char* id : {"old", "nightly"}) lab.Spec(id, "variable \"x\" {}\n");
  const auto child = [&] {
    for (const auto& job : lab.nomad.Get("/v1/jobs")) {
      if (job["ParentID"] == "nightly") return job;
    }
    return nlohmann::json();
  };
  for (int i = 0; i < 800 && child()["Status"] != "dead"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  REQUIRE(child()["Status"] == "dead");
  const NmgrResult listed = lab.Run({"list", "--orphans"});
  CHECK(listed.out == "old\n");
  CHECK(Mentions(listed.err, "1 ended launch of jobs that are gone"));
}

TEST_CASE("Every verb finds a job without a spec in its namespace, and in no other") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("own", "own:1", "  namespace = \"prod\"\n");
  lab.Service("gone", "gone:1", "  namespace = \"prod\"\n");
  BringUp(lab);
  lab.Spec("gone", "variable \"x\" {}\n");
  CHECK(Mentions(lab.Run({"status"}).out, "prod/gone"));
  CHECK(Mentions(lab.Run({"status", "job:prod/gone"}).out, "state       running\n"));
  CHECK(lab.Run({"logs", "job:prod/gone"}).exit_code == 0);
  CHECK(lab.Run({"-n", "down", "job:prod/gone"}).out ==
        "[DRY RUN] would stop prod/gone: running\n");
  CHECK(Mentions(lab.Run({"-n", "-o", "json", "down", "job:prod/gone"}).out,
                 "\"namespace\": \"prod\""));
  for (const char* verb : {"status", "logs", "exec", "down"}) {
    INFO(verb);
    const NmgrResult elsewhere = lab.Run({verb, "job:gone"});
    CHECK(elsewhere.exit_code == 66);
    CHECK(Mentions(elsewhere.err, "no such job in namespace default"));
    const NmgrResult nowhere = lab.Run({verb, "job:nope/gone"});
    CHECK(nowhere.exit_code == 66);
    CHECK(Mentions(nowhere.err, "nope"));
  }
  // The whole of it may be an ID, too.
  lab.Service("slash", "slash:1");
  std::string text = ServiceSpec("slash", "slash:1");
  text.replace(text.find("\"slash\""), 7, "\"prod/gone\"");
  lab.Spec("slash", text);
  REQUIRE(lab.Run({"up", "job:prod/gone"}).exit_code == 0);
  lab.Spec("slash", "variable \"x\" {}\n");
  const NmgrResult both = lab.Run({"down", "job:prod/gone"});
  CHECK(both.exit_code == 64);
  CHECK(Mentions(both.err, "names two jobs"));
  CHECK(lab.Run({"-n", "down", "job:default/prod/gone"}).exit_code == 0);
}

TEST_CASE("A job whose spec is torn is stopped where its namespace is named, and only then") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.Service("own", "own:1", "  namespace = \"prod\"\n");
  BringUp(lab);
  lab.Spec("web", ServiceSpec("web", "web:1") + "}\n");
  lab.NewWrites();
  for (const char* word : {"web", "job:web", "all"}) {
    const NmgrResult left = lab.Run({"-n", "down", word});
    CHECK(left.exit_code == 1);
    CHECK(Mentions(left.err, "nmgr down job:NAMESPACE/web stops it"));
    CHECK_FALSE(Mentions(left.out, "would stop web"));
  }
  CHECK(lab.Run({"logs", "job:default/web"}).exit_code == 0);
  CHECK(lab.Run({"down", "job:prod/web"}).exit_code == 66);
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Run({"down", "job:default/web"}).exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop web"});
}

TEST_CASE("A job without a spec whose ID stands in two namespaces is shown and named by both") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1");
  lab.dir.Write("cld/prod/web.hcl", ServiceSpec("web", "web:1", "  namespace = \"prod\"\n"));
  lab.dir.Write("cld/prod/own.hcl", ServiceSpec("own", "own:1", "  namespace = \"prod\"\n"));
  BringUp(lab);
  REQUIRE(std::filesystem::remove(lab.dir.At("cld/prod/web.hcl")));
  CHECK(lab.Run({"list", "--orphans"}).out == "prod/web\n");
  // "*" leaves open which of them the spec without a namespace is about.
  lab.env["NOMAD_NAMESPACE"] = "*";
  CHECK(lab.Run({"list", "--orphans"}).out.empty());
  lab.env.erase("NOMAD_NAMESPACE");
  lab.nomad.ClearLog();
  CHECK(lab.Run({"down", "job:nowhere/web"}).exit_code == 66);
  const NmgrResult result = lab.Run({"down", "job:prod/web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop web"});
  CHECK(lab.Job("web")["Stop"] == false);
  CHECK(lab.nomad.Get("/v1/job/web?namespace=prod")["Stop"] == true);
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

TEST_CASE(
    "A wait in which Nomad could not be asked says that, and nothing of tasks it has not seen") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  FakeNomadProcess other({.faults = {"GET /v1/job/web/allocations 200 <title>Sorry</title>"}});
  other.Register(lab.Job("web"));
  lab.env["NOMAD_ADDR"] = other.address();
  const NmgrResult result = lab.Run({"down", "web", "--timeout", "1s"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "web: not gone after 1s\n  Nomad could not be asked: "));
  CHECK(Mentions(result.err, "a web page (\"Sorry\")"));
  CHECK_FALSE(Mentions(result.err, "0 tasks"));
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
  CHECK(Mentions(result.err,
                 "cache: stop sent, not waited for (interrupted); `nmgr down cache` waits on"));
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
