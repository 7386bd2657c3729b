#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

const char* const kBroken = "job \"broken\" {\n  meta {\n    x = local.nothing\n  }\n}\n";

}  // namespace

TEST_CASE("up all registers everything, infra first, and does nothing the second time") {
  Lab lab;
  lab.Usual();
  NmgrResult result = lab.Run({"up", "all"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites().size() == 5);
  for (const char* id : {"garage", "caddy", "web", "cache", "mail"}) {
    CHECK(lab.Job(id)["Status"] == "running");
    CHECK(Mentions(result.out, id));
  }
  // By modify index: garage, then caddy, then the others.
  CHECK(lab.Job("garage")["JobModifyIndex"] < lab.Job("caddy")["JobModifyIndex"]);
  for (const char* id : {"web", "cache", "mail"}) {
    CHECK(lab.Job("caddy")["ModifyIndex"] < lab.Job(id)["JobModifyIndex"]);
  }
  result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "5 jobs up to date\n");
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("up sends the author's own source as submission, and its data files in the job") {
  Lab lab;
  lab.dir.Write("cld/web/site.conf", "listen 80;\n");
  const std::string text =
      "# by hand\nvariable \"tag\" {\n  default = \"1\"\n}\n\njob \"web\" {\n  group \"main\" {\n  "
      "  task "
      "\"web\" {\n      driver = \"docker\"\n      config {\n        image = "
      "\"nginx:${var.tag}\"\n      }\n"
      "      template {\n        data        = file(\"site.conf\")\n        destination = "
      "\"local/site.conf\"\n"
      "      }\n    }\n  }\n}\n";
  lab.Spec("web", text);
  const NmgrResult result = lab.Run({"--var", "tag=2", "up", "web"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const nlohmann::json submission = lab.nomad.Get("/v1/job/web/submission?version=0");
  CHECK(submission["Source"] == text);
  CHECK(submission["Format"] == "hcl2");
  CHECK(submission["VariableFlags"]["tag"] == "2");
  CHECK(lab.LiveImage("web") == "nginx:2");
  const nlohmann::json job = lab.Job("web");
  CHECK(job["TaskGroups"][0]["Tasks"][0]["Templates"][0]["EmbeddedTmpl"] == "listen 80;\n");
}

TEST_CASE("A dry run of up writes nothing and says what and why") {
  Lab lab;
  lab.Usual();
  const NmgrResult result = lab.Run({"-n", "up", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.out ==
        "[DRY RUN] would register garage: new\n"
        "[DRY RUN] would register caddy: new\n"
        "[DRY RUN] would register cache: new\n"
        "[DRY RUN] would register mail: new\n"
        "[DRY RUN] would register web: new\n");
  CHECK(lab.nomad.Writes().empty());
  CHECK(lab.Run({"-n", "--detailed-exitcode", "up", "web"}).exit_code == 2);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(lab.Run({"-n", "--detailed-exitcode", "up", "web"}).exit_code == 0);
}

TEST_CASE("A broken spec is reported with its place, its job untouched, the others go on") {
  Lab lab;
  lab.Usual();
  lab.Spec("broken", kBroken);
  lab.dir.Write("cld/cut/cut.hcl", "job \"cut\" {\n  group \"g\" {\n");
  NmgrResult result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "broken.hcl line 3"));
  CHECK(Mentions(result.err, "cut.hcl line"));
  CHECK(Mentions(result.out, "left alone: its spec does not evaluate ("));
  CHECK(Mentions(result.out, "left alone: its spec does not evaluate (cld/cut/cut.hcl:2:"));
  CHECK_FALSE(lab.IsThere("broken"));
  CHECK_FALSE(lab.IsThere("cut"));
  CHECK(lab.IsThere("web"));
  SECTION("--strict refuses the whole run") {
    lab.Service("new", "new:1");
    lab.nomad.ClearLog();
    result = lab.Run({"--strict", "up", "all"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "--strict"));
    CHECK(lab.nomad.Writes().empty());
  }
}

TEST_CASE("Two specs of one job are left alone and named") {
  Lab lab;
  lab.Service("web", "web:1");
  lab.dir.Write("cld/other/web.hcl", ServiceSpec("web", "web:2"));
  const NmgrResult result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "other/web.hcl"));
  CHECK(Mentions(result.err, "web/web.hcl"));
  CHECK_FALSE(lab.IsThere("web"));
}

