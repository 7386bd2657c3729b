// What people say while a sync is under way, what they are told to type, and what becomes of a
// source whose hindrance goes away.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "actions/serve_daemon.h"
#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

constexpr const char* kOftenLooked = "interval = \"1s\"\n[serve]\nlisten = \"\"\n";

int RegistersOf(const ServeLab& lab) { return lab.nomad.CountOf("POST /v1/jobs "); }

bool StatusSays(const ServeLab& lab, const std::string& text) {
  return ComesTrue([&] {
    return Mentions(lab.Run({"sync", "status", "lab", "--jobs"}).out, text);
  });
}

}  // namespace

TEST_CASE("a pause and a hold stay the hand of the sync that is under way") {
  FakeNomadOptions options;
  options.healthy_after_ms = 1'000;
  ServeLab lab(options);
  constexpr int kMany = 12;
  lab.Config("interval = \"1h\"\n[serve]\nlisten = \"\"\nparallel = 1\n");
  for (int i = 0; i < kMany; ++i) {
    const std::string id = "j" + std::to_string(100 + i);
    lab.File(id + ".hcl", ServiceSpec(id, "docker.io/app:1"));
  }
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return lab.IsThere("j100"); }));
  REQUIRE(lab.Run({"sync", "hold", "lab", "j111"}).exit_code == 0);
  REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
  const int before = RegistersOf(lab);
  REQUIRE(StatusSays(lab, "held (paused)"));
  // One may have begun while the word was on its way.
  CHECK(RegistersOf(lab) <= before + 1);
  CHECK(RegistersOf(lab) < kMany - 1);
  REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
  CHECK(ComesTrue([&] { return lab.IsThere("j110"); }));
  CHECK(StatusSays(lab, "held (by hand)"));
  CHECK_FALSE(lab.IsThere("j111"));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
}

TEST_CASE("what is shown to be typed is one word of a shell, and names the job that is meant") {
  ServeLab lab;
  const std::pair<const char*, const char*> jobs[] = {
      {"team/web", "nmgr sync confirm lab default/team/web"},
      {"a;id>owned", "nmgr sync confirm lab 'a;id>owned'"},
      {"$(id)", "nmgr sync confirm lab '$(id)'"},
      {"it's", "nmgr sync confirm lab 'it'\\''s'"},
      {"-rf", "nmgr sync confirm lab default/-rf"}};
  int number = 0;
  for (const auto& [id, command] : jobs) {
    const std::string file = "f" + std::to_string(number++);
    lab.Spec(file, ServiceSpec(id, "docker.io/app:1"));
    lab.File(file + ".hcl", ServiceSpec(id, "docker.io/app:2"));
  }
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.Commit();
  lab.Once();
  const auto status = nlohmann::json::parse(lab.Run({"sync", "status", "-o", "json"}).out);
  for (const auto& [id, command] : jobs) {
    INFO(id);
    CHECK(lab.Row(id).at("hint") == command);
    for (const nlohmann::json& job : status.at("jobs")) {
      if (job.at("id") == id) CHECK(job.at("hint") == command);
    }
    const NmgrResult typed = RunShell(
        "\"$NMGR\" " + std::string(command).substr(std::string("nmgr ").size()), lab.Options());
    INFO(typed.err);
    CHECK(typed.exit_code == 0);
    CHECK(lab.VerdictOf(id) == "in-sync");
  }
  CHECK(lab.Run({"sync", "hold", "lab", "team/web"}).exit_code == 0);
  lab.File("f0.hcl", ServiceSpec("team/web", "docker.io/app:3"));
  lab.Commit();
  CHECK(lab.VerdictOf("team/web") == "held (by hand)");
}

