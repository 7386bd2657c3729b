// Debian's own docker-registry on loopback: `image --registry`, and the hooks and questions of
// `serve`.
#include "support/docker_registry.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "actions/serve_lab.h"
#include "support/raw_server.h"

namespace nmgr::testing {
namespace {

bool HasRegistry() {
  if (DockerRegistry::IsThere()) return true;
  WARN("SKIPPED: docker-registry or curl is not installed");
  return false;
}

nlohmann::json OnlyRow(const NmgrResult& result) {
  INFO(result.out << result.err);
  const nlohmann::json document = nlohmann::json::parse(result.out, nullptr, false);
  REQUIRE(document.is_object());
  REQUIRE(document["images"].size() == 1);
  return document["images"][0];
}

constexpr const char* kManifestV2 = "application/vnd.docker.distribution.manifest.v2+json";

}  // namespace

TEST_CASE("image --registry asks a real docker-registry, with and without an index and a login") {
  if (!HasRegistry()) return;
  DockerRegistryOptions options;
  options.htpasswd = GENERATE(false, true);
  options.tls = GENERATE(false, true);
  const bool index = GENERATE(false, true);
  DockerRegistry registry(options);
  const std::string digest = index ? registry.PushIndex("team/app", "1.0.0", "one")
                                   : registry.Push("team/app", "1.0.0", "one");
  registry.Push("team/app", "1.1.0", "two");
  Lab lab;
  lab.Service("web", registry.host() + "/team/app:1.0.0");
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  std::string config = "[registry.\"" + registry.host() + "\"]\n";
  if (options.tls) config += "ca_file = \"" + Certificate().certificate_file + "\"\n";
  if (options.htpasswd) {
    config += "username = \"" + std::string(DockerRegistry::kUser) + "\"\npassword_file = \"" +
              lab.dir.Write("password", DockerRegistry::kPassword) + "\"\n";
  }
  lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", config);
  const nlohmann::json row = OnlyRow(lab.Run({"-o", "json", "image", "--registry", "web"}));
  CHECK(row["digest"] == digest);
  CHECK(row["newer"] == nlohmann::json{"1.1.0"});
  CHECK(row["troubles"].empty());
  // The tag moves on, which is seen since it was looked at before.
  registry.Push("team/app", "1.0.0", "three");
  const nlohmann::json moved = OnlyRow(lab.Run({"-o", "json", "image", "--registry", "web"}));
  CHECK(moved["digest"] != digest);
  CHECK(moved["moved"] != "no");
  // Who is not let in, or does not trust it, is told what is missing.
  lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", "");
  const NmgrResult stranger = lab.Run({"image", "--registry", "web"});
  INFO(stranger.out << stranger.err);
  CHECK((stranger.exit_code == 0) == !options.htpasswd);
  if (options.htpasswd) CHECK(Mentions(stranger.err, "credentials"));
  // A tag that is gone.
  lab.env["NMGR_CONFIG"] = lab.dir.Write("config.toml", config);
  registry.Delete("team/app", moved["digest"].get<std::string>());
  const NmgrResult gone = lab.Run({"image", "--registry", "web"});
  CHECK(gone.exit_code == 1);
  CHECK(Mentions(gone.err, "no such repository or tag"));
}

TEST_CASE("a registry says nothing of an index, or of OCI, to who does not accept it") {
  if (!HasRegistry()) return;
  DockerRegistry registry;
  registry.PushIndex("app", "1", "one");
  CHECK(registry.HeadStatus("app", "1", kManifestV2) == "404");
  CHECK(registry.HeadStatus("app", "1", "") != "200");
  CHECK(registry.HeadStatus(
            "app", "1", std::string(kManifestV2) + ", application/vnd.oci.image.index.v1+json") ==
        "200");
}

TEST_CASE(
    "a docker-registry's own events move a daemon: a push, an index, a push again, a delete") {
  if (!HasRegistry()) return;
  ServeLab lab;
  const std::string secret = "a-secret-of-the-registry";
  lab.dir.Write("secret", secret);
  RunShell("chmod 600 " + lab.dir.At("secret"));
  const int port = RawServer([](Peer&) {}).port();
  const std::string page = "http://127.0.0.1:" + std::to_string(port);
  DockerRegistryOptions options;
  options.notify = page + "/hooks/reg";
  options.secret = secret;
  DockerRegistry registry(options);
  // Nobody listens yet: the registry keeps its events and tries again.
  registry.Push("app", "latest", "one");
  lab.Config(
      "interval = \"1h\"\n[source.lab.image.\"*\"]\non_push = \"restart\"\n[serve]\nlisten = "
      "\"127.0.0.1:" +
      std::to_string(port) +
      "\"\nanonymous_read = true\n[receiver.reg]\ntype = \"distribution\"\nsecret_file = \"" +
      lab.dir.At("secret") + "\"\n");
  lab.Web(registry.host() + "/app:latest");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  const auto metric = [&](const std::string& line) {
    return Mentions(RunShell("curl -sS " + page + "/metrics").out, line);
  };
  const auto restarts = [&] { return lab.nomad.CountOf("PUT /v1/client/allocation/"); };
  const std::string drift =
      "nmgr_image_digest_drift{image=\"" + registry.host() + "/app:latest\"} ";
  CHECK(ComesTrue(
      [&] { return metric("nmgr_webhook_total{receiver=\"reg\",result=\"accepted\"}"); }));
  REQUIRE(ComesTrue([&] { return metric(drift + "0"); }));
  CHECK(restarts() == 0);
  registry.Push("app", "latest", "two");
  CHECK(ComesTrue([&] { return restarts() == 1; }));
  CHECK(ComesTrue([&] { return metric(drift + "0"); }));
  // The same once more is an event and no other image.
  registry.Push("app", "latest", "two");
  registry.PushIndex("app", "latest", "three");
  CHECK(ComesTrue([&] { return restarts() == 2; }));
  CHECK(ComesTrue([&] { return metric(drift + "0"); }));
  const std::string digest = registry.Push("app", "other", "four");
  registry.Delete("app", digest);
  registry.Push("app", "latest", "five");
  CHECK(ComesTrue([&] { return restarts() == 3; }));
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.out << end.err);
  CHECK(end.exit_code == 0);
  CHECK(restarts() == 3);
}

}  // namespace nmgr::testing
