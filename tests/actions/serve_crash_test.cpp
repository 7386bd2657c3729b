// serve killed at any of its writes: whoever comes after it brings the cluster to the same end.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "actions/serve_lab.h"

namespace nmgr::testing {
namespace {

const char* const kCrashLease = "/v1/var/nmgr/serve/default/lease/lab";

// As when its time has run out.
void FreeLease(const ServeLab& lab) {
  const auto read = lab.nomad.Send("GET", kCrashLease);
  if (read.status != 200) return;
  const auto lock = nlohmann::json::parse(read.body).value("Lock", nlohmann::json());
  if (!lock.is_object()) return;
  const nlohmann::json body = {{"Lock", {{"ID", lock.at("ID")}}}};
  REQUIRE(lab.nomad.Send("PUT", std::string(kCrashLease) + "?lock-release", body.dump()).status ==
          200);
}

// web runs and is to be updated, mail is to be created, db to be pruned.
void Prepare(ServeLab& lab, const std::string& more) {
  lab.Config("prune = true\nprune_grace = \"0s\"\n" + more);
  lab.Web("web:1");
  lab.File("db.hcl", ServiceSpec("db", "db:1"));
  lab.File("cache.hcl", ServiceSpec("cache", "cache:1"));
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);
  lab.Shell("git rm -q db.hcl");
  lab.Commit();
  REQUIRE(lab.Once().exit_code == 0);  // the first fetch without it
  lab.Web("web:2");
  lab.File("mail.hcl", ServiceSpec("mail", "mail:1"));
  lab.Commit();
  lab.NewWrites();
}

bool IsAtItsEnd(const ServeLab& lab) {
  return lab.LiveImage("web") == "web:2" && lab.IsThere("mail") && lab.Job("db")["Stop"] == true &&
         lab.Job("mail")["Stop"] == false && lab.Job("cache")["Stop"] == false;
}

// True where it was killed, once it has made so many writes; false where it ended before.
bool KilledAt(Child& daemon, const ServeLab& lab, std::size_t writes) {
  std::size_t seen = 0;
  for (int quiet = 0; quiet < 300; ++quiet) {  // it has ended where it asks nothing any more
    if (lab.nomad.Writes().size() >= writes) break;
    const std::size_t now = lab.nomad.Requests().size();
    if (now != seen) quiet = 0;
    seen = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  daemon.Signal(SIGKILL);
  return daemon.Wait().exit_code == 128 + SIGKILL;
}

}  // namespace

TEST_CASE("serve --once killed at any write leaves what the next run ends, and nothing else",
          "[long]") {
  bool killed = true;
  std::size_t last = 0;
  for (std::size_t at = 1; killed && at < 40; at += at < 8 ? 1 : 3) {
    ServeLab lab({.latency_ms = 5});
    Prepare(lab, "");
    Child daemon = StartNmgr({"serve", "--once"}, lab.Options());
    killed = KilledAt(daemon, lab, at);
    FreeLease(lab);
    NmgrResult result;
    for (int i = 0; i < 3; ++i) result = lab.Once();
    INFO("killed at write " << at << "\n" << result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(IsAtItsEnd(lab));
    CHECK_FALSE(Mentions(result.out, "held"));
    CHECK(lab.VerdictOf("web") == "in-sync");
    // What was stopped by us comes back with its file, wherever we died.
    lab.File("db.hcl", ServiceSpec("db", "db:1"));
    lab.Commit();
    CHECK(lab.VerdictOf("db") == "in-sync");
    CHECK(lab.Job("db")["Stop"] == false);
    const Words writes = lab.NewWrites();
    CHECK(std::count(writes.begin(), writes.end(), "purge db") == 0);
    if (killed) last = at;
  }
  CHECK(last >= 5);
}

TEST_CASE("serve left running and killed at a write goes on where another copy begins") {
  for (const std::size_t at : {2, 4, 6, 8}) {
    ServeLab lab({.latency_ms = 5});
    Prepare(lab, "interval = \"1s\"\n[serve]\nlisten = \"\"\n");
    {
      Child daemon = StartNmgr({"serve"}, lab.Options());
      KilledAt(daemon, lab, at);
    }
    FreeLease(lab);
    Child next = StartNmgr({"serve"}, lab.Options());
    INFO("killed at write " << at);
    CHECK(ComesTrue([&] { return lab.IsThere("mail") && IsAtItsEnd(lab); }));
    next.Signal(SIGTERM);
    const NmgrResult end = next.Wait();
    INFO(end.out << end.err);
    CHECK(end.exit_code == 0);
    CHECK_FALSE(Mentions(end.err, "held"));
  }
}

}  // namespace nmgr::testing
