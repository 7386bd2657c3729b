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
        "   JOB    TASK   RUNNING  REGISTERED        SPEC\n"
        "   cache  cache  -        (not registered)  cache:1\n"
        "*  web    web    web:1    web:1             web:2\n");
  CHECK(result.err == "2 tasks of 2 jobs: 1 differs, 1 not registered\n");
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
          R"([{"group": "main", "task": "web", "live": "web:1", "spec": "web:2", "running": ["web:1"],
              "differs": true}])"));
}

TEST_CASE("image of one job tells of what runs where that is not what is registered") {
  Lab lab;
  lab.Service("web", "web:1");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  lab.nomad.SetBehaviour({{"never", {"web"}}});
  lab.Service("web", "web:2");
  REQUIRE(lab.Run({"-d", "up", "web"}).exit_code == 0);
  CHECK(lab.Run({"image", "web"}).out ==
        "Live images:\nweb = \"web:2\"\n\nSpec images:\nweb = \"web:2\"\n\n"
        "Running images:\nweb = \"web:1\"\n");
  REQUIRE(lab.Run({"down", "web"}).exit_code == 0);
  CHECK(lab.Run({"image", "web"}).out.ends_with("\n\nRunning images:\n(none)\n"));
}

TEST_CASE("Images that hang on no variable without a value are shown, and live ones always") {
  Lab lab;
  const auto spec = [](const std::string& tag, const std::string& more) {
    return "variable \"config\" { type = string }\nvariable \"tag\" { default = \"" + tag +
           "\" }\njob \"app\" {\n  group \"g\" {\n    task \"lit\" {\n      driver = \"docker\"\n"
           "      config {\n        image = \"nginx:1\"\n      }\n      template {\n        "
           "destination = \"local/c\"\n        data = var.config\n      }\n    }\n    task \"var\" "
           "{\n      driver = \"docker\"\n      config {\n        image = \"app:${var.tag}\"\n     "
           " "
           "}\n    }\n" +
           more + "  }\n}\n";
  };
  lab.Spec("app", spec("1.2", ""));
  NmgrResult result = lab.Run({"list", "-l", "all"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(Mentions(result.out, "nginx:1,app:1.2"));
  CHECK(lab.Run({"image", "all"}).out ==
        "Live images:\n"
        "(not registered)\n"
        "\n"
        "Spec images:\n"
        "lit = \"nginx:1\"\n"
        "var = \"app:1.2\"\n");
  REQUIRE(lab.Run({"--var", "config=x", "up", "app"}).exit_code == 0);
  const std::string unknown =
      "    task \"lost\" {\n      driver = \"docker\"\n      config {\n        image = "
      "\"x:${var.config}\"\n      }\n    }\n";
  lab.Spec("app", spec("1.3", unknown));
  result = lab.Run({"image", "app"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "Unset variable \"config\""));
  CHECK(result.out ==
        "Live images:\n"
        "lit = \"nginx:1\"\n"
        "var = \"app:1.2\"\n"
        "\n"
        "Spec images:\n"
        "lit  = \"nginx:1\"\n"
        "var  = \"app:1.3\"\n"
        "lost = \"?\"\n");
  result = lab.Run({"list", "-l", "all"});
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out, "nginx:1,app:1.3,?"));
}

