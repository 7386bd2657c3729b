// revert and undo: back to where jobs stood, and to nothing else.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

using nlohmann::json;

json UndoneRuns(const Lab& lab) {
  return json::parse(lab.Run({"-o", "json", "history"}).out).at("runs");
}

bool IsStopped(const Lab& lab, const std::string& id) { return lab.Job(id).at("Stop"); }

Words Reverts(const Lab& lab) {
  Words found;
  for (const std::string& line : lab.nomad.Writes()) {
    if (Mentions(line, "/revert")) found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("revert goes back to the stable version before, or to the given one, and waits") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  for (const char* image : {"web:2", "web:3"}) {
    lab.Service("web", image);
    REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  }
  lab.nomad.ClearLog();
  const NmgrResult dry = lab.Run({"-n", "revert", "web"});
  CHECK(dry.exit_code == 0);
  CHECK(LinesWith(dry.out, "[DRY RUN] would revert web: version 2 -> 1").size() == 1);
  CHECK(Mentions(dry.out, "web:2"));
  CHECK(lab.nomad.Writes().empty());

  const NmgrResult back = lab.Run({"revert", "web"});
  INFO(back.err);
  CHECK(back.exit_code == 0);
  CHECK(lab.LiveImage("web") == "web:2");
  CHECK(lab.nomad.Writes() == Words{"POST /v1/job/web/revert"});
  CHECK(lab.Run({"revert", "web", "--version", "0"}).exit_code == 0);
  CHECK(lab.LiveImage("web") == "web:1");
  CHECK(lab.Run({"revert", "web", "--version=9"}).exit_code == 1);
  CHECK(lab.Run({"revert", "web", "--version", "4"}).exit_code == 0);
  CHECK(lab.Run({"revert", "we"}).exit_code == 66);
  CHECK(lab.Run({"revert"}).exit_code == 64);
  CHECK(lab.Run({"revert", "--version"}).exit_code == 0);
  // A version that is what is registered takes nothing back.
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  CHECK(lab.Run({"revert", "web", "--version", "4"}).exit_code == 0);
  CHECK(lab.nomad.Writes().empty());
  CHECK(lab.Run({"revert", "web"}).exit_code == 0);
  CHECK(lab.LiveImage("web") == "web:2");
  const json runs = UndoneRuns(lab);
  CHECK(runs[0]["action"] == "revert");
  CHECK(runs[0]["jobs"][0]["writes"][0]["kind"] == "revert");
}

TEST_CASE("revert takes a job of another namespace by its name, and no version that never ran") {
  Lab lab({.fail = {"web"}, .namespaces = {"prod"}});
  lab.dir.Write("cld/prod/web.hcl", ServiceSpec("web", "web:1", "  namespace = \"prod\"\n"));
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  lab.dir.Write("cld/prod/web.hcl", ServiceSpec("web", "web:2", "  namespace = \"prod\"\n"));
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  CHECK(lab.Run({"revert", "web"}).exit_code == 66);
  const NmgrResult none = lab.Run({"revert", "prod/web"});
  CHECK(none.exit_code == 1);
  CHECK(Mentions(none.err, "no earlier version of it was ever stable"));
  CHECK(Reverts(lab).empty());
}

TEST_CASE("undo of an up: new jobs are stopped, changed ones go back; undo of that does it again") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "web", "caddy"}).exit_code == 0);
  lab.Service("web", "docker.io/web:2");
  lab.Service("caddy", "docker.io/caddy:2");
  REQUIRE(lab.Run({"up", "web", "caddy", "mail"}).exit_code == 0);
  lab.nomad.ClearLog();

  const NmgrResult dry = lab.Run({"-n", "undo"});
  INFO(dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(LinesWith(dry.out, "[DRY RUN] would stop mail: was absent before the run").size() == 1);
  CHECK(LinesWith(dry.out, "[DRY RUN] would revert web: version 1 -> 0").size() == 1);
  CHECK(lab.nomad.Writes().empty());

  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(lab.LiveImage("caddy") == "docker.io/caddy:1");
  CHECK(IsStopped(lab, "mail"));
  const Words writes = lab.nomad.Writes();
  REQUIRE(writes.size() == 3);
  CHECK(writes.back() == "POST /v1/job/caddy/revert");  // which went first
  CHECK(lab.nomad.CountOf("DELETE") == 0);

  const NmgrResult redone = lab.Run({"undo"});
  INFO(redone.out << redone.err);
  CHECK(redone.exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  CHECK(lab.LiveImage("caddy") == "docker.io/caddy:2");
  CHECK_FALSE(IsStopped(lab, "mail"));
  const json runs = UndoneRuns(lab);
  CHECK(runs[0]["undoes"] == runs[1]["id"]);
  CHECK(runs[1]["undoes"] == runs[2]["id"]);
}

TEST_CASE("what a journal could not hold any more is not taken for what was not done") {
  Lab lab;
  for (int i = 0; i < 16; ++i) {
    lab.Service("j" + std::to_string(i), "docker.io/j" + std::to_string(i) + ":1");
  }
  const NmgrResult run = RunShell(
      "exec bash -c 'ulimit -f 5; exec \"$0\" -q up all' '" + std::string(NmgrBinary()) + "'",
      lab.Options());
  INFO(run.err);
  REQUIRE(lab.nomad.Writes().size() == 16);
  const NmgrResult undo = lab.Run({"-n", "undo"});
  INFO(undo.out << undo.err);
  CHECK(undo.exit_code == 1);
  CHECK(Mentions(undo.err, "whether that run changed it is not known"));
  CHECK_FALSE(Mentions(undo.out + undo.err, "not changed by that run"));
  const json runs = UndoneRuns(lab);
  CHECK(runs[0]["cut"] == true);
  const NmgrResult one = lab.Run({"history", runs[0]["id"].get<std::string>()});
  INFO(one.out);
  CHECK(Mentions(one.out, "its journal could not be written to its end"));
  CHECK_FALSE(Mentions(one.out, "not written"));
}

TEST_CASE("undo of a down starts what it stopped, and nothing that was stopped before") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "services"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "cache"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "services"}).exit_code == 0);
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK_FALSE(IsStopped(lab, "web"));
  CHECK_FALSE(IsStopped(lab, "mail"));
  CHECK(IsStopped(lab, "cache"));
  CHECK(lab.Run({"-n", "up", "--restore"}).out ==
        LinesWith(lab.Run({"-n", "up", "--restore"}).out, "[DRY RUN] would register cache").at(0) +
            "\n");
}