TEST_CASE("a job of another namespace is named with it, on the page as by sync status") {
  ServeLab lab({.namespaces = {"apps"}});
  lab.Config("namespaces = [\"apps\"]\n");
  const auto spec = [](const std::string& image) {
    return ServiceSpec("web", image, "  namespace = \"apps\"\n");
  };
  lab.Spec("web", spec("docker.io/web:1"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.File("web.hcl", spec("docker.io/web:2"));
  lab.Commit();
  const std::string command = "nmgr sync confirm lab apps/web";
  CHECK(lab.Row("web").at("hint") == command);
  CHECK(Mentions(lab.Run({"sync", "status"}).out, command));
  CHECK(lab.Run({"sync", "confirm", "lab", "apps/web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
}

TEST_CASE("of a source whose jobs cannot be read nobody says that it has none") {
  ServeLab lab({.faults = {"GET /v1/var/nmgr/serve/default/jobs/ 403@17 Permission denied"}});
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  const NmgrResult held = lab.Run({"sync", "hold", "lab", "web"});
  CHECK(held.exit_code == 0);
  CHECK_FALSE(Mentions(held.err, "no job"));
  CHECK(Mentions(lab.Run({"sync", "confirm", "lab", "web"}).err, "Permission denied"));
}

TEST_CASE("what cannot be done is no request") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  CHECK(lab.Run({"sync", "now", "lab", "--commit", "zz"}).exit_code == 64);
  CHECK(lab.Run({"sync", "pause", "lab", "--until", "0s"}).exit_code == 64);
  CHECK(lab.Run({"sync", "retry", "lab", "nosuch"}).exit_code == 66);
  CHECK(lab.Run({"sync", "unfollow", "lab", "nosuch"}).exit_code == 66);
  CHECK(Mentions(lab.Run({"sync", "hold", "lab", "nosuch"}).err, "lab has no job nosuch yet"));
  CHECK(Mentions(lab.Run({"sync", "retry", "lab", "web"}).err, "there is nothing to try"));
}

TEST_CASE("a source that only looks stops nothing, and one that only changes images starts again") {
  ServeLab lab;
  const bool looks = GENERATE(true, false);
  INFO((looks ? "none" : "images"));
  lab.Config(std::string("prune = true\nprune_grace = \"0s\"\napply = \"") +
             (looks ? "none" : "images") + "\"\n");
  for (const char* id : {"web", "db"}) {
    lab.Spec(id, ServiceSpec(id, "docker.io/app:1"));
    lab.File(std::string(id) + ".hcl", ServiceSpec(id, "docker.io/app:1"));
  }
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Shell("git rm -q web.hcl");
  lab.Commit();
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.Job("web")["Stop"] == !looks);
  lab.Web("docker.io/app:1");
  lab.Commit();
  lab.Once();
  CHECK(lab.Job("web")["Stop"] == false);
}

TEST_CASE("where nobody can lead a source it is said once, and nothing is called ready") {
  ServeLab lab({.faults = {"* /v1/var 403 Permission denied"}});
  lab.Config("[serve]\nlisten = \"127.0.0.1:0\"\nanonymous_read = true\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(daemon.Says("lab: cannot be led from here: "));
  REQUIRE(daemon.Says("commit "));
  const std::string log = daemon.Log();
  CHECK(log.find("cannot be led") == log.rfind("cannot be led"));
  CHECK(Mentions(log, "Permission denied"));
  CHECK(Mentions(daemon.Get("/readyz"), "503"));
  CHECK(TurnsTrue([&] { return Mentions(daemon.Get("/api/v1/sources"), "Permission denied"); }));
  CHECK_FALSE(lab.IsThere("web"));
}

TEST_CASE("what another source or Nomad stands in the way of goes on when that is over") {
  ServeLab lab({.faults = {"POST /v1/job/odd/plan 400x1 node pool not found"}});
  lab.dir.MakeFolder("other");
  const auto other = [&](const std::string& line) {
    lab.Shell("cd ../other && " + line +
              " && git add -A . && git -c user.name=Ann -c user.email=ann@example.org commit -q "
              "--allow-empty -m other");
  };
  lab.File("web.hcl", ServiceSpec("web", "docker.io/web:1"));
  lab.File("odd.hcl", ServiceSpec("odd", "docker.io/odd:1"));
  lab.Commit();
  lab.dir.Write("other/web.hcl", ServiceSpec("web", "docker.io/web:9"));
  other("git init -q -b main .");
  lab.Config(std::string("interval = \"1s\"\n[source.other]\nurl = \"file://") +
             lab.dir.At("other") + "\"\n" + kOftenLooked);
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(StatusSays(lab, "conflict"));
  CHECK_FALSE(lab.IsThere("web"));
  other("git rm -q web.hcl");
  CHECK(ComesTrue([&] { return lab.IsThere("web"); }));
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(ComesTrue([&] { return lab.IsThere("odd"); }));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
}

TEST_CASE("a retry is of what was bad, and takes over nothing that a person changes after it") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
  REQUIRE(lab.Run({"sync", "retry", "lab", "web"}).exit_code == 0);
  lab.Spec("web", ServiceSpec("web", "docker.io/web:by-hand"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Once();
  REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (drift)");
  CHECK(lab.LiveImage("web") == "docker.io/web:by-hand");
}

TEST_CASE("what was not in sync when the history was rewritten may be pruned later all the same") {
  ServeLab lab;
  lab.Config("prune = true\nprune_grace = \"0s\"\n");
  for (const char* id : {"a", "b", "c"})
    lab.File(std::string(id) + ".hcl", ServiceSpec(id, "docker.io/app:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.File("b.hcl", "job \"b\" {\n");
  lab.Commit();
  lab.Once();
  lab.Shell("git checkout -q --orphan new && git branch -q -D main && git branch -q -m main");
  lab.Commit();
  lab.Once();
  lab.File("b.hcl", ServiceSpec("b", "docker.io/app:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Shell("git rm -q b.hcl");
  lab.Commit();
  for (int i = 0; i < 3; ++i) lab.Once();
  CHECK(lab.Job("b")["Stop"] == true);
  CHECK(lab.Job("c")["Stop"] == false);
}

TEST_CASE("a var file outside of the repository is read again when it is written, goes and comes") {
  ServeLab lab;
  const std::string values = lab.dir.Write("tag.vars", "tag = \"7\"\n");
  lab.dir.Write("config.toml",
                "[serve]\nlisten = \"127.0.0.1:0\"\nanonymous_read = true\n[source.lab]\nurl = "
                "\"file://" +
                    lab.dir.At("repo") + "\"\ninterval = \"1s\"\nvar_file = [\"" + values +
                    "\"]\n");
  lab.File("web.hcl", "variable \"tag\" {}\n" + ServiceSpec("web", "web:${var.tag}"));
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web") && lab.LiveImage("web") == "web:7"; }));
  lab.dir.Write("tag.vars", "tag = \"8\"\n");
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "web:8"; }));
  lab.dir.Remove("tag.vars");
  CHECK(TurnsTrue([&] { return Mentions(daemon.Get("/api/v1/sources/lab"), "frozen"); }));
  lab.dir.Write("tag.vars", "tag = \"9\"\n");
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "web:9"; }));
}

TEST_CASE("what specs read in the overlay and in allowed paths is read again when it changes") {
  ServeLab lab;
  const std::string tag = lab.dir.Write("allowed/tag", "7");
  const std::string greeting = lab.dir.Write("overlay/greeting", "hello");
  lab.Config("interval = \"1s\"\noverlay = \"" + lab.dir.At("overlay") + "\"\nallow_paths = [\"" +
             lab.dir.At("allowed") + "\"]\n[serve]\nlisten = \"\"\n");
  lab.File("web.hcl", ServiceSpec("web", "web:${file(\"" + tag + "\")}"));
  lab.File("db.hcl", ServiceSpec("db", "${file(\"~/greeting\")}:1"));
  lab.Commit();
  const Daemon daemon(lab);
  const auto runs = [&lab](const std::string& id, const std::string& image) {
    return TurnsTrue([&] { return lab.IsThere(id) && lab.LiveImage(id) == image; });
  };
  REQUIRE(runs("web", "web:7"));
  REQUIRE(runs("db", "hello:1"));
  lab.dir.Write("allowed/tag", "8");
  lab.dir.Write("overlay/greeting", "good-day");
  CHECK(runs("web", "web:8"));
  CHECK(runs("db", "good-day:1"));
  CHECK(daemon.Says("a file beside its repository has changed"));
}

}  // namespace nmgr::testing
