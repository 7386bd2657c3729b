#include <catch2/catch.hpp>

#include "actions/lab.h"

namespace nmgr::testing {
namespace {

std::string Nextcloud(const std::string& nextcloud, const std::string& collabora,
                      const std::string& valkey) {
  const auto task = [](const std::string& name, const std::string& image) {
    return "    task \"" + name +
           "\" {\n      driver = \"docker\"\n      config {\n        image = \"" + image +
           "\"\n      }\n    }\n";
  };
  return "job \"nextcloud\" {\n  group \"nextcloud\" {\n" + task("nextcloud", nextcloud) +
         task("collabora", collabora) + task("valkey", valkey) + "  }\n}\n";
}

}  // namespace

TEST_CASE("image of one job is the listing of the original's README") {
  Lab lab;
  lab.Spec("nextcloud",
           Nextcloud("docker.io/nextcloud:30.0.4-apache", "docker.io/collabora/code:24.04.12.2.1",
                     "docker.io/valkey/valkey:7.2-alpine"));
  CHECK(lab.Run({"image", "nextcloud"}).out ==
        "Live images:\n"
        "(not registered)\n"
        "\n"
        "Spec images:\n"
        "nextcloud = \"docker.io/nextcloud:30.0.4-apache\"\n"
        "collabora = \"docker.io/collabora/code:24.04.12.2.1\"\n"
        "valkey    = \"docker.io/valkey/valkey:7.2-alpine\"\n");
  REQUIRE(lab.Run({"up", "nextcloud"}).exit_code == 0);
  lab.Spec("nextcloud",
           Nextcloud("docker.io/nextcloud:30.0.5-apache", "docker.io/collabora/code:24.04.12.1.1",
                     "docker.io/valkey/valkey:8.0-alpine"));
  const NmgrResult result = lab.Run({"image", "nextcloud"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(result.out ==
        "Live images:\n"
        "nextcloud = \"docker.io/nextcloud:30.0.4-apache\"\n"
        "collabora = \"docker.io/collabora/code:24.04.12.2.1\"\n"
        "valkey    = \"docker.io/valkey/valkey:7.2-alpine\"\n"
        "\n"
        "Spec images:\n"
        "nextcloud = \"docker.io/nextcloud:30.0.5-apache\"\n"
        "collabora = \"docker.io/collabora/code:24.04.12.1.1\"\n"
        "valkey    = \"docker.io/valkey/valkey:8.0-alpine\"\n");
  CHECK(lab.Run({"--detailed-exitcode", "image", "nextcloud"}).exit_code == 2);
}

TEST_CASE("image of several jobs is one table with the differences marked") {
  Lab lab;
  lab.Service("web", "web:1");
  lab.Service("cache", "cache:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "web:2");
  const NmgrResult result = lab.Run({"image", "all"});
  CHECK(result.out ==
        "   JOB    TASK   LIVE              SPEC\n"
        "   cache  cache  (not registered)  cache:1\n"
        "*  web    web    web:1             web:2\n");
}

TEST_CASE("image as JSON") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.Service("web", "web:2");
  const nlohmann::json document =
      nlohmann::json::parse(lab.Run({"-o", "json", "image", "web"}).out);
  REQUIRE(document["jobs"].size() == 1);
  CHECK(document["jobs"][0]["registered"] == true);
  CHECK(
      document["jobs"][0]["images"] ==
      nlohmann::json::parse(
          R"([{"group": "main", "task": "web", "live": "web:1", "spec": "web:2", "differs": true}])"));
}

TEST_CASE("An error while asking Nomad is an error, not \"not registered\"") {
  Lab lab({.faults = {"GET /v1/job/web 500 boom"}});
  lab.Service("web", "web:1");
  const NmgrResult result = lab.Run({"image", "web"});
  CHECK(result.exit_code == 1);
  CHECK(result.out.empty());
  CHECK(Mentions(result.err, "boom"));
}

}  // namespace nmgr::testing