TEST_CASE("What a failed task wrote is among the reasons, in JSON too, and left out by --no-logs") {
  Lab lab({.fail = {"web"}});
  lab.Service("web", "web:1");
  const auto logs_asked = [&lab] {
    std::size_t asked = 0;
    for (const auto& request : lab.nomad.Requests()) {
      if (request.path.find("/v1/client/fs/logs/") == 0) ++asked;
    }
    return asked;
  };
  const NmgrResult told = lab.Run({"-o", "json", "up", "web"});
  REQUIRE(told.exit_code == 1);
  const auto details = nlohmann::json::parse(told.out).at("jobs").at(0).at("details");
  REQUIRE(details.size() >= 3);
  CHECK(details.at(0) == "  web: warning");
  CHECK(details.at(1) == "  web: failed");
  CHECK(details.back().get<std::string>().starts_with("nmgr logs web --alloc "));
  CHECK(logs_asked() == 1);

  lab.nomad.ClearLog();
  const NmgrResult quiet = lab.Run({"up", "web", "--no-logs"});
  CHECK(quiet.exit_code == 1);
  CHECK(Mentions(quiet.err, "nmgr logs web --alloc "));
  CHECK_FALSE(Mentions(quiet.err, "web: warning"));
  CHECK(logs_asked() == 0);
}

TEST_CASE(
    "A job that fails is reported with its reasons; others go on; next time it is started "
    "anew") {
  Lab lab({.fail = {"web"}});
  lab.Usual();
  NmgrResult result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "error: web: failed"));
  CHECK(Mentions(result.err, ": task web exits with 1 (deployment "));
  CHECK(Mentions(result.err, "Terminated: Exit Code: 1"));
  CHECK(Mentions(result.err, "\n    web: failed\n"));
  CHECK(Mentions(result.err, "\n  nmgr logs web --alloc "));
  CHECK(Mentions(result.out, "task web exits with 1 (deployment "));
  CHECK(lab.Job("cache")["Status"] == "running");

  lab.nomad.ClearLog();
  result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err,
                 "web: stop and register (failed: its deployment failed, group main runs 0 of 1)"));
  CHECK(lab.NewWrites() == Words{"stop web", "register"});

  CHECK(lab.Run({"down", "web"}).exit_code == 0);
  const auto again = lab.Run({"up", "web"});
  CHECK(again.exit_code == 1);
  INFO(again.err);
  CHECK(Mentions(again.err, "task web exits with 1"));
}

TEST_CASE("A failed infra job stops what follows it") {
  Lab lab({.fail = {"garage"}});
  lab.Usual();
  const NmgrResult result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(lab.NewWrites().size() == 1);
  CHECK(lab.IsThere("garage"));
  CHECK(Mentions(result.out, "4 jobs not started: infra job garage failed"));
  CHECK(LinesWith(result.out, "not started: ") ==
        Words{"not started: caddy, cache, mail, web; `nmgr up caddy cache mail web` goes on"});
  // What it was to do besides is not left out of what is to be typed.
  CHECK(LinesWith(lab.Run({"up", "--again", "all"}).out, "not started: ") ==
        Words{"not started: caddy, cache, mail, web; the same command goes on"});
}

TEST_CASE("What nothing can place is named at once and failed at the time limit") {
  Lab lab({.never = {"web"}});
  lab.Usual();
  const NmgrResult result = lab.Run({"--timeout", "1s", "up", "web"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "cannot be placed"));
  CHECK(Mentions(result.err, "web: not healthy after 1s"));
}

TEST_CASE("With -d nothing but infra is waited for") {
  Lab lab({.healthy_after_ms = 400});
  lab.Usual();
  const NmgrResult result = lab.Run({"-d", "up", "all"});
  CHECK(result.exit_code == 0);
  CHECK(lab.nomad.Get("/v1/job/garage/deployment")["Status"] == "successful");
  CHECK(lab.nomad.Get("/v1/job/caddy/deployment")["Status"] == "successful");
  CHECK(lab.NewWrites().size() == 5);
}

