// Sources that stand in Nomad variables: added, changed and taken away while the daemon runs.
#include <catch2/catch.hpp>

#include "actions/serve_daemon.h"
#include "support/git_server.h"

namespace nmgr::testing {
namespace {

const char* const kSourcesPath = "/v1/var/nmgr/serve/default/sources/";

// A lab whose config file allows sources in variables, which come by ssh from its own repository.
struct DeclaredLab : ServeLab {
  explicit DeclaredLab(const SshServer& server, bool own_source = false) : ssh(server) {
    std::string config =
        "[serve]\nlisten = \"127.0.0.1:0\"\nanonymous_read = true\n"
        "[serve.variable_sources]\nhosts = [\"" +
        ssh.host() +
        "\"]\nnamespaces = [\"default\"]\ncredentials = [\"forge\"]\n"
        "[credential.forge]\nhost = \"" +
        ssh.host() + "\"\nkey_file = \"" + ssh.key_file() + "\"\nknown_hosts = \"" +
        ssh.known_hosts() + "\"\n";
    if (own_source) {
      dir.MakeFolder("own");
      NmgrOptions options = Options();
      options.folder = dir.At("own");
      RunShell("git init -q -b main .", options);
      config += "[source.lab]\ninterval = \"1s\"\nurl = \"file://" + dir.At("own") + "\"\n";
    }
    dir.Write("config.toml", config);
  }

  // A job of the source of the config file.
  void Own(const std::string& id, const std::string& image) const {
    dir.Write("own/" + id + ".hcl", ServiceSpec(id, image));
    NmgrOptions options = Options();
    options.folder = dir.At("own");
    RunShell("git add -A . && git -c user.name=Ann -c user.email=ann@example.org commit -qm x",
             options);
  }
  nlohmann::json Items() const {
    return {{"url", ssh.Url(dir.At("repo"))},
            {"credential", "forge"},
            {"namespaces", "default"},
            {"interval", "1s"}};
  }
  void Declare(const std::string& name, const nlohmann::json& items) const {
    const nlohmann::json body = {
        {"Namespace", "default"}, {"Path", "nmgr/serve/default/sources/" + name}, {"Items", items}};
    const auto answer = nomad.Send("PUT", kSourcesPath + name, body.dump());
    if (answer.status != 200) throw std::runtime_error("not written: " + answer.body);
  }
  void TakeAway(const std::string& name) const { nomad.Send("DELETE", kSourcesPath + name); }
  std::string Status() const {
    const NmgrResult status = Run({"sync", "status"});
    return status.out + status.err;
  }

  const SshServer& ssh;
};

}  // namespace

TEST_CASE("a source in a variable begins, changes and ends while the daemon runs") {
  const auto ssh = SshServer::Start();
  if (!ssh) {
    WARN("SKIPPED: there is no sshd");
    return;
  }
  DeclaredLab lab(*ssh);
  lab.Web("docker.io/web:1");
  lab.Commit();
  Daemon daemon(lab);
  REQUIRE(daemon.Says("listens on"));
  lab.Declare("media", lab.Items());
  REQUIRE(TurnsTrue([&] { return lab.IsThere("web"); }));
  lab.Web("docker.io/web:2");
  lab.Commit();
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:2"; }));
  CHECK(TurnsTrue([&] { return Mentions(lab.Status(), "media"); }));
  CHECK(Mentions(daemon.Get("/api/v1/sources/media"), "\"media\""));
  // Another branch is another declaration.
  lab.Shell("git checkout -q -b other");
  lab.Web("docker.io/web:3");
  lab.Commit();
  nlohmann::json items = lab.Items();
  items["branch"] = "other";
  lab.Declare("media", items);
  CHECK(TurnsTrue([&] { return lab.LiveImage("web") == "docker.io/web:3"; }));
  lab.NewWrites();
  lab.TakeAway("media");
  REQUIRE(daemon.Says("its variable is gone"));
  CHECK(TurnsTrue([&] { return StatusOfAnswer(daemon.Get("/api/v1/sources/media")) == 404; }));
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Job("web")["Stop"] == false);
  CHECK(Mentions(lab.Status(), "its variable is gone"));
  // And back again: what was applied is known.
  lab.Declare("media", items);
  CHECK(TurnsTrue([&] { return Mentions(lab.Status(), "1 in-sync"); }));
  CHECK(lab.NewWrites().empty());
  CHECK(daemon.End() == 0);
}

