// The runner of `restart` on a clock of its own: when an allocation counts as restarted, what ends
// a job, and what an answer that was lost means.
#include <catch2/catch.hpp>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;
using testing::SimulatedJob;
using testing::SimulatedNomad;
using Lines = std::vector<std::string>;

// A job that runs and of whose tasks Nomad tells.
struct RestartBench : BenchOfJobs {
  explicit RestartBench(int allocations = 1) {
    Spec("web");
    Run({Verb::kUp});
    nomad.Touch("web", [allocations](SimulatedJob& it) {
      const nomad::Allocation first = it.allocations.front();
      it.job.groups = {nomad::TaskGroup{"g", allocations}};
      it.allocations.clear();
      for (int i = 0; i < allocations; ++i) {
        nomad::Allocation row = first;
        row.id = "alloc-" + std::string(1, static_cast<char>('a' + i));
        row.name = "web.g[" + std::to_string(i) + "]";
        nomad::TaskState task;
        task.name = "server";
        task.state = "running";
        task.started_at = "t";
        row.tasks = {task};
        it.allocations.push_back(row);
      }
    });
    nomad.ClearCalls();
  }
  JobResult Restart() { return Run({Verb::kRestart})["web"]; }
  JobResult Reschedule() {
    Intent intent{Verb::kRestart};
    intent.reschedule = true;
    return Run(intent)["web"];
  }
};

// The task is up again, and what comes after.
void Then(SimulatedJob& it, const std::function<void(nomad::TaskState&)>& next) {
  const std::string id = it.allocations.front().id;
  it.future.push_back([id](SimulatedJob& job) { SimulatedNomad::StartAgain(job, id); });
  it.future.push_back([next](SimulatedJob& job) { next(job.allocations.front().tasks.front()); });
}

}  // namespace