TEST_CASE("An image that the author gave a sidecar is compared with that of the injected task") {
  Lab lab;
  const auto mesh = [](const std::string& envoy) {
    return "job \"mesh\" {\n  group \"g\" {\n    network {\n      mode = \"bridge\"\n    }\n"
           "    service {\n      name = \"api\"\n      port = \"9001\"\n      connect {\n"
           "        sidecar_service {}\n" +
           (envoy.empty()
                ? std::string()
                : "        sidecar_task {\n          driver = \"docker\"\n          config "
                  "{\n            image = \"" +
                      envoy + "\"\n          }\n        }\n") +
           "      }\n    }\n    task \"web\" {\n      driver = \"docker\"\n      config {\n        "
           "image = \"nginx:1\"\n      }\n    }\n  }\n}\n";
  };
  lab.Spec("mesh", mesh("envoy:v1.31.0"));
  REQUIRE(lab.Run({"-d", "up", "all"}).exit_code == 0);
  CHECK(lab.Run({"--detailed-exitcode", "image", "mesh"}).exit_code == 0);
  CHECK(Mentions(lab.Run({"list", "-l", "mesh"}).out, "nginx:1,envoy:v1.31.0"));
  lab.Spec("mesh", mesh("envoy:v1.32.0"));
  CHECK(lab.Run({"image", "mesh"}).out ==
        "Live images:\n"
        "web               = \"nginx:1\"\n"
        "connect-proxy-api = \"envoy:v1.31.0\"\n"
        "\n"
        "Spec images:\n"
        "web               = \"nginx:1\"\n"
        "connect-proxy-api = \"envoy:v1.32.0\"\n");
  const NmgrResult dry = lab.Run({"-n", "--detailed-exitcode", "reconcile", "all"});
  CHECK(dry.exit_code == 2);
  CHECK(Mentions(dry.out, "v1.31.0"));
  lab.Spec("mesh", mesh(""));
  CHECK(lab.Run({"--detailed-exitcode", "image", "mesh"}).exit_code == 2);
  REQUIRE(lab.Run({"-d", "up", "all"}).exit_code == 0);
  CHECK(lab.Run({"--detailed-exitcode", "image", "mesh"}).exit_code == 0);
}

TEST_CASE("A live image of a task that the spec no longer has is a difference") {
  Lab lab;
  lab.Spec("nextcloud", Nextcloud("n:1", "c:1", "v:1"));
  REQUIRE(lab.Run({"up", "nextcloud"}).exit_code == 0);
  lab.Service("nextcloud", "n:1");
  const NmgrResult result = lab.Run({"--detailed-exitcode", "-o", "json", "image", "nextcloud"});
  CHECK(result.exit_code == 2);
  const nlohmann::json images = nlohmann::json::parse(result.out)["jobs"][0]["images"];
  REQUIRE(images.size() == 4);
  for (const nlohmann::json& image : images) CHECK(image["differs"] == true);
}

TEST_CASE("image --unpinned judges evaluated images and asks nobody") {
  TempDir dir;
  const auto job = [](const std::string& id, const std::string& image, const std::string& more) {
    return more + "job \"" + id +
           "\" {\n  # was nginx:latest once\n  group \"g\" {\n    task \"t\" "
           "{\n      driver = \"docker\"\n      config {\n        image = \"" +
           image + "\"\n      }\n    }\n  }\n}\n";
  };
  dir.Write("comment.hcl", job("comment", "nginx:1.27", ""));
  dir.Write("digest.hcl", job("digest", "nginx:latest@sha256:" + std::string(64, 'a'), ""));
  dir.Write("plain.hcl", job("plain", "nginx:latest", ""));
  dir.Write("untagged.hcl", job("untagged", "registry.lan:5000/x/app", ""));
  dir.Write("var.hcl", job("var", "app:${var.versions.app}",
                           "variable \"versions\" {\n  type = map(string)\n  default = { app = "
                           "\"latest\" }\n}\n"));
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--base-dir", dir.path(), "image", "--unpinned"});
    return RunNmgr(words, {.env = {{"NOMAD_ADDR", "http://127.0.0.1:1"}}});
  };
  const NmgrResult result = run({"all"});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(result.out ==
        "JOB       TASK  IMAGE\n"
        "plain     t     nginx:latest\n"
        "untagged  t     registry.lan:5000/x/app\n"
        "var       t     app:latest\n");
  const nlohmann::json document = nlohmann::json::parse(run({"-o", "json", "untagged"}).out);
  REQUIRE(document["images"].size() == 1);
  CHECK(document["images"][0]["tag"] == "latest");
  CHECK(run({"comment"}).out.empty());
  CHECK(run({"--digest", "all"}).out ==
        "JOB       TASK  IMAGE\n"
        "comment   t     nginx:1.27\n"
        "plain     t     nginx:latest\n"
        "untagged  t     registry.lan:5000/x/app\n"
        "var       t     app:latest\n");
  CHECK(Mentions(run({"--digest", "digest"}).err, "every known image has a digest"));
  const nlohmann::json pinned =
      nlohmann::json::parse(run({"--digest", "-o", "json", "comment"}).out);
  CHECK(pinned["images"][0]["tag"] == "");
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