TEST_CASE("a bad source in a variable is shown as its own error, and the others go on") {
  const auto ssh = SshServer::Start();
  if (!ssh) {
    WARN("SKIPPED: there is no sshd");
    return;
  }
  DeclaredLab lab(*ssh, true);
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.Own("db", "docker.io/db:1");
  nlohmann::json stolen = lab.Items();
  stolen["var_file"] = "/secrets/nomad_token";
  lab.Declare("stolen", stolen);
  lab.Declare("away", {{"url", "https://evil.example.org/x.git"}, {"namespaces", "default"}});
  nlohmann::json foreign = lab.Items();
  foreign["namespaces"] = "kube-system";
  lab.Declare("foreign", foreign);
  lab.Declare("lab", lab.Items());
  lab.Declare("good", lab.Items());
  Daemon daemon(lab);
  CHECK(TurnsTrue([&] { return lab.IsThere("web") && lab.IsThere("db"); }));
  CHECK(daemon.Says("var_file is a path"));
  CHECK(daemon.Says("the config file has a source \"lab\", and that one counts"));
  CHECK(TurnsTrue([&] {
    const std::string status = lab.Status();
    return Mentions(status, "may not fetch from evil.example.org") &&
           Mentions(status, "may not name namespace \"kube-system\"");
  }));
  CHECK(Mentions(daemon.Get("/api/v1/sources/stolen"), "var_file is a path"));
  lab.Own("db", "docker.io/db:2");
  CHECK(TurnsTrue([&] { return lab.LiveImage("db") == "docker.io/db:2"; }));
  // Mended, it is a source like others; and ready is who keeps all that are some.
  CHECK(TurnsTrue([&] { return StatusOfAnswer(daemon.Get("/readyz")) == 200; }));
  lab.TakeAway("away");
  CHECK(TurnsTrue([&] { return StatusOfAnswer(daemon.Get("/api/v1/sources/away")) == 404; }));
  CHECK(daemon.End() == 0);
}

TEST_CASE("serve --once takes sources in variables, and a bad one is its failure") {
  const auto ssh = SshServer::Start();
  if (!ssh) {
    WARN("SKIPPED: there is no sshd");
    return;
  }
  DeclaredLab lab(*ssh);
  lab.Web("docker.io/web:1");
  lab.Commit();
  lab.Declare("media", lab.Items());
  CHECK(lab.Once({"-n"}).exit_code == 0);
  CHECK(lab.NewWrites().empty());
  CHECK(lab.Once().exit_code == 0);
  CHECK(lab.LiveImage("web") == "docker.io/web:1");
  lab.Declare("bad", {{"url", "file:///etc"}, {"namespaces", "default"}});
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "a file:// URL is a path"));
  CHECK(Mentions(lab.Once({"--no-lease"}).err, "no source that stands in one is kept"));
}

TEST_CASE("without the owner's word nothing in a variable is a source") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  const nlohmann::json body = {{"Namespace", "default"},
                               {"Path", "nmgr/serve/default/sources/media"},
                               {"Items", {{"url", "https://git.example.org/x.git"}}}};
  REQUIRE(lab.nomad.Send("PUT", std::string(kSourcesPath) + "media", body.dump()).status == 200);
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK_FALSE(Mentions(result.out + result.err, "media"));
  CHECK(lab.nomad.CountOf("GET /v1/var/nmgr/serve/default/sources") == 0);
}

}  // namespace nmgr::testing