TEST_CASE("Batch, periodic and system jobs") {
  Lab lab({.fail = {"broken-batch"}});
  lab.Service("once", "once:1", kBatchLines);
  lab.Service("nightly", "nightly:1", kPeriodicLines);
  lab.Service("agent", "agent:1", "  type = \"system\"\n");
  lab.Service("broken-batch", "b:1", kBatchLines);
  NmgrResult result = lab.Run({"up", "once", "nightly", "agent"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.Job("once")["Status"] == "dead");
  CHECK(lab.Job("nightly")["Status"] == "running");
  CHECK(Mentions(lab.Run({"up", "once"}).out, "1 job finished"));
  result = lab.Run({"up", "broken-batch"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "Exit Code: 1"));
}

TEST_CASE("That no node fits a system job is told each time, not only the first") {
  Lab lab({.never = {"agent"}});
  lab.Service("agent", "agent:1", "  type = \"system\"\n");
  REQUIRE(lab.Run({"up", "agent"}).exit_code == 0);
  for (const char* verb : {"up", "reconcile"}) {
    const NmgrResult again = lab.Run({verb, "agent"});
    CHECK(again.exit_code == 0);
    CHECK(Mentions(again.out, "up to date"));
    CHECK(Mentions(again.err, "agent: nothing of it runs: no node fits it"));
  }
  CHECK(Mentions(lab.Run({"status", "agent"}).out, "nothing of it runs: no node fits it"));
}

TEST_CASE("up --restore brings back what down stopped, and only that") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "garage", "caddy", "web", "cache"}).exit_code == 0);
  lab.nomad.ClearLog();
  REQUIRE(lab.Run({"-n", "down", "all"}).exit_code == 0);
  NmgrResult result = lab.Run({"up", "--restore"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.err, "nothing to bring back"));

  REQUIRE(lab.Run({"down", "all"}).exit_code == 0);
  lab.nomad.ClearLog();
  result = lab.Run({"-n", "up", "--restore"});
  CHECK(LinesWith(result.out, "[DRY RUN]").size() == 4);
  result = lab.Run({"up", "--restore", "web"});
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(lab.Job("web")["Stop"] == false);
  result = lab.Run({"up", "--restore"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites().size() == 3);
  CHECK(lab.Job("garage")["Stop"] == false);
  CHECK_FALSE(lab.IsThere("mail"));
  CHECK(Mentions(lab.Run({"up", "--restore"}).err, "nothing to bring back"));

  SECTION("a job whose spec has gone is named") {
    REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
    lab.dir.Remove("cld/web/web.hcl");
    result = lab.Run({"up", "--restore"});
    CHECK(result.exit_code == 1);
    CHECK(Mentions(result.err, "web was stopped at"));
  }
}

TEST_CASE("No Nomad there: 69 at once") {
  Lab lab;
  lab.Usual();
  lab.nomad.Kill();
  for (const char* action : {"up", "down", "reconcile", "plan", "image"}) {
    const NmgrResult result = lab.Run({action, "all"});
    INFO(action << result.err);
    CHECK(result.exit_code == 69);
    CHECK(LinesWith(result.err, "error: ").size() == 1);
  }
}

TEST_CASE("A token that is refused: 77") {
  Lab lab({.token = "s3cr3t-token"});
  lab.Usual();
  for (const char* action : {"up", "down", "reconcile", "plan", "image"}) {
    const NmgrResult result = lab.Run({action, "all"});
    INFO(action << result.err);
    CHECK(result.exit_code == 77);
    CHECK(Mentions(result.err, "Permission denied"));
  }
  lab.env["NOMAD_TOKEN"] = "s3cr3t-token";
  const NmgrResult result = lab.Run({"-v", "up", "web"});
  CHECK(result.exit_code == 0);
  CHECK_FALSE(Mentions(result.err + result.out, "s3cr3t-token"));
}

TEST_CASE("A refusal after the first success is that job's failure") {
  Lab lab({.faults = {"POST /v1/job/cache/plan 403 Permission denied"}});
  lab.Usual();
  const NmgrResult result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "error: cache: "));
  CHECK(Mentions(result.err, "/v1/job/cache/plan"));
  CHECK(lab.NewWrites().size() == 4);
  CHECK_FALSE(lab.IsThere("cache"));
}

TEST_CASE("wait-server waits for a Nomad that comes up later") {
  Lab lab({.faults = {"GET /v1/status/leader 500x3 No cluster leader"}});
  lab.Usual();
  const std::string limit = GENERATE("20s", "2562047h");
  CHECK(lab.Run({"--wait-server", limit, "up", "web"}).exit_code == 0);
  CHECK(lab.nomad.CountOf("GET /v1/status/leader") == 4);
}

