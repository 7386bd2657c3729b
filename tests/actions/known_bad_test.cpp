// A spec whose deployment failed: reconcile does not register it minute after minute.
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "lab.h"

using namespace nmgr::testing;

namespace {

const char* const kReverts = "  update {\n    auto_revert = true\n  }\n";

std::string StateIn(const NmgrResult& result) {
  const auto json = nlohmann::json::parse(result.out);
  return json.at("jobs").at(0).at("state").get<std::string>();
}

// The latest, or the one that it was rolled back from.
void AwaitFailedDeployment(const Lab& lab, const std::string& id) {
  for (int i = 0; i < 1000; ++i) {
    for (const auto& deployment : lab.nomad.Get("/v1/deployments")) {
      if (deployment.at("JobID") == id && deployment.at("Status") == "failed") return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("no deployment of " << id << " has failed");
}

}  // namespace

TEST_CASE("reconcile tries a spec once whose deployment is rolled back, until it changes") {
  const std::string update = GENERATE(std::string(kReverts), std::string());
  INFO(update);
  Lab lab;
  lab.Service("web", "web:1", update);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Service("web", "web:2", update);
  const NmgrResult first = lab.Run({"reconcile", "web"});
  INFO(first.err);
  CHECK(first.exit_code == 1);
  CHECK(Mentions(first.err + first.out, "its spec is known bad now"));
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  lab.NewWrites();
  for (const Words& words : {Words{"reconcile", "web"}, Words{"reconcile", "all", "--any-change"},
                             Words{"-n", "reconcile", "web"}}) {
    const NmgrResult again = lab.Run(words);
    INFO(again.err);
    CHECK(again.exit_code == 1);
    CHECK(Mentions(again.err, "web: known bad"));
    CHECK(Mentions(again.err, "nmgr up web tries it again"));
    CHECK(lab.NewWrites().empty());
  }
  CHECK(StateIn(lab.Run({"reconcile", "web", "-o", "json"})) == "known bad");
  CHECK(StateIn(lab.Run({"status", "web", "-o", "json"})) == "known bad");
  CHECK(StateIn(lab.Run({"plan", "web", "-o", "json"})) == "known bad");
  CHECK(Mentions(lab.Run({"status"}).out, "known bad"));
  CHECK(Mentions(lab.Run({"plan", "web"}).out, "known bad"));
  CHECK(lab.NewWrites().empty());

  SECTION("another spec is registered") {
    lab.Service("web", "web:3", update);
    const NmgrResult other = lab.Run({"reconcile", "web"});
    INFO(other.err);
    CHECK(other.exit_code == 0);
    CHECK(lab.LiveImage("web") == "web:3");
  }
  SECTION("up tries it again, says so, and it is bad no longer") {
    const NmgrResult up = lab.Run({"up", "web"});
    INFO(up.err);
    CHECK(up.exit_code == 0);
    CHECK(Mentions(up.err, "known bad"));
    CHECK(Mentions(up.err, "it is tried again"));
    CHECK(lab.LiveImage("web") == "web:2");
    CHECK(StateIn(lab.Run({"status", "web", "-o", "json"})) == "running");
    CHECK(lab.Run({"reconcile", "web"}).exit_code == 0);
  }
  SECTION("the others go on") {
    lab.Service("mail", "mail:1");
    REQUIRE(lab.Run({"up", "mail"}).exit_code == 0);
    lab.Service("mail", "mail:2");
    const NmgrResult all = lab.Run({"reconcile", "all"});
    INFO(all.err);
    CHECK(all.exit_code == 1);
    CHECK(lab.LiveImage("mail") == "mail:2");
    CHECK(Mentions(all.out, "1 known bad"));
  }
}

TEST_CASE("What fails while nobody watches is found bad by whoever looks next") {
  const std::string update = GENERATE(std::string(kReverts), std::string());
  INFO(update);
  Lab lab;
  lab.Service("web", "web:1", update);
  lab.Service("mail", "mail:1", update);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Service("web", "web:2", update);
  lab.Service("mail", "mail:2", update);
  REQUIRE(lab.Run({"up", "--detach", "all"}).exit_code == 0);
  AwaitFailedDeployment(lab, "web");
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  lab.NewWrites();

  SECTION("by reconcile, and it stays so") {
    for (const char* when : {"first", "then"}) {
      INFO(when);
      const NmgrResult reconcile = lab.Run({"reconcile", "all", "--any-change"});
      INFO(reconcile.err);
      CHECK(reconcile.exit_code == 1);
      CHECK(Mentions(reconcile.err, "web: known bad"));
      CHECK_FALSE(Mentions(reconcile.err, "mail: known bad"));
      CHECK(lab.NewWrites().empty());
    }
  }
  SECTION("by whoever only looks, with the same word") {
    const NmgrResult list = lab.Run({"list", "-l", "all"});
    INFO(list.out);
    CHECK(LinesWith(list.out, "web").front().find("known bad") != std::string::npos);
    CHECK_FALSE(Mentions(LinesWith(list.out, "mail").front(), "known bad"));
    CHECK(lab.Run({"list", "state:known-bad"}).out == "web\n");
    CHECK(StateIn(lab.Run({"status", "web", "-o", "json"})) == "known bad");
  }
  SECTION("up tries it again, and it is bad no longer") {
    const NmgrResult up = lab.Run({"up", "web"});
    INFO(up.err);
    CHECK(up.exit_code == 0);
    CHECK(Mentions(up.err, "it is tried again"));
    CHECK(StateIn(lab.Run({"status", "web", "-o", "json"})) == "running");
    CHECK(lab.Run({"list", "state:known-bad"}).out.empty());
    CHECK(lab.Run({"reconcile", "all", "--any-change"}).exit_code == 0);
  }
  SECTION("another spec is none of it") {
    lab.Service("web", "web:3", update);
    CHECK(lab.Run({"list", "state:known-bad"}).out.empty());
    CHECK(lab.Run({"reconcile", "web"}).exit_code == 0);
  }
}

TEST_CASE("A job that never ran is failed, as the table of states says, and not known bad") {
  Lab lab({.fail = {"web"}});
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 1);
  CHECK(StateIn(lab.Run({"status", "web", "-o", "json"})) == "failed");
  const NmgrResult reconcile = lab.Run({"reconcile", "web"});
  INFO(reconcile.err);
  CHECK(reconcile.exit_code == 0);
  CHECK(Mentions(reconcile.err, "web: failed"));
}

TEST_CASE("A time limit of ours makes no spec bad") {
  Lab lab({.never = {"web"}});
  lab.Service("web", "web:1");
  CHECK(lab.Run({"up", "web", "--timeout", "1s"}).exit_code == 1);
  lab.nomad.SetBehaviour({{"never", nlohmann::json::array()}});
  const NmgrResult up = lab.Run({"up", "web"});
  INFO(up.err);
  CHECK(up.exit_code == 0);
  CHECK_FALSE(Mentions(up.err, "known bad"));
}

TEST_CASE(
    "A dry run marks nothing, and a state folder that cannot be written costs a notice only") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Service("web", "web:2");
  CHECK(lab.Run({"-n", "up", "web"}).exit_code == 0);
  CHECK(lab.Run({"-n", "reconcile", "web"}).exit_code == 0);
  lab.env["XDG_STATE_HOME"] = lab.dir.Write("file", "") + "/x";
  const NmgrResult up = lab.Run({"up", "web"});
  INFO(up.err);
  CHECK(up.exit_code == 1);
  CHECK(Mentions(up.err, "whether its spec is known bad is not kept"));
}
