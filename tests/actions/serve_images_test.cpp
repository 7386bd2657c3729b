// serve and image registries, through the real binary, a stand-in Nomad and a stand-in registry.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "actions/serve_lab.h"
#include "nmgr/base/text.h"
#include "support/fake_registry.h"
#include "support/raw_server.h"

namespace nmgr::testing {
namespace {

// A daemon with a door for a docker-registry.
class ImageLab : public ServeLab {
 public:
  explicit ImageLab(FakeNomadOptions options = {}) : ServeLab(std::move(options)) {
    dir.Write("secret", "a-secret-of-the-registry");
    RunShell("chmod 600 " + dir.At("secret"));
    port_ = RawServer([](Peer&) {}).port();
  }

  // `policies`: [source.lab.image."..."] tables.
  void Serve(const std::string& policies) const {
    Config("interval = \"1h\"\n" + policies +
           "[serve]\nlisten = \"127.0.0.1:" + std::to_string(port_) +
           "\"\nanonymous_read = true\n[receiver.reg]\ntype = \"distribution\"\nsecret_file = \"" +
           dir.At("secret") + "\"\n");
  }

  void Push(const FakeRegistry& registry, const std::string& repository, const std::string& tag,
            char mark) const {
    const std::string body = R"({"events":[{"id":")" + std::to_string(++events_) +
                             R"(","action":"push","target":{"mediaType":)"
                             R"("application/vnd.oci.image.manifest.v1+json","digest":")" +
                             FakeRegistry::Digest(mark) + R"(","repository":")" + repository +
                             R"(","tag":")" + tag + R"("},"request":{"host":")" + registry.host() +
                             R"("}}]})";
    dir.Write("event", body);
    const NmgrResult sent = RunShell(
        "curl -sS -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer "
        "a-secret-of-the-registry' -H 'Content-Type: "
        "application/vnd.docker.distribution.events.v1+json' --data-binary @" +
        dir.At("event") + " http://127.0.0.1:" + std::to_string(port_) + "/hooks/reg");
    INFO(sent.out << sent.err);
    REQUIRE(sent.out == "202");
  }
  std::string Page(const std::string& path) const {
    return RunShell("curl -sS http://127.0.0.1:" + std::to_string(port_) + path).out;
  }
  std::string Metrics() const { return Page("/metrics"); }
  nlohmann::json Status(const std::string& id) const {
    const NmgrResult result = Run({"-o", "json", "sync", "status", "--jobs"});
    const nlohmann::json json = nlohmann::json::parse(result.out, nullptr, false);
    if (!json.is_object()) return {};
    for (const nlohmann::json& job : json["jobs"]) {
      if (job["id"] == id) return job;
    }
    return {};
  }
  std::string ReasonOf(const std::string& id) const {
    const nlohmann::json row = Status(id);
    return row.is_object() ? row["reason"].get<std::string>() : "";
  }
  std::string VersionOf(const std::string& id) const {
    if (!IsThere(id)) return "";
    const nlohmann::json job = Job(id);
    return job["Meta"].is_object() ? job["Meta"].value("VERSION", "") : "";
  }
  // For another copy of the daemon, to which hooks go from then on.
  void BesideIt() {
    port_ = RawServer([](Peer&) {}).port();
    env["XDG_CACHE_HOME"] = dir.At("cache2");
    env["XDG_STATE_HOME"] = dir.At("state2");
  }
  int Restarts() const { return nomad.CountOf("PUT /v1/client/allocation/"); }

  static std::string Versioned(const std::string& registry, const std::string& version) {
    return "job \"web\" {\n  meta {\n    VERSION = \"" + version +
           "\"\n  }\n  group \"main\" {\n    task \"web\" {\n      driver = \"docker\"\n      "
           "config "
           "{\n        image = \"" +
           registry + "/app:${NOMAD_META_VERSION}\"\n      }\n    }\n  }\n}\n";
  }

 private:
  int port_ = 0;
  mutable int events_ = 0;
};

}  // namespace

