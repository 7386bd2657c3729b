// render: what a spec comes to.
#include <catch2/catch.hpp>

#include "lab.h"

using nmgr::testing::Lab;
using nmgr::testing::Mentions;
using nmgr::testing::NmgrResult;

TEST_CASE("render leaves no local") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.nomad.ClearLog();
  const NmgrResult result = lab.Run({"render", "web"});
  REQUIRE(result.exit_code == 0);
  CHECK(Mentions(result.out, "job \"web\""));
  CHECK(Mentions(result.out, "docker.io/web:1"));
  CHECK_FALSE(Mentions(result.out, "local."));
  CHECK(lab.nomad.Requests().empty());
}

TEST_CASE("render of several names each path; as JSON they are in a list") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Service("mail", "docker.io/mail:1");
  CHECK(Mentions(lab.Run({"render", "web", "mail"}).out, "mail/mail.hcl\n"));
  const auto one = nlohmann::json::parse(lab.Run({"render", "-o", "json", "web"}).out);
  CHECK_FALSE(one.contains("specs"));
  const auto two = nlohmann::json::parse(lab.Run({"render", "-o", "json", "web", "mail"}).out);
  REQUIRE(two.at("specs").size() == 2);
  for (const auto& spec : two.at("specs")) {
    CHECK(spec.contains("path"));
    CHECK(spec.contains("id"));
    CHECK(spec.contains("body"));
  }
}

TEST_CASE("render of a spec that is invalid is 65, and the others are shown") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  lab.Spec("bad", "job \"bad\" {\n  type = local.nothing\n}\n");
  const NmgrResult result = lab.Run({"render", "web", "bad"});
  CHECK(result.exit_code == 65);
  CHECK(Mentions(result.out, "docker.io/web:1"));
  CHECK(Mentions(result.err, "bad/bad.hcl line 2, column 15"));
}

TEST_CASE("render heeds no option of a rollout") {
  Lab lab;
  lab.Service("web", "docker.io/web:1");
  for (const char* option : {"--detach", "--parallel=2", "--timeout=1m", "--strict"}) {
    INFO(option);
    const NmgrResult result = lab.Run({"render", "web", option});
    CHECK(result.exit_code == 64);
    CHECK(result.out.empty());
  }
}
