// serve after a copy that died or froze: what it left behind is told from what a person did.
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>

#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

const Words kAlone = {"--no-lease"};

// A daemon that is killed once `landed`, and before it has written down that it did: nothing
// becomes healthy meanwhile, nor ends.
void DieOnce(const ServeLab& lab, const std::function<bool()>& landed) {
  lab.nomad.SetBehaviour({{"healthy_after_ms", 600'000}, {"gone_after_ms", 600'000}});
  Child daemon = StartNmgr({"serve", "--once", "--no-lease"}, lab.Options());
  REQUIRE(ComesTrue(landed));
  daemon.Signal(SIGKILL);
  daemon.Wait();
  lab.nomad.SetBehaviour({{"healthy_after_ms", 30}, {"gone_after_ms", 30}});
}

void DieAfterRegister(const ServeLab& lab, const std::string& image) {
  DieOnce(lab, [&] { return lab.IsThere("web") && lab.LiveImage("web") == image; });
}

}  // namespace

TEST_CASE("what a killed daemon registered of an older commit is applied over, not held as drift") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  lab.Web("docker.io/web:2");
  lab.Commit();
  DieAfterRegister(lab, "docker.io/web:2");
  // Git goes back to what the ledger has of it.
  lab.Web("docker.io/web:1");
  lab.Commit("back");
  lab.NewWrites();
  const NmgrResult result = lab.Once(kAlone);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(lab.VerdictOf("web", kAlone) == "in-sync");
}

TEST_CASE(
    "what a killed daemon created of an older commit is no stranger, also after a force push") {
  for (const bool forced : {false, true}) {
    ServeLab lab;
    lab.Web("docker.io/web:1");
    lab.Commit();
    DieAfterRegister(lab, "docker.io/web:1");
    lab.Web("docker.io/web:2");
    if (forced) {
      lab.Shell("git checkout -q --orphan fresh");
      lab.Commit();
      lab.Shell("git branch -f main fresh && git checkout -q main");
    } else {
      lab.Commit();
    }
    const NmgrResult result = lab.Once(kAlone);
    INFO(forced << result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(lab.LiveImage("web") == "docker.io/web:2");
  }
}

TEST_CASE("a register that was refused before is known when it lands as the daemon dies") {
  ServeLab lab({.faults = {"POST /v1/jobs$ 403x1@1 Permission denied"}});  // the second
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  lab.Web("docker.io/web:2");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code != 0);
  DieAfterRegister(lab, "docker.io/web:2");
  lab.Web("docker.io/web:1");
  lab.Commit("back");
  const NmgrResult result = lab.Once(kAlone);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  CHECK(lab.VerdictOf("web", kAlone) == "in-sync");
}

TEST_CASE("a stop that was refused before is known when it lands as the daemon dies") {
  ServeLab lab({.faults = {"DELETE /v1/job/web 403x1 Permission denied"}});
  lab.Config("prune = true\nprune_grace = \"0s\"\n");
  lab.File("other.hcl", ServiceSpec("other", "docker.io/other:1"));
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  lab.Shell("git rm -q web.hcl");
  lab.Commit("without web");
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  REQUIRE(lab.VerdictOf("web", kAlone) == "failed");
  DieOnce(lab, [&] { return lab.Job("web").at("Stop") == true; });
  lab.Web("docker.io/web:1");
  lab.Commit("back");
  const NmgrResult result = lab.Once(kAlone);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.Job("web").at("Stop") == false);
  CHECK(lab.VerdictOf("web", kAlone) == "in-sync");
}

TEST_CASE("who goes back to an older commit by hand is not overruled") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  lab.Web("docker.io/web:2");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.NewWrites();
  CHECK(lab.VerdictOf("web", kAlone) == "held (drift)");
  CHECK(lab.NewWrites().empty());
  // Nor is somebody else's content, whatever a dead copy has tried.
  lab.Web("docker.io/web:3");
  lab.Commit();
  DieAfterRegister(lab, "docker.io/web:3");
  lab.Web("docker.io/web:2");
  lab.Commit();
  lab.Spec("web", ServiceSpec("web", "docker.io/web:hand"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web", kAlone) == "held (drift)");
  CHECK(lab.LiveImage("web") == "docker.io/web:hand");
}

TEST_CASE(
    "what was registered before the daemon died and taken back since is not registered again") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once(kAlone).exit_code == 0);
  lab.Web("docker.io/web:2");
  lab.Commit();
  DieAfterRegister(lab, "docker.io/web:2");
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.NewWrites();
  for (int i = 0; i < 2; ++i) CHECK(lab.VerdictOf("web", kAlone) == "held (drift)");
  CHECK(lab.NewWrites().empty());
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  // Another commit is another matter.
  lab.Web("docker.io/web:3");
  lab.Commit();
  CHECK(lab.VerdictOf("web", kAlone) == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:3");
}

}  // namespace nmgr::testing
