// The steps of `down`, carried out.
#include <catch2/catch.hpp>

#include "nmgr/rollout/execute.h"
#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;
using testing::Down;
using testing::FailFirst;
using testing::kBatch;
using testing::kPeriodic;
using testing::Mentions;
using testing::Service;
using testing::SimulatedJob;
using testing::SimulatedNomad;
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Down stops, waits until the allocations are gone, and purges only then") {
  BenchOfJobs bench({"garage", "caddy"});
  for (const char* id : {"garage", "caddy", "a", "b"}) bench.Spec(id);
  bench.Run({Verb::kUp});
  bench.nomad.ClearCalls();
  bench.options.parallel = 1;
  SECTION("services, then infra from the last to the first") {
    auto results = bench.Run(Down());
    CHECK(bench.nomad.writes() == Lines{"STOP a", "STOP b", "STOP caddy", "STOP garage"});
    for (const char* id : {"garage", "caddy", "a", "b"}) {
      CHECK(results[id].outcome == Outcome::kDone);
      CHECK(results[id].summary == "stopped");
      CHECK(bench.nomad.job(id).allocations[0].client_status == "complete");
    }
    CHECK(bench.Run(Down())["a"].outcome == Outcome::kUntouched);
    bench.nomad.ClearCalls();
    auto purged = bench.Run(Down(true));
    CHECK(purged["a"].summary == "purged");
    CHECK(bench.nomad.writes() == Lines{"PURGE a", "PURGE b", "PURGE caddy", "PURGE garage"});
  }
  SECTION("with -p") {
    auto results = bench.Run(Down(true));
    CHECK(bench.nomad.writes() == Lines{"STOP a", "PURGE a", "STOP b", "PURGE b", "STOP caddy",
                                        "PURGE caddy", "STOP garage", "PURGE garage"});
    CHECK(results["a"].purged);
    CHECK(results["a"].summary == "stopped and purged");
    CHECK_FALSE(bench.nomad.Has("a"));
    CHECK(bench.Run(Down(true))["a"].outcome == Outcome::kUntouched);
  }
  SECTION("nothing is purged after a time-out, and a stuck service does not hold infra") {
    bench.nomad.undying = {"a"};
    auto results = bench.Run(Down(true));
    CHECK(results["a"].outcome == Outcome::kTimedOut);
    const std::string still = bench.nomad.job("a").allocations[0].id;
    CHECK(Mentions(results["a"].details, "allocation " + still + " on node1 is running"));
    CHECK(bench.nomad.CountOf("PURGE a") == 0);
    CHECK(bench.nomad.CountOf("PURGE garage") == 1);
  }
  SECTION("a stuck infra job holds those before it") {
    bench.nomad.undying = {"caddy"};
    auto results = bench.Run(Down());
    CHECK(results["caddy"].outcome == Outcome::kTimedOut);
    CHECK(results["garage"].outcome == Outcome::kNotStarted);
    CHECK(bench.nomad.CountOf("STOP garage") == 0);
  }
  SECTION("with -d everything is submitted in that order and nothing awaited") {
    bench.nomad.undying = {"a", "caddy"};
    Intent intent = Down();
    intent.detach = true;
    auto results = bench.Run(intent);
    CHECK(bench.nomad.writes() == Lines{"STOP a", "STOP b", "STOP caddy", "STOP garage"});
    CHECK(results["caddy"].outcome == Outcome::kSubmitted);
    CHECK(bench.nomad.CountOf("ALLOCATIONS") == 0);
  }
  SECTION("tasks of a job stopped earlier are waited for") {
    bench.nomad.undying = {"a"};
    Intent detached = Down();
    detached.detach = true;
    bench.Run(detached);
    bench.nomad.ClearCalls();
    bench.nomad.job("a").future.push_back(
        [](SimulatedJob& it) { it.allocations[0].client_status = "complete"; });
    auto results = bench.Run(Down());
    CHECK(results["a"].outcome == Outcome::kDone);
    CHECK(results["a"].summary == "gone");
    CHECK(bench.nomad.writes().empty());
  }
}

TEST_CASE("A job that somebody starts again meanwhile ends its down at once, with the reason") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.Run({Verb::kUp});
  bench.nomad.ClearCalls();
  const TimePoint start = bench.clock.Now();
  bool again = false;
  SECTION("while its tasks still end") { bench.nomad.undying = {"web"}; }
  SECTION("when they have ended") {}
  bench.nomad.seen = [&](const std::string& call) {
    if (call != "ALLOCATIONS web" || std::exchange(again, true)) return;
    bench.nomad.PutJob("web", Service("web", "web:2"));
  };
  auto results = bench.Run(Down(true));
  CHECK(results["web"].outcome == Outcome::kFailed);
  INFO(results["web"].summary);
  // The stop is a version of its own.
  CHECK(Mentions({results["web"].summary}, "web was started again by somebody else (version 2)"));
  CHECK(bench.nomad.writes() == Lines{"STOP web"});
  CHECK(bench.clock.Now() - start < std::chrono::seconds(60));
}