TEST_CASE("A time limit beyond what a clock can count to is no limit") {
  Lab lab({.healthy_after_ms = 300, .gone_after_ms = 300});
  lab.Usual();
  const Words limit = {"--timeout", "2562047h"};
  for (const char* verb : {"up", "down", "up", "reconcile"}) {
    const NmgrResult result = lab.Run({verb, limit[0], limit[1], "all"});
    INFO(verb << result.err);
    CHECK(result.exit_code == 0);
  }
  CHECK(lab.Job("web").at("Stop") == false);
}

TEST_CASE("Ctrl-C: nothing more is started, what was submitted is named, 130") {
  Lab lab({.healthy_after_ms = 600'000});
  lab.Usual();
  Child child = StartNmgr({"--parallel", "1", "up", "services"}, lab.Options());
  for (int i = 0; i < 400 && lab.nomad.CountOf("GET /v1/evaluation/") == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  child.Signal(SIGINT);
  const NmgrResult result = child.Wait();
  CHECK(result.exit_code == 130);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(Mentions(result.err,
                 "cache: register sent, not waited for (interrupted); `nmgr up cache` waits on"));
  CHECK(Mentions(result.out, "2 jobs not started: interrupted"));
}

TEST_CASE("Ctrl-C while it is looked whether what was waited for runs: nothing has failed") {
  Lab lab({.faults = {"GET /v1/job/web/evaluations hang"}});
  lab.Service("web", "docker.io/web:1");
  Child child = StartNmgr({"up", "web"}, lab.Options());
  for (int i = 0; i < 1'200; ++i) {
    const auto deployment = lab.nomad.Send("GET", "/v1/job/web/deployment");
    if (Mentions(deployment.body, "\"successful\"")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  child.Signal(SIGINT);
  const NmgrResult result = child.Wait();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 130);
  CHECK(Mentions(result.err, "web: register sent, not waited for (interrupted); `nmgr up web` "));
  CHECK_FALSE(Mentions(result.out + result.err, "fail"));
  CHECK_FALSE(Mentions(result.out + result.err, "cannot be seen"));
}

TEST_CASE("A register whose connection broke is not repeated blindly") {
  Lab lab({.faults = {"POST /v1/jobs$ closex1"}});
  lab.Service("web", "web:1");
  const NmgrResult result = lab.Run({"up", "web"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.Job("web")["Version"] == 0);
}

TEST_CASE("Namespaces of specs are respected, and one that does not exist is that job's error") {
  Lab lab({.namespaces = {"apps"}});
  lab.Service("web", "web:1", "  namespace = \"apps\"\n");
  lab.Service("cache", "cache:1", "  namespace = \"nowhere\"\n");
  const NmgrResult result = lab.Run({"up", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "cache: Nomad has no namespace \"nowhere\""));
  CHECK(lab.nomad.Get("/v1/job/web?namespace=apps")["Namespace"] == "apps");
  CHECK_FALSE(lab.IsThere("web"));
}

TEST_CASE("The result as JSON is one document") {
  Lab lab({.fail = {"web"}});
  lab.Usual();
  lab.Spec("broken", kBroken);
  const NmgrResult result = lab.Run({"-o", "json", "up", "all"});
  CHECK(result.exit_code == 1);
  const nlohmann::json document = nlohmann::json::parse(result.out);
  CHECK(document["action"] == "up");
  CHECK(document["dry_run"] == false);
  CHECK(document["exit_code"] == 1);
  std::map<std::string, nlohmann::json> jobs;
  for (const nlohmann::json& job : document["jobs"]) jobs[job["id"]] = job;
  CHECK(jobs.size() == 6);
  CHECK(jobs["web"]["outcome"] == "failed");
  CHECK(jobs["web"]["wrote"] == true);
  CHECK_FALSE(jobs["web"]["details"].empty());
  CHECK(jobs["cache"]["outcome"] == "done");
  CHECK(jobs["cache"]["move"] == "register");
  CHECK(jobs["cache"]["state"] == "absent");
  CHECK(jobs["garage"]["infra"] == true);
  CHECK(jobs["broken"]["move"] == "broken");
  CHECK(jobs["broken"]["state"].is_null());
}

TEST_CASE("Without a target nothing is touched") {
  Lab lab;
  lab.Usual();
  CHECK(lab.Run({"up"}).exit_code == 64);
  CHECK(lab.Run({"up", "wbe"}).exit_code == 66);
  CHECK(lab.nomad.Requests().empty());
}

}  // namespace nmgr::testing