TEST_CASE("a tag that moves is told, and restarts what is to follow it, once") {
  const bool restarts = GENERATE(false, true);
  FakeRegistry registry;
  registry.Put("app", "latest", 'a');
  registry.Put("pinned", "1", 'a');
  ImageLab lab;
  lab.Serve(restarts ? "[source.lab.image.\"*\"]\non_push = \"restart\"\n" : "");
  lab.Web(registry.host() + "/app:latest");
  lab.File("pinned.hcl", ServiceSpec("pinned", registry.host() + "/pinned:1"));
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 1; }));
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/pinned/manifests/1") == 1; }));
  REQUIRE(ComesTrue([&] { return Mentions(lab.Metrics(), "nmgr_image_digest_drift{image="); }));
  CHECK(Mentions(lab.Metrics(),
                 "nmgr_registry_requests_total{host=\"" + registry.host() + "\",code=\"200\"} "));
  // A push of the same is a look and no more.
  lab.Push(registry, "app", "latest", 'a');
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 2; }));
  lab.Push(registry, "foreign", "latest", 'a');
  registry.Put("app", "latest", 'b');
  registry.Put("pinned", "1", 'b');
  lab.Push(registry, "app", "latest", 'b');
  lab.Push(registry, "pinned", "1", 'b');
  // What a start does not pull is never restarted in vain.
  CHECK(ComesTrue([&] { return Mentions(lab.ReasonOf("pinned"), "a restart would not pull it"); }));
  if (restarts) {
    CHECK(ComesTrue([&] { return lab.Restarts() == 1; }));
    CHECK(ComesTrue([&] {
      return Mentions(lab.Metrics(),
                      "nmgr_image_digest_drift{image=\"" + registry.host() + "/app:latest\"} 0");
    }));
  } else {
    CHECK(ComesTrue([&] { return Mentions(lab.ReasonOf("web"), "points at another image"); }));
    CHECK(lab.Status("web")["verdict"] == "in-sync");
    CHECK(ComesTrue([&] { return Mentions(lab.Page("/api/v1/jobs"), "nmgr restart web"); }));
    CHECK(Mentions(lab.Metrics(),
                   "nmgr_image_digest_drift{image=\"" + registry.host() + "/app:latest\"} 1"));
  }
  CHECK(Mentions(lab.Metrics(),
                 "nmgr_image_digest_drift{image=\"" + registry.host() + "/pinned:1\"} 1"));
  // Once more the same: nothing more comes of it.
  lab.Push(registry, "app", "latest", 'b');
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 4; }));
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.out << end.err);
  CHECK(end.exit_code == 0);
  CHECK(lab.Restarts() == (restarts ? 1 : 0));
  CHECK(registry.Asked("HEAD /v2/foreign") == 0);
  CHECK(registry.Asked("GET") == 0);
}

TEST_CASE("a push that comes to a copy which stands by is acted upon by the one that leads") {
  const std::string policy = "[source.lab.image.\"*\"]\non_push = \"restart\"\n";
  FakeRegistry registry;
  registry.Put("app", "latest", 'a');
  ImageLab lab;
  lab.Serve(policy);
  lab.Web(registry.host() + "/app:latest");
  lab.Commit();
  Child leader = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return Mentions(lab.Metrics(), "nmgr_image_digest_drift{image="); }));
  lab.BesideIt();
  lab.Serve(policy);
  Child other = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return lab.Page("/readyz") == "ready\n"; }));
  registry.Put("app", "latest", 'b');
  lab.Push(registry, "app", "latest", 'b');
  CHECK(ComesTrue([&] { return lab.Restarts() == 1; }));
  CHECK(registry.Asked("HEAD /v2/app/manifests/latest") == 2);
  other.Signal(SIGTERM);
  const NmgrResult stood_by = other.Wait();
  INFO(stood_by.err);
  CHECK(stood_by.exit_code == 0);
  CHECK_FALSE(Mentions(stood_by.err, "lab: leads"));
  CHECK_FALSE(Mentions(stood_by.err, "restart"));
  leader.Signal(SIGTERM);
  const NmgrResult led = leader.Wait();
  INFO(led.err);
  CHECK(led.exit_code == 0);
  CHECK(Mentions(led.err, "web: restarting web.main[0]"));
}

