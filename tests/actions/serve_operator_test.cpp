// serve as whoever runs it meets it: what its log says, what Nomad refuses, how it ends.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

std::string LeaseHolderNow(const ServeLab& lab) {
  const auto answer = lab.nomad.Send("GET", "/v1/var/nmgr/serve/default/lease/lab");
  if (answer.status != 200) return {};
  return nlohmann::json::parse(answer.body).at("Items").value("holder", "");
}

std::size_t CountOfText(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// Where a service manager listens.
class NotifySocket {
 public:
  explicit NotifySocket(std::string path) : path_(std::move(path)) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  const std::string& path() const { return path_; }
  // All that it was told so far.
  const Words& Told() {
    std::array<char, 256> text{};
    for (ssize_t got = 0; (got = ::recv(fd_, text.data(), text.size(), 0)) > 0;) {
      told_.emplace_back(text.data(), static_cast<std::size_t>(got));
    }
    return told_;
  }
  bool Heard(const std::string& word) {
    const Words& told = Told();
    return std::find(told.begin(), told.end(), word) != told.end();
  }

 private:
  std::string path_;
  int fd_ = -1;
  Words told_;
};

const char* const kEverySecond = "interval = \"1s\"\n[serve]\nlisten = \"\"\n";

}  // namespace

TEST_CASE("a fault of a spec is shown with its source and its path, not with the checkout's") {
  ServeLab lab;
  lab.File("apps/web.hcl", "job \"web\" {\n  meta {\n    x = local.nothing\n  }\n}\n");
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "on lab:apps/web.hcl line 3"));
  CHECK_FALSE(Mentions(result.err, lab.dir.path()));
}

TEST_CASE("what Nomad refuses of a spec is told with its source and its path") {
  ServeLab lab;
  lab.File("web.hcl", "job \"web\" {\n  group \"a\" {\n    countt = 1\n  }\n}\n");
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.out, "frozen"));
  CHECK(Mentions(result.err, "lab:web.hcl:3"));
  CHECK_FALSE(Mentions(result.err, lab.dir.path()));
}

TEST_CASE("a spec that is known to be bad says so in each run, with what helps") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.nomad.SetBehaviour({{"fail", {"web"}}});
  lab.Web("docker.io/web:2");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 1);
  lab.nomad.SetBehaviour({{"fail", nlohmann::json::array()}});
  lab.Spec("web", ServiceSpec("web", "docker.io/web:1"));
  REQUIRE(lab.Run({"up", "web"}).exit_code == 0);
  const NmgrResult result = lab.Once();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "error: web: the deployment of this spec has failed before"));
  CHECK(Mentions(result.err, "nmgr sync retry lab web"));
}

TEST_CASE("sync status says how a job that is held is released") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  REQUIRE(lab.Run({"sync", "hold", "lab", "web"}).exit_code == 0);
  REQUIRE(lab.Once().exit_code == 0);
  CHECK(Mentions(lab.Run({"sync", "status"}).out, "nmgr sync release lab web"));
  REQUIRE(lab.Run({"sync", "release", "lab", "web"}).exit_code == 0);
  lab.Shell("git rm -q web.hcl && touch README");
  lab.File("db.hcl", ServiceSpec("db", "docker.io/db:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  CHECK(Mentions(lab.Run({"sync", "status"}).out, "nmgr down job:default/web"));
}

TEST_CASE("a right that is missing stands in the verdict") {
  FakeNomadOptions options;
  options.faults = {"POST /v1/job/web/plan 403 Permission denied"};
  ServeLab lab(options);
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code != 0);
  const std::string reason = lab.Row("web").at("reason");
  INFO(reason);
  CHECK(Mentions(reason, "\"plan-job\" in namespace \"default\""));
}

TEST_CASE("a lease that Nomad refuses is an error, though jobs may be read") {
  FakeNomadOptions options;
  options.faults = {"GET /v1/var/nmgr/serve/default/lease/lab 403 Permission denied",
                    "PUT /v1/var/nmgr/serve/default/lease/lab 403 Permission denied"};
  ServeLab lab(options);
  lab.Web("docker.io/web:1");
  lab.Commit();
  const NmgrResult result = lab.Once();
  INFO(result.out << result.err);
  CHECK(result.exit_code == 1);
  CHECK(Mentions(result.err, "its lease cannot be had"));
  CHECK(Mentions(result.err, "variables:"));
  CHECK(lab.NewWrites().empty());
}

