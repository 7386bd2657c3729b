// What docs/serve holds is what the program takes: the configs, the job, the unit, and the demo.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "actions/serve_daemon.h"
#include "nmgr/base/text.h"
#include "support/fake_nomad_process.h"
#include "support/fake_registry.h"
#include "support/run_nmgr.h"
#include "support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using nmgr::ReplaceAll;
using nmgr::testing::Child;
using nmgr::testing::FakeNomadProcess;
using nmgr::testing::Holds;
using nmgr::testing::NmgrBinary;
using nmgr::testing::NmgrOptions;
using nmgr::testing::NmgrResult;
using nmgr::testing::RunNmgr;
using nmgr::testing::RunShell;
using nmgr::testing::StartNmgr;
using nmgr::testing::TempDir;

std::string ServeDocument(const std::string& name) {
  std::ifstream file(std::string(NMGR_SOURCE_DIR) + "/docs/serve/" + name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A config of docs/serve in a folder of its own, with every file that it names, and a git whose
// remotes are all away.
class DocumentedConfig {
 public:
  explicit DocumentedConfig(const std::string& name) {
    std::string text = ServeDocument(name);
    const std::regex path("\"/etc/nmgr/([^\"]+)\"");
    for (std::sregex_iterator at(text.begin(), text.end(), path), end; at != end; ++at) {
      const std::string file = "etc/" + (*at)[1].str();
      if (file == "etc/homelab") {
        dir_.MakeFolder(file);
      } else {
        const std::string secret =
            file.ends_with(".url") ? "https://chat.example.com/hook" : std::string(40, 'x');
        fs::permissions(dir_.Write(file, secret + "\n"),
                        fs::perms::owner_read | fs::perms::owner_write);
      }
    }
    text = std::regex_replace(ReplaceAll(text, "/etc/nmgr", dir_.At("etc")), std::regex(":8646\""),
                              ":0\"");
    dir_.Write("config.toml", text);
    const std::string git = dir_.Write(
        "bin/git",
        "#!/bin/sh\ncase \" $* \" in *' ls-remote '* | *' fetch '*)\n"
        "  echo 'fatal: unable to access' >&2; exit 128 ;;\nesac\nPATH=${PATH#*:} exec git "
        "\"$@\"\n");
    fs::permissions(git, fs::perms::owner_all);
    const char* path_now = std::getenv("PATH");
    options_.folder = dir_.path();
    options_.env = {{"NMGR_CONFIG", dir_.At("config.toml")},
                    {"NOMAD_ADDR", nomad_.address()},
                    {"XDG_CACHE_HOME", dir_.At("cache")},
                    {"PATH", dir_.At("bin") + ":" + (path_now == nullptr ? "/bin" : path_now)}};
  }
  const NmgrOptions& options() const { return options_; }

 private:
  TempDir dir_;
  FakeNomadProcess nomad_;
  NmgrOptions options_;
};

}  // namespace

TEST_CASE("the configs of docs/serve are taken as they are written") {
  const std::string name = GENERATE(as<std::string>(), "homelab.toml", "company.toml");
  const DocumentedConfig config(name);
  const NmgrResult once = RunNmgr({"-n", "serve", "--once"}, config.options());
  INFO(name << "\n" << once.out << once.err);
  CHECK(once.exit_code == 1);
  CHECK_FALSE(Holds(once.err, "warning:"));
  const std::string text = ServeDocument(name);
  const std::regex source("\\[source\\.([a-z]+)\\]");
  for (std::sregex_iterator at(text.begin(), text.end(), source), end; at != end; ++at) {
    CHECK(Holds(once.out, (*at)[1].str() + ": nothing fetched yet"));
  }
  // With its page.
  Child daemon = StartNmgr({"-n", "serve"}, config.options());
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.err);
  CHECK(end.exit_code == 0);
  CHECK(Holds(end.err, "listens on http"));
}

TEST_CASE("the job of docs/serve is one that Nomad takes") {
  const TempDir dir;
  const FakeNomadProcess nomad;
  dir.Write("cld/nmgr.nomad.hcl", ServeDocument("nmgr.nomad.hcl"));
  NmgrOptions options;
  options.env = {{"NMGR_BASE_DIR", dir.At("cld")}, {"NOMAD_ADDR", nomad.address()}};
  const NmgrResult result = RunNmgr({"validate", "--server", "all"}, options);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}

namespace {

// What Nomad's capabilities are called that a request wants, as they were measured one by one; ""
// where any token will do.
std::string RightFor(const nmgr::testing::FakeNomadRequest& request) {
  const std::string line = request.Line();
  const std::pair<const char*, const char*> rows[] = {
      {"GET /v1/jobs", "list-jobs"},
      {"POST /v1/jobs/parse", "parse-job"},
      {"POST /v1/jobs/statuses", "read-job"},
      {"POST /v1/jobs", "register-job"},
      {"GET /v1/job/", "read-job"},
      {"GET /v1/allocation", "read-job"},
      {"GET /v1/deployment", "read-job"},
      {"GET /v1/evaluation", "read-job"},
      {"GET /v1/client/allocation/", "read-job"},
      {"DELETE /v1/job/", "deregister-job"},
      {"PUT /v1/client/allocation/", "alloc-lifecycle"},
      {"GET /v1/vars", "variables list"},
      {"GET /v1/var/", "variables read"},
      {"PUT /v1/var/", "variables write"},
      {"GET /v1/namespaces", ""},
      {"GET /v1/agent/self", ""},
      {"GET /v1/status/leader", ""},
  };
  if (line.starts_with("POST /v1/job/") && line.ends_with("/plan")) return "plan-job";
  if (request.path.find("purge=true") != std::string::npos) return "purge-job";
  for (const auto& [start, right] : rows) {
    if (line.starts_with(start)) return right;
  }
  return "what nobody has measured: " + line;
}

// The capabilities of a policy; those for variables as "variables read".
std::set<std::string> RightsOf(const std::string& policy) {
  std::set<std::string> rights;
  const std::regex list("capabilities *= *\\[([^\\]]*)\\]");
  const std::regex word("\"([a-z-]+)\"");
  for (std::sregex_iterator at(policy.begin(), policy.end(), list), end; at != end; ++at) {
    const std::string words = (*at)[1].str();
    const bool of_jobs =
        words.find("-job") != std::string::npos || words.find("alloc-") != std::string::npos;
    for (std::sregex_iterator one(words.begin(), words.end(), word); one != end; ++one) {
      rights.insert((of_jobs ? "" : "variables ") + (*one)[1].str());
    }
  }
  return rights;
}

}  // namespace

