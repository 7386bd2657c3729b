// The safety rules of serve that are about people, policies and hostile repositories. Those of
// prune are in serve_prune_test.cpp, of dead copies in serve_stale_test.cpp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <set>
#include <string>

#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

const char* const kRevertsItself = "  update {\n    auto_revert = true\n  }\n";

std::string SpecThatReads(const std::string& expression) {
  return "job \"web\" {\n  group \"main\" {\n    task \"web\" {\n      driver = \"docker\"\n      "
         "config {\n        image = \"web:1\"\n      }\n      template {\n        data = " +
         expression + "\n        destination = \"local/x\"\n      }\n    }\n  }\n}\n";
}

// web:1 applied.
void Apply(ServeLab& lab) {
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.NewWrites();
}

// Somebody registers another image of web.
void ByHand(ServeLab& lab, const std::string& image) {
  lab.Spec("web", ServiceSpec("web", image));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.NewWrites();
}

}  // namespace

TEST_CASE("a sync waits for a job as long as [serve] says, or this start does") {
  ServeLab lab({.never = {"web"}});
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.Config("[general]\ntimeout = \"2m\"\n[serve]\ntimeout = \"1s\"\n");
  const NmgrResult result = lab.Once();
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out + result.err, "after 1s"));
  lab.Config("[serve]\ntimeout = \"2h\"\n");
  lab.Web("docker.io/web:2");
  lab.Commit();
  const NmgrResult told = lab.Once({"--timeout", "1s"});
  CHECK(Mentions(told.out + told.err, "after 1s"));
}

TEST_CASE("a sync has as many jobs under way as [serve] says") {
  for (const std::size_t parallel : {1U, 3U}) {
    INFO(parallel);
    ServeLab lab({.healthy_after_ms = 600'000});
    for (const char* id : {"a", "b", "c"}) {
      lab.File(std::string(id) + ".hcl", ServiceSpec(id, "docker.io/web:1"));
    }
    lab.Commit();
    lab.Config("[general]\nparallel = 2\n[serve]\nparallel = " + std::to_string(parallel) + "\n");
    const auto registered = [&lab] {
      const Words writes = lab.nomad.Writes();
      return static_cast<std::size_t>(std::count(writes.begin(), writes.end(), "POST /v1/jobs"));
    };
    Child daemon = StartNmgr({"serve", "--once"}, lab.Options());
    CHECK(ComesTrue([&] { return registered() >= parallel; }));
    const int asked = lab.nomad.CountOf("POST /v1/jobs/statuses");
    CHECK(ComesTrue([&] { return lab.nomad.CountOf("POST /v1/jobs/statuses") > asked + 1; }));
    CHECK(registered() == parallel);
    daemon.Signal(SIGTERM);
    daemon.Wait();
    CHECK(registered() == parallel);
  }
}

TEST_CASE(
    "a register that meets another index is planned once more, and made if the plan is the same") {
  const std::string conflict =
      "POST /v1/jobs$ 500x1@1 Enforcing job modify index 1: job exists with conflicting job modify "
      "index: 2";
  ServeLab lab({.faults = {conflict}});
  Apply(lab);
  lab.Web("docker.io/web:2");
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.NewWrites().size() == 2);  // the refused one and the one that was made
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
}

TEST_CASE("what Nomad has rolled back is not fought") {
  ServeLab lab;
  lab.File("web.hcl", ServiceSpec("web", "docker.io/web:1", kRevertsItself));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.File("web.hcl", ServiceSpec("web", "docker.io/web:2", kRevertsItself));
  lab.Commit();
  lab.NewWrites();
  const NmgrResult failed = lab.Once();
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 1);
  CHECK(Mentions(failed.err, "known bad now: it is not registered again until it changes"));
  CHECK_FALSE(Mentions(failed.err, "reconcile"));
  CHECK(lab.NewWrites() == Words{"register"});
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  for (int i = 0; i < 3; ++i) CHECK(lab.VerdictOf("web") == "known-bad");
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Row("web").at("hint") == "nmgr sync retry lab web");
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
}

TEST_CASE("a person's change is shown, repaired after its grace, or let be") {
  ServeLab lab;
  Apply(lab);
  ByHand(lab, "docker.io/web:hand");
  CHECK(lab.VerdictOf("web") == "held (drift)");
  CHECK(lab.Row("web").at("drift_since").is_string());
  lab.Config("drift = \"ignore\"\n");
  CHECK(lab.VerdictOf("web") == "in-sync");
  lab.Config("drift = \"repair\"\n");
  CHECK(lab.VerdictOf("web") == "held (drift)");
  CHECK(Mentions(lab.Row("web").at("reason"), "it is repaired at 2"));
  CHECK(lab.NewWrites().empty());
  lab.Config("drift = \"repair\"\ndrift_grace = \"0s\"\n");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.NewWrites() == Words{"register"});
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
}