TEST_CASE("An allocation is restarted when it has run for the min_healthy_time of its group") {
  RestartBench bench;
  bench.nomad.Touch(
      "web", [](SimulatedJob& it) { it.job.groups.front().min_healthy_ns = 90'000'000'000; });
  const TimePoint before = bench.clock.Now();
  const JobResult result = bench.Restart();
  CHECK(result.outcome == Outcome::kDone);
  CHECK(result.wrote);
  CHECK(result.summary == "restarted 1 allocation");
  CHECK(bench.clock.Now() - before >= std::chrono::seconds(89));
}

TEST_CASE("Allocations are restarted one after another, and none after the first that fails") {
  RestartBench bench(3);
  SECTION("all well") {
    CHECK(bench.Restart().summary == "restarted 3 allocations");
    CHECK(bench.nomad.writes() == Lines{"RESTART alloc-a", "RESTART alloc-b", "RESTART alloc-c"});
  }
  SECTION("a task that is restarted once more did not stay up") {
    bench.nomad.on_restart["web"] = [](SimulatedJob& it, nomad::Allocation&) {
      Then(it, [](nomad::TaskState& task) {
        task.started_at += "!";
        ++task.restarts;
      });
    };
    const JobResult result = bench.Restart();
    CHECK(result.outcome == Outcome::kFailed);
    CHECK(result.summary.find("task server did not stay up; 0 of 3 restarted before") !=
          std::string::npos);
    CHECK(bench.nomad.writes() == Lines{"RESTART alloc-a"});
  }
  SECTION("nor did one that waits for its next attempt") {
    bench.nomad.on_restart["web"] = [](SimulatedJob& it, nomad::Allocation&) {
      Then(it, [](nomad::TaskState& task) {
        task.state = "pending";
        task.events.push_back({"Terminated", "Exit Code: 7", 9, 7, false});
      });
    };
    CHECK(bench.Restart().summary.find("task server did not stay up") != std::string::npos);
  }
  SECTION("one that never starts again is waited for until the time limit") {
    bench.nomad.on_restart["web"] = [](SimulatedJob&, nomad::Allocation&) {};
    const JobResult result = bench.Restart();
    CHECK(result.outcome == Outcome::kTimedOut);
    CHECK(result.summary.find("; 0 of 3 restarted before") != std::string::npos);
    CHECK(bench.nomad.writes() == Lines{"RESTART alloc-a"});
  }
}

TEST_CASE("A restart whose answer is lost is settled by looking, never sent again") {
  RestartBench bench;
  Error lost{ErrorCode::kUnreachable, "the connection was lost"};
  lost.in_doubt = true;
  bench.nomad.after = [lost](const std::string& name, int) -> std::optional<Error> {
    if (name.starts_with("RESTART")) return lost;
    return std::nullopt;
  };
  SECTION("it came to pass") {
    const JobResult result = bench.Restart();
    CHECK(result.outcome == Outcome::kDone);
    CHECK(result.wrote);
  }
  SECTION("it did not") {
    bench.nomad.on_restart["web"] = [](SimulatedJob&, nomad::Allocation&) {};
    const JobResult result = bench.Restart();
    CHECK(result.outcome == Outcome::kTimedOut);
    CHECK_FALSE(result.wrote);
  }
  CHECK(bench.nomad.writes() == Lines{"RESTART alloc-a"});
}

TEST_CASE("An allocation that somebody stops meanwhile ends the job") {
  RestartBench bench;
  bench.nomad.on_restart["web"] = [](SimulatedJob& it, nomad::Allocation&) {
    it.future.push_back([](SimulatedJob& job) { job.allocations.front().desired_status = "stop"; });
  };
  CHECK(bench.Restart().summary.find("somebody else stopped it meanwhile") != std::string::npos);
}

TEST_CASE(
    "What runs in the stead of an allocation counts after the min_healthy_time of its group") {
  RestartBench bench(2);
  bench.nomad.Touch(
      "web", [](SimulatedJob& it) { it.job.groups.front().min_healthy_ns = 90'000'000'000; });
  const TimePoint before = bench.clock.Now();
  const JobResult result = bench.Reschedule();
  CHECK(result.outcome == Outcome::kDone);
  CHECK(result.wrote);
  CHECK(result.summary == "rescheduled 2 allocations");
  CHECK(bench.nomad.writes() == Lines{"STOP alloc-a", "STOP alloc-b"});
  CHECK(bench.clock.Now() - before >= std::chrono::seconds(178));
}

TEST_CASE("What does not come up in the stead of an allocation ends the job") {
  RestartBench bench(2);
  std::function<void(nomad::Allocation&)> as;
  bench.nomad.on_stop["web"] = [&](SimulatedJob& it, const nomad::Allocation& old) {
    it.future.push_back(
        [&as, old](SimulatedJob& job) { as(SimulatedNomad::PlaceAgain(job, old)); });
  };
  std::string says;
  SECTION("a task that was restarted") {
    as = [](nomad::Allocation& row) { row.tasks.front().restarts = 1; };
    says = "(alloc-a- on node1), in its stead, did not stay up";
  }
  SECTION("one that Nomad calls unhealthy") {
    as = [](nomad::Allocation& row) { row.healthy = false; };
    says = "in its stead, is unhealthy";
  }
  SECTION("one that failed") {
    as = [](nomad::Allocation& row) { row.client_status = "failed"; };
    says = "in its stead, failed";
  }
  SECTION("one that was stopped too") {
    as = [](nomad::Allocation& row) { row.desired_status = "stop"; };
    says = "somebody else stopped web.g[0]";
  }
  const JobResult result = bench.Reschedule();
  CHECK(result.outcome == Outcome::kFailed);
  INFO(result.summary);
  CHECK(result.summary.find(says) != std::string::npos);
  CHECK(result.summary.find("; 0 of 2 rescheduled before") != std::string::npos);
  CHECK(bench.nomad.writes() == Lines{"STOP alloc-a"});
}

TEST_CASE("What never comes in the stead of an allocation, or never gets ready, is a time limit") {
  RestartBench bench;
  SECTION("nothing") {
    bench.nomad.on_stop["web"] = [](SimulatedJob&, const nomad::Allocation&) {};
    const JobResult result = bench.Reschedule();
    CHECK(result.outcome == Outcome::kTimedOut);
    CHECK(result.summary.find("nothing placed in its stead after") != std::string::npos);
  }
  SECTION("a task that waits to be started") {
    bench.nomad.on_stop["web"] = [](SimulatedJob& it, const nomad::Allocation& old) {
      nomad::Allocation& row = SimulatedNomad::PlaceAgain(it, old);
      row.healthy.reset();
      row.tasks.front().state = "pending";
    };
    const JobResult result = bench.Reschedule();
    CHECK(result.outcome == Outcome::kTimedOut);
    CHECK(result.summary.find("in its stead, not running for long enough") != std::string::npos);
  }
}

TEST_CASE("A stop of an allocation whose answer is lost is settled by looking, never sent again") {
  RestartBench bench;
  Error lost{ErrorCode::kUnreachable, "the connection was lost"};
  lost.in_doubt = true;
  bench.nomad.after = [lost](const std::string& name, int) -> std::optional<Error> {
    if (name.starts_with("STOP")) return lost;
    return std::nullopt;
  };
  const JobResult result = bench.Reschedule();
  CHECK(result.outcome == Outcome::kDone);
  CHECK(result.wrote);
  CHECK(bench.nomad.writes() == Lines{"STOP alloc-a"});
}

}  // namespace nmgr::rollout