TEST_CASE("the policies of docs/serve are what serve asks of Nomad, and no more") {
  nmgr::testing::FakeRegistry registry;
  registry.Put("app", "latest", 'a');
  nmgr::testing::ServeLab lab;
  const std::string secret = lab.dir.Write("secret", "a-secret-of-the-registry");
  fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
  lab.Config(
      "prune = true\nprune_grace = \"0s\"\ninterval = \"1s\"\n[source.lab.image.\"*\"]\n"
      "on_push = \"restart\"\n[serve]\nlisten = \"127.0.0.1:0\"\nanonymous_read = true\n"
      "[serve.variable_sources]\nhosts = [\"git.example.org\"]\nnamespaces = [\"media\"]\n"
      "[receiver.reg]\ntype = \"distribution\"\nsecret_file = \"" +
      secret + "\"\n");
  lab.Web(registry.host() + "/app:latest");
  lab.File("old.hcl", nmgr::testing::ServiceSpec("old", "old:1"));
  lab.Commit();
  nmgr::testing::Daemon daemon(lab);
  REQUIRE(nmgr::testing::ComesTrue(
      [&] { return Holds(daemon.Get("/metrics"), "nmgr_image_digest_drift{image="); }));
  registry.Put("app", "latest", 'b');
  const nlohmann::json event = {{"id", "1"},
                                {"action", "push"},
                                {"target",
                                 {{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                  {"digest", nmgr::testing::FakeRegistry::Digest('b')},
                                  {"repository", "app"},
                                  {"tag", "latest"}}},
                                {"request", {{"host", registry.host()}}}};
  const std::string push = nlohmann::json({{"events", {event}}}).dump();
  CHECK(Holds(daemon.Post("/hooks/reg",
                          "Authorization: Bearer a-secret-of-the-registry\r\nContent-Type: "
                          "application/vnd.docker.distribution.events.v1+json\r\n",
                          push),
              " 202 "));
  CHECK(nmgr::testing::ComesTrue(
      [&] { return lab.nomad.CountOf("PUT /v1/client/allocation/") == 1; }));
  lab.Shell("git rm -q old.hcl");
  lab.Commit();
  CHECK(nmgr::testing::ComesTrue([&] { return lab.Job("old").at("Stop") == true; }));
  CHECK(daemon.End() == 0);
  std::set<std::string> asked;
  for (const nmgr::testing::FakeNomadRequest& request : lab.nomad.Requests()) {
    asked.insert(RightFor(request));
  }
  asked.erase("");
  std::set<std::string> granted = RightsOf(ServeDocument("policy.hcl"));
  CHECK_FALSE(granted.contains("alloc-lifecycle"));
  CHECK_FALSE(granted.contains("purge-job"));
  const std::set<std::string> restarts = RightsOf(ServeDocument("restart-policy.hcl"));
  CHECK(restarts == std::set<std::string>{"alloc-lifecycle"});
  granted.insert(restarts.begin(), restarts.end());
  CHECK(asked == granted);
}

TEST_CASE("systemd takes the unit of docs/serve") {
  if (RunShell("command -v systemd-analyze").exit_code != 0) {
    std::cerr << "SKIPPED: systemd takes the unit of docs/serve (there is no systemd-analyze)\n";
    return;
  }
  const TempDir dir;
  std::string unit = ReplaceAll(ServeDocument("nmgr.service"), "/usr/bin/nmgr", NmgrBinary());
  unit = ReplaceAll(unit, "man:nmgr(1) ", "");
  NmgrOptions options;
  options.env = {{"UNIT", dir.Write("nmgr.service", unit)}};
  const NmgrResult result = RunShell("systemd-analyze verify \"$UNIT\"", options);
  INFO(result.out << result.err);
  CHECK_FALSE(Holds(result.err, "nmgr.service"));
  CHECK(Holds(unit, "Type=notify"));
}

TEST_CASE("the demo of serve does what it says") {
  NmgrOptions options;
  options.folder = NMGR_SOURCE_DIR;
  options.limit = std::chrono::minutes(3);
  const NmgrResult result =
      RunShell("bash docs/quickstart.sh --serve --bin \"$(dirname \"$NMGR\")\"", options);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(Holds(result.out, "Its page is at http://127.0.0.1:"));
  CHECK_FALSE(Holds(result.out, "http://127.0.0.1:0"));
  CHECK(Holds(result.out, "nmgr-demo-miniflux: frozen: miniflux/miniflux.hcl:"));
  CHECK(Holds(result.out, "nmgr-demo-nextcloud: held (paused)"));
  CHECK(Holds(result.out, "Done: "));
}