TEST_CASE("counts of a group that scales are no drift, and stay when the job is registered") {
  ServeLab lab;
  const auto spec = [](const std::string& image) {
    return "job \"web\" {\n  group \"main\" {\n    count = 1\n    scaling {\n      enabled = true\n"
           "      min = 1\n      max = 5\n    }\n    task \"web\" {\n      driver = \"docker\"\n   "
           " "
           "  config {\n        image = \"" +
           image + "\"\n      }\n    }\n  }\n}\n";
  };
  lab.Config("drift = \"repair\"\ndrift_grace = \"0s\"\n");
  lab.File("web.hcl", spec("web:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  REQUIRE(lab.nomad.Send("POST", "/v1/job/web/scale", R"({"Count":4,"Target":{"Group":"main"}})")
              .status == 200);
  lab.NewWrites();
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.NewWrites().empty());
  lab.File("web.hcl", spec("web:2"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "web:2");
  CHECK(lab.Job("web")["TaskGroups"][0]["Count"] == 4);
}

TEST_CASE("what was purged by hand is created again where the source says so") {
  ServeLab lab;
  Apply(lab);
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  REQUIRE(lab.Run({"down", "-p", "web"}).exit_code == 0);
  lab.NewWrites();
  CHECK(lab.VerdictOf("web") == "held (purged)");
  CHECK(lab.NewWrites().empty());
  lab.Config("create = \"always\"\n");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.IsThere("web"));
}