TEST_CASE("a running daemon says once what stays as it is") {
  FakeNomadOptions options;
  options.faults = {"POST /v1/job/web/plan 403 Permission denied"};
  ServeLab lab(options);
  lab.Config(kEverySecond);
  lab.Web("docker.io/web:1");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  CHECK(ComesTrue([&] { return lab.nomad.CountOf("POST /v1/job/web/plan") >= 3; }));
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.err);
  CHECK(end.exit_code == 0);
  CHECK(CountOfText(end.err, "Permission denied") == 1);
  CHECK(Mentions(end.err, "lab: web: unreachable: "));
}

TEST_CASE("what is not waited for at the end is left to the next sync, not to another action") {
  FakeNomadOptions options;
  options.healthy_after_ms = 600'000;
  ServeLab lab(options);
  lab.Config(kEverySecond);
  lab.Web("docker.io/web:1");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  REQUIRE(ComesTrue([&] { return lab.IsThere("web"); }));
  daemon.Signal(SIGTERM);
  const NmgrResult end = daemon.Wait();
  INFO(end.err);
  CHECK(Mentions(end.err, "register sent, not waited for (interrupted); the next sync finds it"));
  CHECK_FALSE(Mentions(end.err, "`nmgr up"));
}

TEST_CASE("what is asked while a sync is under way is not forgotten") {
  FakeNomadOptions options;
  options.healthy_after_ms = 1'500;
  ServeLab lab(options);
  lab.Config("interval = \"1h\"\n[serve]\nlisten = \"\"\n");
  lab.Web("docker.io/web:1");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  const auto runs = [&](const std::string& image) {
    return ComesTrue([&] { return lab.IsThere("web") && lab.LiveImage("web") == image; });
  };
  REQUIRE(runs("docker.io/web:1"));
  lab.Web("docker.io/web:2");
  lab.Commit();
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  // Registered, and waited for.
  REQUIRE(runs("docker.io/web:2"));
  lab.Web("docker.io/web:3");
  lab.Commit();
  REQUIRE(lab.Run({"sync", "now", "lab"}).exit_code == 0);
  CHECK(runs("docker.io/web:3"));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
}

