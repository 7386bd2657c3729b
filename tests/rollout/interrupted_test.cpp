// A run that is asked to end, at each of its questions in turn: whatever it was doing, none of its
// jobs has failed by that.
#include <catch2/catch.hpp>
#include <mutex>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;
using testing::Service;
using testing::SimulatedJob;
using testing::SimulatedNomad;

// How a job stands before the run, and what is asked of it, so that all goes well if nobody ends
// it.
struct EndCase {
  const char* name;
  Intent intent;
  void (*prepare)(BenchOfJobs& bench);
};

void BringUp(BenchOfJobs& bench) { bench.Run({Verb::kUp}); }

const EndCase kEndCases[] = {
    {"new", {Verb::kUp}, [](BenchOfJobs&) {}},
    {"changed",
     {Verb::kUp},
     [](BenchOfJobs& bench) {
       BringUp(bench);
       bench.Spec("web", Service("web", "web:2"));
     }},
    {"reconciled",
     {Verb::kReconcile},
     [](BenchOfJobs& bench) {
       BringUp(bench);
       bench.Spec("web", Service("web", "web:2"));
     }},
    {"its group failed after its deployment",
     {Verb::kUp},
     [](BenchOfJobs& bench) {
       BringUp(bench);
       bench.nomad.Touch("web", [](SimulatedJob& it) {
         SimulatedNomad::SetAll(it, "failed");
         it.job.status = "dead";
       });
     }},
    {"its deployment failed",
     {Verb::kUp},
     [](BenchOfJobs& bench) {
       bench.nomad.on_register["web"] = SimulatedNomad::Fails;
       BringUp(bench);
       bench.nomad.on_register.clear();
     }},
    {"a deployment that is called successful, and a group that is evaluated",
     {Verb::kUp},
     [](BenchOfJobs& bench) {
       bench.nomad.on_register["web"] = [](SimulatedJob& job) {
         job.future.push_back([](SimulatedJob& it) {
           SimulatedNomad::SetAll(it, "failed");
           it.EndDeployment("successful");
         });
       };
     }},
    {"stopped",
     {Verb::kUp},
     [](BenchOfJobs& bench) {
       BringUp(bench);
       bench.Run(testing::Down());
     }},
    {"down", testing::Down(), BringUp},
    {"down and purged", testing::Down(true), BringUp},
    {"restarted in place",
     {Verb::kRestart},
     [](BenchOfJobs& bench) {
       BringUp(bench);
       bench.nomad.Touch("web", [](SimulatedJob& it) {
         nomad::TaskState task;
         task.name = "server";
         task.state = "running";
         task.started_at = "t";
         it.allocations.front().tasks = {task};
       });
     }},
};

// The run with its end asked for at the question of this number; whether there was one.
bool EndsWell(const EndCase& one, int at, bool lost) {
  BenchOfJobs bench;
  bench.Spec("web");
  one.prepare(bench);
  bench.nomad.ClearCalls();
  std::stop_source stop;
  bench.options.stop = stop.get_token();
  std::mutex mutex;  // several threads ask
  int asked = 0;
  std::string cut;
  // A question that is under way is cut off, or its answer is lost by the same end.
  bench.nomad.seen = [&](const std::string& call) {
    const std::lock_guard lock(mutex);
    if (asked++ != at) return;
    cut = call;
    if (!lost) stop.request_stop();
  };
  if (lost) {
    bench.nomad.before = [&](const std::string& call, int) -> std::optional<Error> {
      const std::lock_guard lock(mutex);
      if (cut.empty() || stop.stop_requested()) return std::nullopt;
      stop.request_stop();
      return testing::Refusal(ErrorCode::kUnreachable, call);
    };
  }
  const Rollout run = bench.CarryOut(one.intent);
  INFO(one.name << ", ended at " << cut << (lost ? ", whose answer is lost" : ""));
  for (const Error& error : run.failures) {
    const bool ours = error.code == ErrorCode::kInterrupted;
    CHECK(ours);
  }
  for (const JobResult& result : run.results) {
    INFO(OutcomeName(result.outcome) << ": " << result.summary);
    CHECK_FALSE(IsFailure(result.outcome));
    CHECK_FALSE(result.deployment_failed);
    CHECK((result.outcome != Outcome::kNotStarted || !result.wrote));
    const bool wrote = !bench.nomad.writes().empty() && !cut.starts_with("REGISTER") &&
                       !cut.starts_with("STOP") && !cut.starts_with("EVALUATE") &&
                       !cut.starts_with("RESTART");
    CHECK((!wrote || result.wrote));
  }
  return !cut.empty();
}

}  // namespace

TEST_CASE("A run that is ended blames no job for it, whenever it is ended") {
  for (const EndCase& one : kEndCases) {
    int at = 0;
    while (EndsWell(one, at, false)) ++at;
    CHECK(at > 3);
    for (int i = 0; i < at; ++i) EndsWell(one, i, true);
  }
}

TEST_CASE("What is cut off between the two halves of a start anew is told") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.nomad.on_register["web"] = SimulatedNomad::Fails;
  bench.Run({Verb::kUp});
  bench.nomad.on_register.clear();
  bench.nomad.ClearCalls();
  std::stop_source stop;
  bench.options.stop = stop.get_token();
  bench.nomad.seen = [&](const std::string& call) {
    if (call == "PLAN web" && bench.nomad.CountOf("STOP") > 0) stop.request_stop();
  };
  const JobResult result = bench.Run({Verb::kUp})["web"];
  CHECK(result.outcome == Outcome::kUnconfirmed);
  CHECK(result.wrote);
  CHECK(result.summary ==
        "stopped to start it anew, and not started again (interrupted); `nmgr up web` starts it");
}

}  // namespace nmgr::rollout