TEST_CASE("a digest and a tag count when they are old enough, and then by themselves") {
  FakeRegistry registry;
  registry.Put("app", "latest", 'a');
  registry.Put("tagged", "1.0.0", 'a');
  ImageLab lab;
  const auto policy = [&](const std::string& age) {
    lab.Serve("[source.lab.image.\"*/app\"]\non_push = \"restart\"\nmin_age = \"" + age +
              "\"\n[source.lab.image.\"*/tagged\"]\nfollow = \"^1\"\nmin_age = \"" + age + "\"\n");
  };
  policy("1h");
  lab.File("app.hcl", ServiceSpec("app", registry.host() + "/app:latest"));
  lab.File("web.hcl",
           ReplaceAll(ImageLab::Versioned(registry.host(), "1.0.0"), "/app:", "/tagged:"));
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 1; }));
  REQUIRE(ComesTrue([&] { return registry.Asked("GET /v2/tagged/tags/list") == 1; }));
  registry.Put("app", "latest", 'b');
  registry.Put("tagged", "1.1.0", 'b');
  lab.Push(registry, "app", "latest", 'b');
  lab.Push(registry, "tagged", "1.1.0", 'b');
  REQUIRE(ComesTrue([&] {
    return Mentions(lab.Metrics(),
                    "nmgr_image_digest_drift{image=\"" + registry.host() + "/app:latest\"} 1");
  }));
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/tagged/manifests/1.1.0") == 1; }));
  // A sync that knows of both does nothing about them, and says nothing yet.
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  REQUIRE(ComesTrue([&] {
    const auto read = lab.nomad.Send("GET", "/v1/var/nmgr/serve/default/control/lab");
    return Mentions(nlohmann::json::parse(read.body).at("Items").value("sync", ""), "handled=");
  }));
  CHECK(lab.Restarts() == 0);
  CHECK(lab.VersionOf("web") == "1.0.0");
  CHECK_FALSE(Mentions(lab.ReasonOf("app"), "another image"));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
  // When each was first seen is known to the next daemon, and nothing but time has to pass.
  policy("1s");
  Child next = StartNmgr({"serve"}, lab.Options());
  CHECK(ComesTrue([&] { return lab.Restarts() == 1; }));
  CHECK(ComesTrue([&] { return lab.VersionOf("web") == "1.1.0"; }));
  registry.Put("app", "latest", 'c');
  lab.Push(registry, "app", "latest", 'c');
  CHECK(ComesTrue([&] { return lab.Restarts() == 2; }));
  next.Signal(SIGTERM);
  CHECK(next.Wait().exit_code == 0);
}

TEST_CASE(
    "a restart that Nomad refuses is told with the right that is missing, and blames no image") {
  FakeRegistry registry;
  registry.Put("app", "latest", 'a');
  ImageLab lab({.faults = {"PUT /v1/client/allocation 403 Permission denied"}});
  lab.Serve("[source.lab.image.\"*\"]\non_push = \"restart\"\n");
  lab.Web(registry.host() + "/app:latest");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 1; }));
  REQUIRE(ComesTrue([&] { return Mentions(lab.Metrics(), "nmgr_image_digest_drift{image="); }));
  registry.Put("app", "latest", 'b');
  lab.Push(registry, "app", "latest", 'b');
  CHECK(ComesTrue([&] { return Mentions(lab.ReasonOf("web"), "it could not be restarted"); }));
  const int asked = lab.Restarts();
  CHECK(asked > 0);
  CHECK(ComesTrue([&] { return Mentions(lab.Page("/api/v1/jobs"), "alloc-lifecycle"); }));
  // Nor is it tried at every look.
  for (int i = 0; i < 2; ++i) {
    lab.Commit();
    REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
    REQUIRE(ComesTrue([&] {
      const auto read = lab.nomad.Send("GET", "/v1/var/nmgr/serve/default/control/lab");
      return Mentions(nlohmann::json::parse(read.body).at("Items").value("sync", ""), "handled=");
    }));
  }
  CHECK(lab.Restarts() == asked);
  CHECK(Mentions(lab.ReasonOf("web"), "it could not be restarted"));
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.err);
  CHECK(end.exit_code == 0);
  CHECK_FALSE(Mentions(end.err, "restarted, since"));
  CHECK(LinesWith(end.err, "error: web: failed").size() == 1);
  CHECK_FALSE(Mentions(end.err, "not tried again"));
}

TEST_CASE("a push that the registry cannot be asked about yet is asked about again") {
  FakeRegistry registry;
  registry.Put("app", "latest", 'a');
  ImageLab lab;
  lab.Serve("");
  lab.Web(registry.host() + "/app:latest");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 1; }));
  lab.Push(registry, "app", "latest", 'b');
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/latest") == 2; }));
  registry.Put("app", "latest", 'b');
  CHECK(ComesTrue([&] { return Mentions(lab.ReasonOf("web"), "points at another image"); }));
  CHECK(registry.Asked("HEAD /v2/app/manifests/latest") <= 4);
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
}