TEST_CASE("undo of the start of a stopped job leaves it stopped, with the spec it had") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  lab.Service("web", "web:2");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(IsStopped(lab, "web"));
  CHECK(lab.LiveImage("web") == "web:1");
}

TEST_CASE("undo refuses what somebody changed since and names it before the first write") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "web", "mail"}).exit_code == 0);
  for (const char* id : {"web", "mail"}) lab.Service(id, std::string("docker.io/") + id + ":2");
  REQUIRE(lab.Run({"up", "web", "mail"}).exit_code == 0);
  const std::string run = UndoneRuns(lab)[0]["id"];
  json other = lab.Job("web");
  other["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "docker.io/web:3";
  lab.nomad.Register(other);
  lab.nomad.ClearLog();

  const NmgrResult strict = lab.Run({"--strict", "undo", run});
  CHECK(strict.exit_code == 1);
  CHECK(Mentions(strict.err, "web: somebody changed it since"));
  CHECK(lab.nomad.Writes().empty());
  const NmgrResult undone = lab.Run({"undo", run});
  CHECK(undone.exit_code == 1);
  CHECK(Mentions(undone.err,
                 "web: somebody changed it since: it is at version 2, the run left it "
                 "at version 1"));
  CHECK(lab.LiveImage("web") == "docker.io/web:3");
  CHECK(lab.LiveImage("mail") == "docker.io/mail:1");
  CHECK(lab.nomad.Writes() == Words{"POST /v1/job/mail/revert"});

  CHECK(lab.Run({"undo", "200101-000000"}).exit_code == 66);
  lab.env["NOMAD_REGION"] = "elsewhere";
  CHECK(lab.Run({"undo", run}).exit_code == 64);
}

TEST_CASE("what was purged is refused by undo with the reason; a restart is told as what stays") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  REQUIRE(lab.Run({"restart", "web"}).exit_code == 0);
  const NmgrResult restarted = lab.Run({"undo"});
  CHECK(restarted.exit_code == 0);
  CHECK(Mentions(restarted.err, "what the run did to it (restart) cannot be taken back"));
  REQUIRE(lab.Run({"down", "-p", "web"}).exit_code == 0);
  const NmgrResult purged = lab.Run({"undo"});
  CHECK(purged.exit_code == 1);
  CHECK(Mentions(purged.err, "web: it was purged, and run "));
  CHECK(Mentions(purged.err, ", which registered it, was of no commit"));
}

TEST_CASE("without a run there is nothing to undo") {
  Lab lab;
  const NmgrResult none = lab.Run({"undo"});
  CHECK(none.exit_code == 66);
  CHECK(Mentions(none.err, "there is no run to take back"));
}

TEST_CASE("an undo that was killed goes on where it is asked for again") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "services"}).exit_code == 0);
  for (const char* id : {"web", "mail", "cache"}) {
    lab.Service(id, std::string("docker.io/") + id + ":2");
  }
  REQUIRE(lab.Run({"up", "services"}).exit_code == 0);
  lab.nomad.ClearLog();
  lab.nomad.SetBehaviour({{"healthy_after_ms", 60'000}});
  {
    Child child = StartNmgr({"undo", "--parallel", "2"}, lab.Options());
    while (Reverts(lab).size() < 2) ::usleep(10'000);
    child.Signal(SIGKILL);
    child.Wait();
  }
  lab.nomad.SetBehaviour({{"healthy_after_ms", 10}});
  const NmgrResult again = lab.Run({"undo"});
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  for (const char* id : {"web", "mail", "cache"}) {
    CHECK(lab.LiveImage(id) == std::string("docker.io/") + id + ":1");
    CHECK(lab.Job(id)["Version"] == 2);
  }
}

TEST_CASE("Nomad's own way back is not somebody's change") {
  Lab lab;
  const std::string update = "  update {\n    auto_revert = true\n  }\n";
  lab.Service("web", "web:1", update);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "web:2", update);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  CHECK(lab.Run({"up", "web"}).exit_code == 1);
  lab.nomad.SetBehaviour({{"fail", json::array()}});
  while (lab.Job("web")["Version"] != 2) ::usleep(10'000);
  const NmgrResult undone = lab.Run({"undo"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(lab.LiveImage("web") == "web:1");
  CHECK(Reverts(lab).empty());
}

}  // namespace nmgr::testing