TEST_CASE("A job that somebody purges while its tasks end is not said to be gone") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.Run({Verb::kUp});
  bench.nomad.undying = {"web"};
  int looks = 0;
  bench.nomad.seen = [&](const std::string& call) {
    if (call == "ALLOCATIONS web" && ++looks == 2) {
      static_cast<void>(bench.nomad.StopJob({"web", "", ""}, true,
                                            {TimePoint::max(), {}, nomad::Patience::kServed}));
    }
  };
  auto results = bench.Run(Down());
  CHECK(results["web"].outcome == Outcome::kFailed);
  CHECK(Mentions({results["web"].summary}, "was purged by somebody else with 1 task still ending"));
}

TEST_CASE("A stop whose answer was lost") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.Run({Verb::kUp});
  bench.nomad.ClearCalls();
  SECTION("had arrived") {
    bench.nomad.after = FailFirst("STOP web", ErrorCode::kUnreachable);
    CHECK(bench.Run(Down())["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("STOP web") == 1);
  }
  SECTION("had not arrived") {
    bench.nomad.before = FailFirst("STOP web", ErrorCode::kTimedOut);
    CHECK(bench.Run(Down())["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("STOP web") == 2);
  }
  SECTION("and the purge too") {
    bench.nomad.after = FailFirst("PURGE web", ErrorCode::kUnreachable);
    CHECK(bench.Run(Down(true))["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("PURGE web") == 1);
  }
}

TEST_CASE("The children of a periodic job are stopped with it and waited for") {
  BenchOfJobs bench;
  bench.Spec("backup", Service("backup", "b:1", kPeriodic));
  CHECK(bench.Run({Verb::kUp})["backup"].summary == "registered");
  const auto child = [&](const std::string& id, const std::string& parent) {
    bench.nomad.PutJob(id, Service(id, "b:1", kBatch));
    bench.nomad.Touch(id, [&](SimulatedJob& it) {
      it.job.parent_id = parent;
      it.job.status = "running";
      it.allocations[0].client_status = "running";
    });
  };
  child("backup/periodic-1", "backup");
  child("backup/mine", "");
  bench.nomad.ClearCalls();
  SECTION("exactly its own") {
    auto results = bench.Run(Down());
    CHECK(results["backup"].outcome == Outcome::kDone);
    CHECK(bench.nomad.writes() == Lines{"STOP backup", "STOP backup/periodic-1"});
    CHECK(bench.nomad.job("backup/periodic-1").allocations[0].client_status == "complete");
    CHECK(bench.nomad.job("backup/mine").allocations[0].client_status == "running");
  }
  SECTION("one that is launched in between is seen") {
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "STOP backup") child("backup/periodic-2", "backup");
    };
    bench.Run(Down());
    CHECK(bench.nomad.writes() ==
          Lines{"STOP backup", "STOP backup/periodic-1", "STOP backup/periodic-2"});
  }
  SECTION("also one that a child launches before it is stopped, at the last look") {
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "STOP backup/periodic-1") {
        child("backup/periodic-1/periodic-7", "backup/periodic-1");
      }
    };
    auto results = bench.Run(Down());
    CHECK(results["backup"].summary == "stopped, with 2 children");
    CHECK(bench.nomad.writes() ==
          Lines{"STOP backup", "STOP backup/periodic-1", "STOP backup/periodic-1/periodic-7"});
    CHECK(bench.nomad.job("backup/periodic-1/periodic-7").allocations[0].client_status ==
          "complete");
  }
  SECTION("-p purges them too, the deepest first") {
    child("backup/periodic-1/periodic-7", "backup/periodic-1");
    bench.nomad.ClearCalls();
    auto results = bench.Run(Down(true));
    CHECK(results["backup"].summary == "stopped and purged, with 2 children");
    const Lines writes = bench.nomad.writes();
    REQUIRE(writes.size() == 6);
    CHECK(Lines(writes.begin() + 3, writes.end()) ==
          Lines{"PURGE backup/periodic-1/periodic-7", "PURGE backup/periodic-1", "PURGE backup"});
    CHECK(bench.nomad.Has("backup/mine"));
  }
  SECTION("unless they are to be kept") {
    Intent intent = Down();
    intent.keep_children = true;
    bench.Run(intent);
    CHECK(bench.nomad.writes() == Lines{"STOP backup"});
  }
  SECTION("no purge while one of them runs") {
    bench.nomad.undying = {"backup/periodic-1"};
    auto results = bench.Run(Down(true));
    CHECK(results["backup"].outcome == Outcome::kTimedOut);
    CHECK(bench.nomad.CountOf("PURGE") == 0);
  }
  SECTION("also when the parent had been stopped already") {
    Intent intent = Down();
    intent.keep_children = true;
    bench.Run(intent);
    bench.nomad.ClearCalls();
    CHECK(bench.Run(Down())["backup"].outcome == Outcome::kDone);
    CHECK(bench.nomad.writes() == Lines{"STOP backup/periodic-1"});
  }
}

}  // namespace nmgr::rollout