TEST_CASE("create and apply of a source say what it takes") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  for (const char* policy :
       {"create = \"never\"\n", "apply = \"none\"\n", "apply = \"images\"\n"}) {
    lab.Config(policy);
    INFO(policy);
    CHECK(lab.VerdictOf("web") == "held (policy)");
    CHECK(lab.NewWrites().empty());
  }
  lab.Config("");
  REQUIRE(lab.Once().exit_code == 0);
  lab.NewWrites();
  lab.File("web.hcl", ServiceSpec("web", "docker.io/web:1", "  priority = 70\n"));
  lab.Commit();
  lab.Config("apply = \"images\"\n");
  CHECK(lab.VerdictOf("web") == "held (policy)");
  CHECK(Mentions(lab.Row("web").at("reason"), "not in its images"));
  CHECK(lab.NewWrites().empty());
  lab.File("web.hcl", ServiceSpec("web", "docker.io/web:2", "  priority = 70\n"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
}

TEST_CASE("a closed window holds what would change, and now --force passes it once") {
  ServeLab lab;
  Apply(lab);
  lab.Config("windows = [\"deny * * * * * for 1h\"]\n");
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "held (window)");
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (window)");
  CHECK(lab.NewWrites().empty());
  REQUIRE(lab.Run({"sync", "now", "lab", "--force"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  lab.Web("docker.io/web:3");
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "held (window)");
  // What a person confirms while it is closed is still confirmed when it opens.
  lab.Config("windows = [\"deny * * * * * for 1h\"]\nadopt = \"equal\"\n");
  ByHand(lab, "docker.io/web:3");
  CHECK(lab.VerdictOf("web") == "in-sync");
  ByHand(lab, "docker.io/web:hand");
  REQUIRE(lab.Run({"sync", "confirm", "lab", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "held (window)");
  lab.Config("");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:3");
}

TEST_CASE("infra jobs go first, one by one, and what follows a failed one is not begun") {
  ServeLab lab;
  lab.Config("infra_jobs = [\"zdb\", \"yproxy\"]\n");
  for (const char* id : {"alpha", "zdb", "yproxy"}) {
    lab.File(std::string(id) + ".hcl", ServiceSpec(id, std::string(id) + ":1"));
  }
  lab.Commit();
  lab.nomad.SetBehaviour({{"fail", {"yproxy"}}});
  CHECK(lab.Once().exit_code == 1);
  CHECK(lab.IsThere("zdb"));
  CHECK(lab.IsThere("yproxy"));
  CHECK_FALSE(lab.IsThere("alpha"));
  // As long as it stands there so, and no longer.
  CHECK(lab.Once().exit_code == 1);
  CHECK_FALSE(lab.IsThere("alpha"));
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  lab.File("yproxy.hcl", ServiceSpec("yproxy", "yproxy:2"));
  lab.Commit();
  CHECK(lab.Once().exit_code == 0);
  CHECK(lab.IsThere("alpha"));
}

TEST_CASE("var and var_file give values, and are not shown") {
  ServeLab lab;
  lab.dir.Write("secret.vars", "tag = \"7\"\n");
  lab.File("web.hcl", "variable \"tag\" {}\nvariable \"name\" {}\n" +
                          ServiceSpec("web", "${var.name}:${var.tag}"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "frozen");
  lab.Config("var = [\"name=nginx\"]\nvar_file = [\"" + lab.dir.At("secret.vars") + "\"]\n");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "nginx:7");
}

TEST_CASE("a hostile repository carries nothing off, and its neighbours go on") {
  ServeLab lab;
  lab.dir.Write("token", "the-daemons-own-token");
  lab.env["NOMAD_TOKEN"] = "the-daemons-own-token";
  lab.File("good.hcl", ServiceSpec("good", "good:1"));
  const std::string token = lab.dir.At("token");
  for (const std::string& reads :
       Words{"file(\"/etc/passwd\")", "file(\"/proc/self/environ\")", "file(\"../token\")",
             "filebase64(\"" + token + "\")", "templatefile(\"" + token + "\", {})",
             "file(\"link/token\")"}) {
    lab.File("web.hcl", SpecThatReads(reads));
    lab.Shell("ln -sfn .. link && ln -sfn ../token direct.hcl");
    lab.Commit();
    const NmgrResult result = lab.Once();
    INFO(reads << "\n" << result.out << result.err);
    CHECK_FALSE(Mentions(result.out + result.err, "the-daemons-own-token"));
    CHECK_FALSE(lab.IsThere("web"));
    CHECK(lab.IsThere("good"));
  }
  lab.Shell("rm -f link direct.hcl");
  // A spec of 100 MB, nesting without an end, and a namespace that is not the source's.
  lab.File("web.hcl",
           "job \"web\" {\n  meta {\n    x = \"" + std::string(100U << 20U, 'x') + "\"\n  }\n}\n");
  lab.Commit();
  NmgrResult result = lab.Once();
  INFO(result.out.substr(0, 4000) << result.err.substr(0, 4000));
  CHECK(result.exit_code == 1);
  CHECK(result.out.size() + result.err.size() < 100'000);
  CHECK_FALSE(lab.IsThere("web"));
  lab.File("web.hcl",
           "job \"web\" {\n  meta {\n    x = " + std::string(100'000, '[') + "\n  }\n}\n");
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "frozen");
  lab.File("web.hcl", ServiceSpec("web", "web:1", "  namespace = \"prod\"\n"));
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "held (namespace)");
  CHECK(lab.VerdictOf("good") == "in-sync");
}

TEST_CASE("a revert commit, a force push and a renamed file are applied as what they say") {
  ServeLab lab;
  Apply(lab);
  lab.Web("docker.io/web:2");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Shell("git -c user.name=Ann -c user.email=ann@example.org revert --no-edit HEAD > /dev/null");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  lab.Shell("git reset -q --hard HEAD~1");
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  lab.NewWrites();
  lab.Shell("mkdir apps && git mv web.hcl apps/site.hcl");
  lab.Commit();
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Row("web").at("path") == "apps/site.hcl");
}

TEST_CASE("a spec comes to the same wherever the daemon was started") {
  ServeLab lab;
  lab.File("web.hcl", ServiceSpec("web", "web:1", "  meta {\n    x = abspath(\"x/../y\")\n  }\n"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  CHECK(lab.Job("web").at("Meta").at("x") == "/y");
}

TEST_CASE("a commit that changes one job writes one variable of the ledger") {
  constexpr const char* kShard = "PUT /v1/var/nmgr/serve/default/jobs/lab/";
  ServeLab lab;
  for (int i = 0; i < 20; ++i) {
    lab.File("j" + std::to_string(i) + ".hcl", ServiceSpec("j" + std::to_string(i), "image:1"));
  }
  lab.Commit();
  // The second look says of what the first has registered that it is in sync, and no more.
  for (int i = 0; i < 2; ++i) REQUIRE(lab.Once().exit_code == 0);
  lab.File("j7.hcl", ServiceSpec("j7", "image:2"));
  lab.Commit();
  lab.nomad.ClearLog();
  REQUIRE(lab.Once().exit_code == 0);
  std::set<std::string> shards;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.Line().starts_with(kShard)) shards.insert(request.Line());
  }
  CHECK(shards.size() == 1);
  // What is shown is true all the same: the source is at this commit, and so is what it changed.
  const auto status = nlohmann::json::parse(lab.Run({"sync", "status", "-o", "json"}).out);
  const std::string commit = status.at("sources").at(0).at("commit");
  std::set<std::string> changed;
  for (const nlohmann::json& job : status.at("jobs")) {
    CHECK(job.at("verdict") == "in-sync");
    if (commit.starts_with(job.at("commit").get<std::string>())) changed.insert(job.at("id"));
  }
  CHECK(changed == std::set<std::string>{"j7"});
  // And that is enough to prove what is deleted later.
  lab.Config("prune = true\nprune_grace = \"0s\"\n");
  lab.Shell("git rm -q j3.hcl");
  lab.Commit();
  lab.NewWrites();
  for (int i = 0; i < 2; ++i) REQUIRE(lab.Once().exit_code == 0);
  CHECK(lab.NewWrites() == Words{"stop j3"});
}

}  // namespace nmgr::testing
