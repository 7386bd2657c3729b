// promote: the canaries of one job, by the deployment that was looked at.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

using nlohmann::json;

const char* const kPromotable =
    "  update {\n    canary = 1\n    min_healthy_time = \"100ms\"\n  }\n";

Words Promotions(const Lab& lab) {
  Words found;
  for (const std::string& line : lab.nomad.Writes()) {
    if (Mentions(line, "/v1/deployment/promote/")) found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("up without --promote ends with the command to type, and that command promotes") {
  Lab lab({.namespaces = {"prod"}});
  lab.Service("web", "web:1", std::string(kPromotable) + "  namespace = \"prod\"\n");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "web:2", std::string(kPromotable) + "  namespace = \"prod\"\n");
  const NmgrResult waits = lab.Run({"up", "web"});
  CHECK(waits.exit_code == 1);
  CHECK(Mentions(waits.err, "error: web: needs promotion (deployment "));
  CHECK(Mentions(waits.err, "nmgr promote job:prod/web promotes its canaries"));
  CHECK(Mentions(lab.Run({"up", "web"}).err, "nmgr promote job:prod/web promotes its canaries"));
  CHECK(lab.Run({"promote", "web"}).exit_code == 66);
  CHECK(Promotions(lab).empty());

  lab.nomad.ClearLog();
  const NmgrResult dry = lab.Run({"-n", "promote", "prod/web"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(LinesWith(dry.out, "[DRY RUN] would promote prod/web: 1 canary of deployment ").size() ==
        1);
  CHECK(lab.nomad.Writes().empty());

  const NmgrResult done = lab.Run({"promote", "job:prod/web"});
  INFO(done.out << done.err);
  CHECK(done.exit_code == 0);
  CHECK(Promotions(lab).size() == 1);
  CHECK(lab.nomad.Writes().size() == 1);
  CHECK(Mentions(done.out, "Promoted 1 of 1"));
  CHECK(lab.Run({"up", "web"}).out == "1 job up to date\n");

  const json runs = json::parse(lab.Run({"-o", "json", "history"}).out).at("runs");
  CHECK(runs[0]["action"] == "promote");
  CHECK(runs[0]["jobs"][0]["writes"][0]["kind"] == "promote");
  const NmgrResult undone = lab.Run({"undo"});
  CHECK(Mentions(undone.err, "what the run did to it (promote) cannot be taken back"));
}

TEST_CASE("promote takes the job of one namespace, and leaves its namesakes") {
  Lab lab({.namespaces = {"prod", "test"}});
  const auto write = [&](const std::string& image) {
    for (const char* space : {"default", "prod", "test"}) {
      lab.dir.Write(std::string("cld/") + space + ".hcl",
                    ServiceSpec("web", image,
                                kPromotable + ("  namespace = \"" + std::string(space) + "\"\n")));
    }
  };
  write("web:1");
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  write("web:2");
  CHECK(lab.Run({"up", "all"}).exit_code == 1);
  const auto waiting = [&] { return lab.Run({"list", "-l", "state:needs-promotion"}).out; };
  for (const char* space : {"default", "prod", "test"}) {
    CHECK(Mentions(waiting(), std::string(space) + "/web"));
  }
  lab.nomad.ClearLog();
  REQUIRE(lab.Run({"promote", "prod/web"}).exit_code == 0);
  CHECK_FALSE(Mentions(waiting(), "prod/web"));
  CHECK(Mentions(waiting(), "default/web"));
  CHECK(Mentions(waiting(), "test/web"));
  REQUIRE(lab.Run({"promote", "web"}).exit_code == 0);
  CHECK_FALSE(Mentions(waiting(), "default/web"));
  CHECK(Mentions(waiting(), "test/web"));
  REQUIRE(lab.Run({"promote", "--namespace", "test", "web"}).exit_code == 0);
  CHECK(waiting().empty());
  CHECK(Promotions(lab).size() == 3);
  CHECK(lab.Run({"promote", "--namespace", "*", "web"}).exit_code == 64);
}

TEST_CASE("promote waits for canaries that are not healthy yet, and promotes no other deployment") {
  Lab lab;
  lab.Service("web", "web:1", kPromotable);
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.SetBehaviour({{"healthy_after_ms", 1'000}});
  lab.Service("web", "web:2", kPromotable);
  REQUIRE(lab.Run({"up", "-d", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  const NmgrResult soon = lab.Run({"promote", "web"});
  INFO(soon.out << soon.err);
  CHECK(soon.exit_code == 0);
  CHECK(Mentions(soon.err, "promoted once healthy: 0 of 1 so far"));
  CHECK(Promotions(lab).size() == 1);

  lab.nomad.SetBehaviour({{"healthy_after_ms", 600'000}});
  lab.Service("web", "web:3", kPromotable);
  REQUIRE(lab.Run({"up", "-d", "web"}).exit_code == 0);
  lab.nomad.ClearLog();
  Child child = StartNmgr({"promote", "web"}, lab.Options());
  while (lab.nomad.CountOf("GET /v1/deployment/") == 0) ::usleep(20'000);
  json other = lab.Job("web");
  other["TaskGroups"][0]["Tasks"][0]["Config"]["image"] = "web:4";
  lab.nomad.SetBehaviour({{"healthy_after_ms", 30}});
  lab.nomad.Register(other);
  const NmgrResult refused = child.Wait();
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 1);
  CHECK(Promotions(lab).empty());
}

TEST_CASE("promote refuses where there is nothing to promote, and says why") {
  Lab lab;
  lab.Service("web", "web:1", kPromotable);
  lab.Service("once", "once:1", kBatchLines);
  REQUIRE(lab.Run({"up", "all"}).exit_code == 0);
  lab.nomad.ClearLog();
  const NmgrResult over = lab.Run({"promote", "web"});
  CHECK(over.exit_code == 1);
  CHECK(Mentions(over.err, "web: nothing to promote: deployment "));
  CHECK(Mentions(over.err, " is successful"));
  CHECK(Mentions(lab.Run({"promote", "once"}).err, "once: nothing to promote"));
  lab.nomad.SetBehaviour({{"healthy_after_ms", 600'000}});
  lab.Service("plain", "plain:1");
  REQUIRE(lab.Run({"up", "-d", "plain"}).exit_code == 0);
  CHECK(Mentions(lab.Run({"promote", "plain"}).err, " has no canaries"));
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(Mentions(lab.Run({"promote", "web"}).err, "web: nothing to promote: it is stopped"));
  CHECK(lab.Run({"promote", "we"}).exit_code == 66);
  CHECK(lab.Run({"promote"}).exit_code == 64);
  CHECK(lab.Run({"promote", "web", "once"}).exit_code == 64);
  CHECK(Promotions(lab).empty());
}

}  // namespace nmgr::testing
