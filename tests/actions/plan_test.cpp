#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {

TEST_CASE("plan shows what would change, sums up and writes nothing") {
  Lab lab;
  lab.Usual();
  REQUIRE(lab.Run({"up", "garage", "web", "cache"}).exit_code == 0);
  lab.nomad.ClearLog();
  NmgrResult result = lab.Run({"plan", "garage", "web", "cache"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "Plan: 3 up to date\n");

  lab.Service("web", "docker.io/web:2");
  result = lab.Run({"plan", "all"});
  INFO(result.out);
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "docker.io/web:1 -> docker.io/web:2"));
  CHECK(LinesWith(result.out, "Plan: ") == Words{"Plan: 2 to add, 1 to change, 2 up to date"});
  CHECK(lab.Run({"diff", "all"}).out == result.out);
  CHECK(lab.Run({"--detailed-exitcode", "plan", "all"}).exit_code == 2);
  CHECK(lab.Run({"--detailed-exitcode", "plan", "cache"}).exit_code == 0);
  CHECK(lab.nomad.Writes().empty());
}

TEST_CASE("plan says what could not be placed") {
  Lab lab({.never = {"web"}});
  lab.Usual();
  const NmgrResult result = lab.Run({"plan", "web"});
  CHECK(result.exit_code == 0);
  CHECK(Mentions(result.out, "cannot be placed"));
  CHECK(Mentions(result.out, "1 that could not be placed"));
}

TEST_CASE(
    "plan of a broken spec, and of one that the server refuses, fails; the others are shown") {
  Lab lab({.faults = {"POST /v1/job/cache/plan 500 no such driver"}});
  lab.Usual();
  lab.Spec("broken", "job \"broken\" {\n  meta {\n    x = local.nothing\n  }\n}\n");
  const NmgrResult result = lab.Run({"--detailed-exitcode", "plan", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "broken.hcl line 3"));
  CHECK(Mentions(result.err, "error: cache: "));
  CHECK(Mentions(result.err, "no such driver"));
  CHECK(Mentions(result.out, "Plan: 4 to add, 2 without a plan"));
}

TEST_CASE("plan as JSON hides secrets unless asked") {
  Lab lab;
  const auto spec = [](const std::string& value) {
    return "job \"web\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n      env "
           "{\n"
           "        DB_PASSWORD = \"" +
           value +
           "\"\n      }\n      config {\n        image = \"x:1\"\n      }\n"
           "    }\n  }\n}\n";
  };
  lab.Spec("web", spec("hunter1"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Spec("web", spec("hunter2"));
  NmgrResult result = lab.Run({"-o", "json", "plan", "web"});
  CHECK(result.exit_code == 0);
  CHECK_FALSE(Mentions(result.out, "hunter"));
  const nlohmann::json document = nlohmann::json::parse(result.out);
  REQUIRE(document["jobs"].size() == 1);
  CHECK(document["jobs"][0]["changes"] == true);
  CHECK(document["jobs"][0]["type"] == "Edited");
  CHECK(document["counts"]["changed"] == 1);
  CHECK_FALSE(Mentions(lab.Run({"plan", "web"}).out, "hunter"));
  result = lab.Run({"-o", "json", "plan", "--show-secrets", "web"});
  CHECK(Mentions(result.out, "hunter2"));
  CHECK(nlohmann::json::parse(result.out)["jobs"][0]["diff"]["Type"] == "Edited");
}

}  // namespace nmgr::testing
