// sync: people steer a daemon through its variables; and serve left running.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <regex>
#include <thread>

#include "actions/serve_daemon.h"

namespace nmgr::testing {
namespace {

// Whether it comes true while somebody else works.
bool Comes(const std::function<bool()>& true_now) {
  for (int i = 0; i < 600; ++i) {
    if (true_now()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

std::string ImageNow(const ServeLab& lab, const std::string& id) {
  return lab.IsThere(id) ? lab.LiveImage(id) : "";
}

}  // namespace

TEST_CASE("confirm takes over what was there before; by name also what was stopped or changed") {
  ServeLab lab;
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  lab.Spec("db", ServiceSpec("db", "docker.io/db:1"));
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.Web("docker.io/web:2");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:2"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "held (adopt)");
  NmgrResult result = lab.Run({"sync", "confirm", "lab", "web"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  CHECK(lab.LiveImage("db") == "docker.io/db:1");
  const NmgrResult rest = lab.Run({"sync", "confirm", "lab"});
  INFO(rest.out << rest.err);
  CHECK(rest.exit_code == 0);
  CHECK(lab.VerdictOf("db") == "in-sync");
  // It was meant once.
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (stopped)");
  REQUIRE(lab.Run({"sync", "confirm", "lab", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (stopped)");
}

TEST_CASE("what was deleted of a ledger is told, and a sync that is asked for writes it again") {
  ServeLab lab;
  lab.Config("interval = \"1h\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  const Daemon daemon(lab);
  const auto status = [&] { return lab.Run({"sync", "status", "lab", "--jobs"}); };
  REQUIRE(ComesTrue([&] { return Mentions(status().out, "1 in-sync"); }));
  CHECK(status().err.empty());
  const auto each_shard = [&](const char* method) {
    std::size_t there = 0;
    for (const char digit : std::string("0123456789abcdef")) {
      const std::string path = std::string("/v1/var/nmgr/serve/default/jobs/lab/0") + digit;
      if (lab.nomad.Send(method, path).status == 200) ++there;
    }
    return there;
  };
  REQUIRE(each_shard("GET") == 1);
  each_shard("DELETE");
  REQUIRE(each_shard("GET") == 0);
  const NmgrResult lost = status();
  INFO(lost.out << lost.err);
  CHECK(Mentions(lost.err, "lab: its daemon has 1 job, and its variables tell of 0"));
  CHECK(Mentions(lost.err, "nmgr sync now lab"));
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK(daemon.Says("was deleted: what it remembered is lost"));
  CHECK(ComesTrue([&] { return Mentions(status().out, "1 in-sync"); }));
  CHECK(status().err.empty());
}

TEST_CASE("what nobody can read in a ledger is told by status too") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  const auto put = lab.nomad.Send("PUT", "/v1/var/nmgr/serve/default/jobs/lab/03",
                                  R"({"Items": {"default/api": "rubbish"}})");
  REQUIRE(put.status == 200);
  const NmgrResult result = lab.Run({"sync", "status", "lab"});
  INFO(result.out << result.err);
  CHECK(Mentions(result.err, "the ledger has 1 entry that nobody can read (default/api)"));
}

TEST_CASE("a confirm that a pause holds back is of the jobs that waited, and of no others") {
  ServeLab lab;
  for (const char* id : {"web", "db"}) lab.Spec(id, ServiceSpec(id, std::string(id) + ":1"));
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.Web("web:2");
  lab.File("db.hcl", ServiceSpec("db", "db:1"));
  lab.Commit();
  REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (adopt)");
  CHECK(lab.VerdictOf("db") == "in-sync");
  REQUIRE(lab.Run({"sync", "confirm", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (paused)");
  // Another job waits after it.
  lab.Spec("app", ServiceSpec("app", "app:1"));
  REQUIRE(lab.Run({"up", "app"}).exit_code == 0);
  lab.File("app.hcl", ServiceSpec("app", "app:2"));
  lab.Commit();
  CHECK(lab.VerdictOf("app") == "held (adopt)");
  REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "web:2");
  CHECK(lab.VerdictOf("app") == "held (adopt)");
  CHECK(lab.LiveImage("app") == "app:1");
}

TEST_CASE("hold and pause keep a job as it is until they end") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  REQUIRE(lab.Run({"sync", "hold", "lab", "web", "--reason", "a look"}).exit_code == 0);
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "held (by hand)");
  REQUIRE(lab.Run({"sync", "release", "lab", "web"}).exit_code == 0);
  CHECK(lab.Run({"sync", "release", "lab", "web"}).exit_code == 66);
  REQUIRE(lab.Run({"sync", "pause", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (paused)");
  const NmgrResult now = lab.Run({"sync", "now", "lab"});
  CHECK(now.exit_code == 0);
  CHECK(Mentions(now.err, "is paused"));
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  const NmgrResult status = lab.Run({"sync", "status"});
  INFO(status.out << status.err);
  CHECK(status.exit_code == 0);
  CHECK(Mentions(status.out, "paused by"));
  REQUIRE(lab.Run({"sync", "resume", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  lab.Web("docker.io/web:4");
  lab.Commit();
  REQUIRE(lab.Run({"sync", "pause", "lab", "--until", "2h"}).exit_code == 0);
  // To the second: nobody pauses for microseconds.
  const std::regex until("paused by [^ ]+ until [0-9-]+T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");
  CHECK(std::regex_search(lab.Row("web").at("reason").get<std::string>(), until));
  CHECK(std::regex_search(lab.Run({"sync", "status"}).out, until));
  REQUIRE(lab.Run({"sync", "pause", "lab", "--until", "1s"}).exit_code == 0);
  lab.Web("docker.io/web:3");
  lab.Commit();
  CHECK(Comes([&] { return lab.VerdictOf("web") == "in-sync"; }));
}

TEST_CASE("retry tries a spec that failed once more") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.Once().exit_code == 1);
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  // As auto_revert would.
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "known-bad");
  REQUIRE(lab.Run({"sync", "retry", "lab", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
}

TEST_CASE("a confirm that covers nothing is refused, in a dry run too") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  CHECK(lab.Run({"-n", "sync", "confirm", "lab"}).exit_code == 66);
  const NmgrResult typo = lab.Run({"sync", "confirm", "lab", "wep"});
  CHECK(typo.exit_code == 66);
  CHECK(Mentions(typo.err, "lab has no job wep"));
  CHECK(lab.Run({"-n", "sync", "release", "lab", "web"}).exit_code == 66);
  const NmgrResult settled = lab.Run({"-n", "sync", "confirm", "lab", "web"});
  CHECK(settled.exit_code == 0);
  CHECK(Mentions(settled.err, "web is in sync: nothing of it waits to be confirmed"));
  CHECK(lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/control/lab") == 0);
}

TEST_CASE("what sync cannot do") {
  ServeLab lab;
  CHECK(lab.Run({"sync", "puase", "lab"}).exit_code == 64);
  CHECK(lab.Run({"sync", "pause"}).exit_code == 64);
  CHECK(lab.Run({"sync", "hold", "lab"}).exit_code == 64);
  CHECK(lab.Run({"sync", "now", "lab", "web"}).exit_code == 64);
  const NmgrResult unknown = lab.Run({"sync", "now", "lob"});
  CHECK(unknown.exit_code == 66);
  CHECK(Mentions(unknown.err, "Did you mean \"lab\"?"));
  const NmgrResult alone = lab.Run({"sync", "now", "lab"});
  CHECK(alone.exit_code == 0);
  CHECK(Mentions(alone.err, "nobody leads"));
  CHECK(lab.Run({"-n", "sync", "pause", "lab"}).exit_code == 0);
  CHECK_FALSE(Mentions(lab.Run({"sync", "status"}).out, "paused"));
}

TEST_CASE("without variables one copy keeps its memory in a file") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once({"--no-lease"}).exit_code == 0);
  CHECK(lab.nomad.CountOf("PUT /v1/var") == 0);
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.VerdictOf("web", {"--no-lease"}) == "in-sync");
}

TEST_CASE("serve left running applies what is pushed, and ends when it is told to") {
  ServeLab lab;
  lab.Config("interval = \"1s\"\n[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  CHECK(Comes([&] { return ImageNow(lab, "web") == "docker.io/web:1"; }));
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(Comes([&] { return ImageNow(lab, "web") == "docker.io/web:2"; }));
  // Another copy stands by, and says who leads.
  const NmgrResult other = lab.Once();
  CHECK(other.exit_code != 0);
  CHECK(Mentions(other.err, "leads it"));
  // A person's stop is noticed by itself, and kept.
  lab.Spec("web", ServiceSpec("web", "docker.io/web:2"));
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(Comes([&] { return Mentions(lab.Run({"sync", "status"}).out, "held (stopped)"); }));
  REQUIRE(lab.Run({"sync", "confirm", "lab", "web"}).exit_code == 0);
  CHECK(Comes([&] { return lab.Job("web")["Stop"] == false; }));
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.out << end.err);
  CHECK(end.exit_code == 0);
  CHECK(Mentions(end.err, "held (stopped)"));
  // The lease was given back.
  CHECK(lab.Once().exit_code == 0);
}

TEST_CASE("what is asked of a daemon does not wait for its interval") {
  ServeLab lab;
  lab.Config("interval = \"1h\"\n[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  CHECK(Comes([&] { return ImageNow(lab, "web") == "docker.io/web:1"; }));
  for (const char* image : {"docker.io/web:2", "docker.io/web:3"}) {
    lab.Web(image);
    lab.Commit();
    REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
    CHECK(Comes([&] { return ImageNow(lab, "web") == image; }));
  }
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
}

}  // namespace nmgr::testing