TEST_CASE("while nothing moves Nomad is asked nothing but to tell when something does") {
  ServeLab lab;
  lab.Config(kEverySecond);
  for (int i = 0; i < 30; ++i) {
    const std::string id = "job-" + std::to_string(i);
    lab.File(id + ".hcl", ServiceSpec(id, "docker.io/app:1"));
  }
  lab.Commit();
  const std::string git =
      lab.dir.Write("bin/git", "#!/bin/sh\necho \"$*\" >> " + lab.dir.At("git.log") +
                                   "\nPATH=${PATH#*:} exec git \"$@\"\n");
  std::filesystem::permissions(git, std::filesystem::perms::owner_all);
  NmgrOptions options = lab.Options();
  options.env["PATH"] = lab.dir.At("bin") + ":" + std::getenv("PATH");
  const auto looks = [&] {
    std::ifstream file(lab.dir.At("git.log"));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return CountOfText(text, "ls-remote");
  };
  Child daemon = StartNmgr({"serve"}, options);
  REQUIRE(
      ComesTrue([&] { return lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/status/") > 0; }));
  // What the registers have moved is looked at once more.
  const std::size_t settled = looks() + 5;
  REQUIRE(ComesTrue([&] { return looks() >= settled; }));
  lab.nomad.ClearLog();
  const std::size_t before = looks();
  REQUIRE(ComesTrue([&] { return looks() >= before + 5; }));
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    INFO(request.method << " " << request.path);
    const bool renews = request.path.find("/lease/lab") != std::string::npos &&
                        request.path.find("lock-renew") != std::string::npos;
    const bool waits = request.method == "GET" && request.path.find("wait=") != std::string::npos;
    CHECK((renews || waits));
  }
  // One spec is changed: it alone is looked at.
  lab.nomad.ClearLog();
  lab.File("job-7.hcl", ServiceSpec("job-7", "docker.io/app:2"));
  lab.Commit();
  REQUIRE(ComesTrue([&] { return lab.LiveImage("job-7") == "docker.io/app:2"; }));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
  int plans = 0;
  for (const FakeNomadRequest& request : lab.nomad.Requests()) {
    if (request.path.find("/plan") == std::string::npos) continue;
    ++plans;
    CHECK(request.path.starts_with("/v1/job/job-7/plan"));
  }
  CHECK(plans >= 1);
  CHECK(lab.NewWrites() == Words{"register"});
}

TEST_CASE("a service manager hears that the daemon is ready, lives and ends") {
  ServeLab lab;
  lab.Config(kEverySecond);
  lab.Web("docker.io/web:1");
  lab.Commit();
  NotifySocket socket(lab.dir.At("notify"));
  lab.env["NOTIFY_SOCKET"] = socket.path();
  lab.env["WATCHDOG_USEC"] = "400000";
  Child daemon = StartNmgr({"serve"}, lab.Options());
  CHECK(ComesTrue([&] { return socket.Heard("READY=1"); }));
  CHECK(ComesTrue([&] {
    const Words& told = socket.Told();
    return std::count(told.begin(), told.end(), "WATCHDOG=1") >= 3;
  }));
  CHECK_FALSE(socket.Heard("STOPPING=1"));
  daemon.Signal(SIGTERM);
  CHECK(daemon.Wait().exit_code == 0);
  CHECK(socket.Heard("STOPPING=1"));
}

TEST_CASE("a second signal ends the daemon at once, and its lease is given back all the same") {
  FakeNomadOptions options;
  // What is written last holds up an end in order.
  options.faults = {"PUT /v1/var/nmgr/serve/default/status/lab hang"};
  ServeLab lab(options);
  lab.Config(kEverySecond);
  lab.Web("docker.io/web:1");
  lab.Commit();
  Child daemon = StartNmgr({"serve"}, lab.Options());
  const auto wrote = [&] { return lab.nomad.CountOf("PUT /v1/var/nmgr/serve/default/jobs/") > 0; };
  REQUIRE(ComesTrue(wrote));
  REQUIRE_FALSE(LeaseHolderNow(lab).empty());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  daemon.Signal(SIGTERM);
  // Longer than what counts as one signal that was sent twice.
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  daemon.Signal(SIGTERM);
  static_cast<void>(daemon.Wait());
  CHECK(LeaseHolderNow(lab).empty());
  CHECK(lab.Once({"-n"}).exit_code == 0);
}

TEST_CASE("what stands in the wrong variable of the ledger is taken out, and the rest goes on") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  // In each of them, more than fits beside a row.
  for (int i = 0; i < 16; ++i) {
    nlohmann::json items;
    for (int k = 0; k < 10; ++k) {
      items["default/junk" + std::to_string(k)] = std::string(6'000, 'a');
    }
    const std::string path = std::string("nmgr/serve/default/jobs/lab/0") + "0123456789abcdef"[i];
    REQUIRE(lab.nomad
                .Send("PUT", "/v1/var/" + path,
                      nlohmann::json({{"Path", path}, {"Items", items}}).dump())
                .status == 200);
  }
  lab.Web("docker.io/web:2");
  lab.Config("adopt = \"always\"\n");
  lab.Commit();
  static_cast<void>(lab.Once());
  CHECK(lab.LiveImage("web") == "docker.io/web:2");
  const NmgrResult again = lab.Once();
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  CHECK_FALSE(Mentions(again.err, "not kept"));
  CHECK(Mentions(lab.Run({"sync", "status", "--jobs"}).out, "in-sync"));
}

TEST_CASE("down finds a job that is named in full without any specs") {
  ServeLab lab;
  lab.Web("docker.io/web:1");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.env["NMGR_BASE_DIR"] = lab.dir.At("nowhere");
  CHECK(lab.Run({"down", "web"}).exit_code != 0);
  const NmgrResult result = lab.Run({"down", "job:default/web"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(lab.Job("web").at("Stop") == true);
}

}  // namespace nmgr::testing
