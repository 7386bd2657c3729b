// logs: of which allocations, under which names, and why there is nothing.
#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

std::string Replicas(const std::string& id, int count, const std::string& more = {}) {
  return "job \"" + id + "\" {\n  group \"main\" {\n    count = " + std::to_string(count) + "\n" +
         DockerTask(id) + "  }\n" + more + "}\n";
}

std::string InNamespace(const std::string& id, const std::string& name_space) {
  return ServiceSpec(id, "x:1", "  namespace = \"" + name_space + "\"\n");
}

Words LogsOf(const Lab& lab, Words more) {
  more.insert(more.begin(), "logs");
  more.insert(more.end(), {"--stdout", "--tail", "1"});
  return LinesWith(lab.Run(more).out, "");
}

}  // namespace

TEST_CASE("one node that fails keeps nobody from the logs of the others") {
  Lab lab({.faults = {"GET /v1/client/fs/logs/?task=cache 500 Unknown node"}});
  for (const char* id : {"cache", "mail"}) lab.Service(id, "x:1");
  REQUIRE(lab.Run({"up", "cache", "mail"}).exit_code == 0);
  const NmgrResult result = lab.Run({"logs", "cache", "mail", "--stdout", "--tail", "1"});
  CHECK(result.exit_code == 1);
  CHECK(result.out == "mail.main[0]/mail | mail: ready\n");
  CHECK(Mentions(result.err, "error: cache.main[0] ("));
  CHECK(Mentions(result.err, "task cache, stdout: "));
}

TEST_CASE("a node that does not answer is asked once, and those that were not asked are named") {
  Lab lab({.faults = {"GET /v1/client/fs/logs/?task=cache 404 No path to node"}});
  for (const char* id : {"cache", "mail"}) lab.Service(id, "x:1");
  REQUIRE(lab.Run({"up", "cache", "mail"}).exit_code == 0);
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"logs", "cache", "mail"});
  CHECK(result.exit_code == 1);
  CHECK(result.out.empty());
  CHECK(lab.nomad.CountOf("GET /v1/client/fs/logs/") == 1);
  CHECK(Mentions(result.err, "task cache, stdout: "));
  CHECK(Mentions(result.err, "the node does not answer its servers"));
  CHECK(Mentions(result.err,
                 "not asked for their logs, because their nodes did not answer before: "
                 "mail.main[0] ("));
}

TEST_CASE("one ID in two namespaces: each line of a log names its own") {
  Lab lab({.namespaces = {"ops"}});
  lab.dir.Write("cld/a/web.hcl", InNamespace("web", "ops"));
  lab.dir.Write("cld/b/web.hcl", InNamespace("web", "default"));
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  CHECK(LogsOf(lab, {"all"}) ==
        Words{"default/web.main[0]/web | web: ready", "ops/web.main[0]/web | web: ready"});
  CHECK(LogsOf(lab, {"ops/web"}) == Words{"web: ready"});
  lab.dir.Write("cld/a/web.hcl",
                "job \"web\" {\n  namespace = \"ops\"\n  group \"main\" {\n    "
                "count = 2\n" +
                    DockerTask("web") + "  }\n}\n");
  REQUIRE(lab.Run({"up", "ops/web"}).exit_code == 0);
  CHECK(LogsOf(lab, {"ops/web"}) ==
        Words{"ops/web.main[0]/web | web: ready", "ops/web.main[1]/web | web: ready"});
}

TEST_CASE("a task that never started has no log: why is told, and no log is hinted at") {
  Lab lab({.broken = {"gone"}});
  lab.Service("gone", "gone:1");
  const NmgrResult up = lab.Run({"up", "gone"});
  CHECK(up.exit_code == 1);
  CHECK(Mentions(up.err + up.out, "Failed to pull `gone:1`: no such image"));
  CHECK(Mentions(up.err + up.out, "nmgr status gone"));
  CHECK_FALSE(Mentions(up.err + up.out, "nmgr logs"));
  CHECK(lab.nomad.CountOf("GET /v1/client/fs/logs/") == 0);

  const NmgrResult logs = lab.Run({"logs", "gone"});
  CHECK(logs.exit_code == 1);
  CHECK(logs.out.empty());
  const Words told = LinesWith(logs.err, "error: ");
  REQUIRE(told.size() == 1);
  CHECK(Mentions(told[0],
                 "task gone: it never started, so it has written nothing: Driver Failure: "
                 "Failed to pull `gone:1`: no such image"));
  CHECK(Mentions(logs.err, "`nmgr status gone` shows more of it"));
}

TEST_CASE("a task that ran and failed has a log, and it is hinted at") {
  Lab lab({.fail = {"web"}});
  lab.Service("web", "web:1");
  const NmgrResult up = lab.Run({"up", "web"});
  CHECK(up.exit_code == 1);
  CHECK(Mentions(up.err + up.out, "nmgr logs web --alloc "));
  CHECK_FALSE(Mentions(up.err + up.out, "nmgr status web"));
  CHECK(Mentions(lab.Run({"logs", "web"}).out, "web: failed\n"));
}

TEST_CASE("logs are those of the job as it is now") {
  Lab lab;
  lab.Spec("web", Replicas("web", 3, "  group \"extra\" {\n" + DockerTask("side") + "  }\n"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(LogsOf(lab, {"web"}).size() == 4);
  lab.Spec("web", Replicas("web", 1));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(LogsOf(lab, {"web"}) == Words{"web: ready"});
  CHECK_FALSE(Mentions(lab.Run({"logs", "web"}).err, "nothing of it runs"));
  // Named, what was is there all the same.
  CHECK(LogsOf(lab, {"web", "--group", "extra"}) == Words{"side: ready"});
}

TEST_CASE("of a job of which nothing runs the logs of what ran last are shown, and named") {
  Lab lab;
  lab.Spec("web", Replicas("web", 2));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Spec("web", Replicas("web", 1));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  const NmgrResult stopped = lab.Run({"logs", "web", "--stdout", "--tail", "1"});
  CHECK(stopped.exit_code == 0);
  CHECK(stopped.out == "web: ready\n");
  CHECK(Mentions(stopped.err, "web: nothing of it runs now; of what ran last: web.main[0] ("));
  CHECK(Mentions(stopped.err, "), complete"));
  CHECK_FALSE(Mentions(stopped.err, "main[1]"));
  lab.Spec("web", Replicas("web", 0));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(LogsOf(lab, {"web"}).size() == 2);
}

TEST_CASE("a failed allocation that nothing replaced is the job's beside those that run") {
  Lab lab;
  lab.Spec("web", Replicas("web", 2));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  std::string second;
  for (const auto& row : lab.nomad.Get("/v1/job/web/allocations")) {
    if (row["Name"] == "web.main[1]") second = row["ID"];
  }
  REQUIRE(lab.nomad.Send("PUT", "/fake/fail/" + second).status == 200);
  CHECK(LogsOf(lab, {"web"}) == Words{"main[0]/web | web: ready", "main[1]/web | web: ready"});
}

}  // namespace nmgr::testing