TEST_CASE("a new tag is followed, shown as such, and ends when git is there or somebody drops it") {
  FakeRegistry registry;
  registry.Put("app", "1.0.0", 'a');
  ImageLab lab;
  lab.Serve("[source.lab.image.\"*/app\"]\nfollow = \"^1\"\n");
  lab.File("web.hcl", ImageLab::Versioned(registry.host(), "1.0.0"));
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return lab.VersionOf("web") == "1.0.0"; }));
  REQUIRE(ComesTrue([&] { return registry.Asked("GET /v2/app/tags/list") == 1; }));
  for (const char* tag : {"1.1.0", "2.0.0", "1.2.0-rc1"}) registry.Put("app", tag, 'b');
  for (const char* tag : {"2.0.0", "1.2.0-rc1", "1.1.0"}) lab.Push(registry, "app", tag, 'b');
  REQUIRE(ComesTrue([&] { return lab.VersionOf("web") == "1.1.0"; }));
  CHECK(ComesTrue([&] {
    return Mentions(lab.ReasonOf("web"),
                    "VERSION 1.1.0 of the registry is followed; git has 1.0.0");
  }));
  CHECK(
      ComesTrue([&] { return Mentions(lab.Page("/api/v1/jobs"), "nmgr sync unfollow lab web"); }));
  CHECK(registry.Asked("HEAD /v2/app/manifests/2.0.0") == 0);
  // It survives the daemon, and a sync that asks no registry.
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.VersionOf("web") == "1.1.0");
  // Dropped, it is git's again, and is not taken once more.
  REQUIRE(lab.Run({"sync", "unfollow", "lab", "web"}).exit_code == 0);
  CHECK(lab.VerdictOf("web") == "in-sync");
  CHECK(lab.VersionOf("web") == "1.0.0");
  Child again = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("GET /v2/app/tags/list") == 2; }));
  lab.Push(registry, "app", "1.1.0", 'b');
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK_FALSE(Mentions(lab.ReasonOf("web"), "followed;"));
  CHECK(lab.VersionOf("web") == "1.0.0");
  // Git moves on, and so may the registry.
  lab.File("web.hcl", ImageLab::Versioned(registry.host(), "1.0.1"));
  lab.Commit();
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK(ComesTrue([&] { return lab.VersionOf("web") == "1.1.0"; }));
  lab.File("web.hcl", ImageLab::Versioned(registry.host(), "1.3.0"));
  lab.Commit();
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK(ComesTrue([&] { return lab.VersionOf("web") == "1.3.0"; }));
  CHECK(ComesTrue([&] { return !Mentions(lab.ReasonOf("web"), "followed"); }));
  again.Signal(SIGTERM);
  CHECK(again.Wait().exit_code == 0);
}

TEST_CASE("a tag whose deployment fails falls back to the last that was good") {
  FakeRegistry registry;
  registry.Put("app", "1.0.0", 'a');
  ImageLab lab({.healthy_after_ms = 2'000});  // long enough to fail a deployment before
  lab.Serve("[source.lab.image.\"*/app\"]\nfollow = \"*\"\n");
  lab.File("web.hcl", ImageLab::Versioned(registry.host(), "1.0.0"));
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("GET /v2/app/tags/list") == 1; }));
  REQUIRE(ComesTrue([&] { return lab.Status("web")["verdict"] == "in-sync"; }));
  registry.Put("app", "1.1.0", 'b');
  lab.Push(registry, "app", "1.1.0", 'b');
  REQUIRE(ComesTrue([&] { return lab.VersionOf("web") == "1.1.0"; }));
  const auto deployment =
      nlohmann::json::parse(lab.nomad.Send("GET", "/v1/job/web/deployment").body);
  REQUIRE(lab.nomad.Send("PUT", "/v1/deployment/fail/" + deployment.at("ID").get<std::string>())
              .status == 200);
  CHECK(ComesTrue([&] { return lab.VersionOf("web") == "1.0.0"; }));
  lab.Push(registry, "app", "1.1.0", 'b');
  CHECK(ComesTrue([&] { return lab.Status("web")["verdict"] == "in-sync"; }));
  CHECK(lab.VersionOf("web") == "1.0.0");
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.out << end.err);
  CHECK(end.exit_code == 0);
  CHECK(Mentions(end.err, "VERSION 1.1.0 did not become healthy; back to 1.0.0 of git"));
}

TEST_CASE("an image of which the registry says nothing is named once in what is told of it") {
  FakeRegistry registry;
  ImageLab lab;
  lab.Serve("[source.lab.image.\"*\"]\nfollow = \"^1\"\n");
  lab.File("web.hcl", ImageLab::Versioned(registry.host(), "1.0.0"));
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return registry.Asked("HEAD /v2/app/manifests/1.0.0") > 0; }));
  REQUIRE(ComesTrue([&] { return registry.Asked("GET /v2/app/tags/list") > 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.err);
  const std::string image = registry.host() + "/app";
  const Words told = LinesWith(end.err, "warning: " + image);
  REQUIRE(told.size() == 2);
  for (const std::string& line : told) CHECK(line.find(image) == line.rfind(image));
}

}  // namespace nmgr::testing
