#include "nmgr/rollout/wait.h"

#include <catch2/catch.hpp>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::kBatch;
using testing::ManualClock;
using testing::Mentions;
using testing::Service;
using testing::SimulatedJob;
using testing::SimulatedNomad;
using Lines = std::vector<std::string>;

struct WaitBench {
  ManualClock clock;
  SimulatedNomad nomad{clock};
  Lines said;
  std::stop_source stop;

  WaitContext Context(Duration limit = Duration{300'000}) {
    WaitVoice voice;
    voice.progress = [this](std::string_view text) { said.emplace_back(text); };
    voice.notice = [this](std::string_view text) { said.push_back("!" + std::string(text)); };
    return {nomad, clock, clock.Now() + limit, stop.get_token(), voice};
  }

  // Registers by hand; `shape` may change what the register led to.
  Registered Put(const std::string& text, const std::function<void(SimulatedJob&)>& shape) {
    nomad.Store("web", text);
    SimulatedJob& it = nomad.job("web");
    shape(it);
    Registered job;
    job.ref = {"web", "", ""};
    job.type = it.job.type;
    job.launches_later = it.job.periodic || it.job.parameterized;
    if (!it.evaluations.empty()) job.evaluation_id = it.evaluations.front().id;
    return job;
  }
};

const char* const kSystem = "  type = \"system\"\n";

void Later(SimulatedJob& it, std::function<void(SimulatedJob&)> what) {
  it.future.push_back(std::move(what));
}

}  // namespace

TEST_CASE("A service is healthy when its deployment succeeded") {
  WaitBench bench;
  const Registered job = bench.Put(Service("web", "w:1"), SimulatedNomad::Healthy);
  const WaitResult result = WaitHealthy(bench.Context(), job);
  CHECK(result.end == WaitEnd::kReached);
  CHECK(result.summary == "healthy");
  CHECK(result.deployment_id == "dep-web-0");
  CHECK(bench.said == Lines{"0 of 1 healthy"});
}

TEST_CASE("The evaluation is followed to its end") {
  WaitBench bench;
  SECTION("pending, then complete") {
    const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
      it.evaluations.front().status = "pending";
      Later(it, [](SimulatedJob& job) { job.evaluations.front().status = "complete"; });
      SimulatedNomad::Healthy(it);
    });
    CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kReached);
  }
  SECTION("NextEval takes over") {
    const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
      nomad::Evaluation next = it.evaluations.front();
      next.id = "next";
      it.evaluations.front().status = "failed";
      it.evaluations.front().next_eval = "next";
      it.evaluations.push_back(next);
      SimulatedNomad::Healthy(it);
    });
    CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kReached);
    CHECK(bench.nomad.CountOf("EVALUATION next") == 1);
  }
  SECTION("failed for good") {
    const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
      it.evaluations.front().status = "failed";
      it.evaluations.front().status_description = "maximum attempts reached (5)";
      it.allocations.clear();
    });
    const WaitResult result = WaitHealthy(bench.Context(), job);
    CHECK(result.end == WaitEnd::kFailed);
    CHECK(result.summary == "evaluation eval-web failed: maximum attempts reached (5)");
  }
  SECTION("cancelled: another one took over, so the job itself is looked at") {
    const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
      it.evaluations.front().status = "canceled";
      SimulatedNomad::Healthy(it);
    });
    CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kReached);
  }
}

TEST_CASE("Room that appears later is used") {
  WaitBench bench;
  const auto unblock = [](SimulatedJob& it) {
    SimulatedNomad::Never(it);
    Later(it, [](SimulatedJob& job) {
      job.evaluations.back().status = "complete";
      job.evaluations.back().failed_placements.clear();
      nomad::Allocation allocation;
      allocation.id = "late";
      allocation.name = "web.g[0]";
      allocation.group = "g";
      allocation.client_status = "pending";
      allocation.desired_status = "run";
      allocation.job_version = job.job.version;
      job.allocations = {allocation};
    });
    SimulatedNomad::Healthy(it);
  };
  for (const char* type : {"", kBatch}) {
    bench.said.clear();
    const Registered job = bench.Put(Service("web", std::string("w:1") + type, type), unblock);
    const WaitResult result = WaitHealthy(bench.Context(), job);
    CHECK(result.end == WaitEnd::kReached);
    REQUIRE_FALSE(bench.said.empty());
    CHECK(bench.said.front() ==
          "!group g: 1 allocation cannot be placed: 1 node looked at, constraint \"missing "
          "drivers\" rules out 1");
  }
}

TEST_CASE("Of a job that is only found Nomad's look at it is awaited first") {
  WaitBench bench;
  Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
    SimulatedNomad::Healthy(it);
    // What ran before goes on until then.
    const std::vector<nomad::Allocation> placed = it.allocations;
    const auto deployment = it.deployment;
    for (nomad::Allocation& allocation : it.allocations) {
      allocation.client_status = "running";
      allocation.healthy = true;
    }
    it.job.version = 1;
    it.deployment.reset();
    it.evaluations.front().status = "pending";
    it.future.push_front([placed, deployment](SimulatedJob& seen) {
      seen.evaluations.front().status = "complete";
      seen.allocations = placed;
      seen.deployment = deployment;
      seen.deployment->job_version = 1;
      for (nomad::Allocation& allocation : seen.allocations) allocation.job_version = 1;
    });
  });
  job.evaluation_id.clear();
  const WaitResult result = WaitHealthy(bench.Context(), job);
  CHECK(result.end == WaitEnd::kReached);
  CHECK(result.summary == "healthy");
  CHECK(result.deployment_id == "dep-web-0");
}

TEST_CASE("What cannot be placed is not explained by what an older version has done") {
  WaitBench bench;
  const bool changed_since = GENERATE(false, true);
  const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
    SimulatedNomad::Fails(it);
    it.future.front()(it);
    it.future.clear();
    it.deployment.reset();
    ++it.job.version;
    nomad::Allocation older = it.allocations.front();
    SimulatedNomad::Never(it);
    it.evaluations.front().deployment_id.clear();
    it.evaluations.front().job_modify_index = it.job.job_modify_index;
    it.allocations = {older};
  });
  // Then nobody knows which version it was.
  if (changed_since) ++bench.nomad.job("web").job.job_modify_index;
  const WaitResult result = WaitHealthy(bench.Context(Duration{5'000}), job);
  CHECK(result.end == WaitEnd::kTimedOut);
  CHECK_FALSE(Mentions({result.summary}, "exits with"));
  CHECK_FALSE(Mentions(result.details, "server"));
  CHECK(Mentions(result.details, "cannot be placed"));
}

TEST_CASE("A failed deployment and its rollback") {
  WaitBench bench;
  const auto fail = [](SimulatedJob& it, const std::string& how) {
    SimulatedNomad::SetAll(it, "failed");
    for (nomad::Allocation& allocation : it.allocations) allocation.healthy = false;
    it.EndDeployment("failed", "Failed due to unhealthy allocations" + how);
  };
  SECTION("without a stable version") {
    const Registered job = bench.Put(Service("web", "w:1"), [&](SimulatedJob& it) {
      Later(it,
            [&](SimulatedJob& job) { fail(job, " - no stable job version to auto revert to"); });
    });
    const WaitResult result = WaitHealthy(bench.Context(), job);
    CHECK(result.end == WaitEnd::kFailed);
    CHECK(result.summary ==
          "deployment dep-web- failed: Failed due to unhealthy allocations - no stable job "
          "version to auto revert to");
    CHECK(Mentions(result.details, "allocation alloc-1 on node1 failed"));
    CHECK(bench.nomad.CountOf("DEPLOYMENT-OF") == 0);
  }
  SECTION("the new deployment is followed, and it stays a failure") {
    const std::string end = GENERATE(as<std::string>{}, "successful", "failed");
    const Registered job = bench.Put(Service("web", "w:1"), [&](SimulatedJob& it) {
      Later(it, [&](SimulatedJob& job) { fail(job, " - rolling back to job version 0"); });
      Later(it, [](SimulatedJob& job) {
        job.deployment = nomad::Deployment{};
        job.deployment->id = "rollback-1";
        job.deployment->job_version = 1;
        job.deployment->status = "running";
        job.deployments["rollback-1"] = *job.deployment;
      });
      Later(it, [end](SimulatedJob& job) { job.EndDeployment(end); });
    });
    const WaitResult result = WaitHealthy(bench.Context(), job);
    CHECK(result.end == WaitEnd::kFailed);
    CHECK(result.details.back() == "the rollback (deployment rollback) was " + end);
    CHECK(result.deployment_id == "dep-web-0");
  }
}

TEST_CASE("Only allocations of the deployed version explain its failure") {
  WaitBench bench;
  bench.nomad.PutJob("web", Service("web", "w:0"));
  nomad::Allocation& old = bench.nomad.job("web").allocations[0];
  old.id = "old-one";
  old.client_status = "failed";
  const Registered job = bench.Put(Service("web", "w:1"), SimulatedNomad::Fails);
  const WaitResult result = WaitHealthy(bench.Context(), job);
  CHECK(result.end == WaitEnd::kFailed);
  CHECK(result.summary == "task server exits with 1 (deployment dep-web-)");
  CHECK(result.details ==
        Lines{"deployment dep-web- failed: Failed due to unhealthy allocations",
              "task server failed (allocation alloc-2 on node1): Terminated: Exit Code: 1",
              "nmgr logs web --alloc alloc-2 --stderr"});
  CHECK_FALSE(Mentions(result.details, "old-one"));
}

TEST_CASE("A deployment that was cancelled by a newer version has failed for us") {
  WaitBench bench;
  const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
    Later(it, [](SimulatedJob& job) {
      job.EndDeployment("cancelled", "Cancelled due to newer version of job");
    });
  });
  const WaitResult result = WaitHealthy(bench.Context(), job);
  CHECK(result.end == WaitEnd::kFailed);
  CHECK(result.summary == "deployment dep-web- cancelled: Cancelled due to newer version of job");
}

TEST_CASE("Canaries that wait for promotion end the wait at once, with the command") {
  WaitBench bench;
  const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
    it.deployment->groups[0].desired_canaries = 1;
    it.deployments[it.deployment->id] = *it.deployment;
    Later(it, [](SimulatedJob& job) {
      job.deployment->groups[0].healthy = 1;
      job.deployments[job.deployment->id] = *job.deployment;
    });
  });
  const TimePoint start = bench.clock.Now();
  const WaitResult result = WaitHealthy(bench.Context(), job);
  CHECK(result.end == WaitEnd::kNeedsPromotion);
  CHECK(result.summary == "needs promotion (deployment dep-web-)");
  CHECK(result.deployment_id == "dep-web-0");
  CHECK(bench.said == Lines{"0 of 1 healthy"});
  CHECK(bench.clock.Now() == start);
  CHECK(WaitHealthyAsFound(bench.Context(), job.ref).end == WaitEnd::kNeedsPromotion);
}

TEST_CASE("Batch jobs have no deployment") {
  WaitBench bench;
  const std::string text = Service("web", "w:1", kBatch);
  SECTION("complete is enough") {
    CHECK(WaitHealthy(bench.Context(), bench.Put(text, SimulatedNomad::Healthy)).end ==
          WaitEnd::kReached);
    CHECK(bench.clock.Now() == TimePoint{});
  }
  SECTION("one that goes on is done after ten seconds") {
    const Registered job = bench.Put(text, [](SimulatedJob& it) {
      Later(it, [](SimulatedJob& job) { SimulatedNomad::SetAll(job, "running"); });
    });
    CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kReached);
    CHECK(bench.clock.Now() - TimePoint{} >= std::chrono::seconds(9));
    CHECK(bench.clock.Now() - TimePoint{} <= std::chrono::seconds(12));
  }
  SECTION("also where the limit is shorter") {
    const Registered job =
        bench.Put(text, [](SimulatedJob& it) { SimulatedNomad::SetAll(it, "running"); });
    CHECK(WaitHealthy(bench.Context(Duration{2'000}), job).end == WaitEnd::kReached);
  }
  SECTION("one that runs and then fails has failed") {
    const Registered job = bench.Put(text, [](SimulatedJob& it) {
      Later(it, [](SimulatedJob& job) { SimulatedNomad::SetAll(job, "running"); });
      SimulatedNomad::Fails(it);
    });
    const WaitResult result = WaitHealthy(bench.Context(), job);
    CHECK(result.end == WaitEnd::kFailed);
    CHECK(result.summary == "task server exits with 1");
    CHECK(result.details.front() == "its allocations failed and Nomad has given it up");
    CHECK(Mentions(result.details, "task server failed"));
    CHECK(Mentions(result.details, "Exit Code: 1"));
  }
  SECTION("a failed allocation that is replaced is none") {
    const Registered job = bench.Put(text, [](SimulatedJob& it) {
      it.allocations[0].client_status = "failed";
      Later(it, [](SimulatedJob& job) {
        nomad::Allocation second = job.allocations[0];
        second.id = "second";
        second.create_index += 10;
        second.client_status = "complete";
        job.allocations.push_back(second);
      });
    });
    CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kReached);
  }
}

TEST_CASE("Periodic and parameterized jobs have nothing to wait for") {
  WaitBench bench;
  const std::string block = GENERATE(as<std::string>{}, "periodic", "parameterized");
  const Registered job = bench.Put(Service("web", "w:1", kBatch + ("  " + block + " {\n  }\n")),
                                   SimulatedNomad::Nothing);
  const WaitResult result = WaitHealthy(bench.Context(), job);
  CHECK(result.end == WaitEnd::kReached);
  CHECK(result.summary == "registered");
  CHECK(bench.nomad.calls().empty());
}

TEST_CASE("A system job") {
  WaitBench bench;
  const std::string text = Service("web", "w:1", kSystem);
  SECTION("that fits no node is done, with a notice") {
    const bool with_deployment = GENERATE(true, false);
    const Registered job = bench.Put(text, [with_deployment](SimulatedJob& it) {
      it.allocations.clear();
      it.evaluations.front().failed_placements = {SimulatedNomad::MissingDrivers()};
      it.deployment->groups[0].desired_total = 0;
      it.EndDeployment("successful");
      if (!with_deployment) {
        it.deployment.reset();
        it.evaluations.front().deployment_id.clear();
      }
    });
    const WaitResult result = WaitHealthy(bench.Context(), job);
    CHECK(result.end == WaitEnd::kReached);
    CHECK(result.summary == "no node fits it");
    CHECK(Mentions(bench.said, "!group g: 1 allocation cannot be placed"));
  }
  SECTION("of which one group fits no node is told of as that") {
    const Registered job = bench.Put(text, [](SimulatedJob& it) {
      SimulatedNomad::SetAll(it, "running");
      it.evaluations.front().failed_placements = {SimulatedNomad::MissingDrivers()};
      it.evaluations.front().failed_placements.front().group = "other";
      it.EndDeployment("successful");
    });
    CHECK(WaitHealthy(bench.Context(), job).summary == "healthy; no node fits group other");
  }
  SECTION("for which no node is eligible: nothing runs, and Nomad names no placement") {
    const Registered job = bench.Put(text, [](SimulatedJob& it) {
      it.allocations.clear();
      it.deployment.reset();
      it.evaluations.front().deployment_id.clear();
    });
    CHECK(WaitHealthy(bench.Context(), job).summary == "no node fits it");
    CHECK(Mentions(bench.said, "!no node is in its pool and datacenters, eligible"));
  }
  SECTION("of which nothing is to run any more, whatever ran before") {
    const bool with_deployment = GENERATE(true, false);
    const Registered job = bench.Put(text, [with_deployment](SimulatedJob& it) {
      SimulatedNomad::SetAll(it, "complete");
      for (nomad::Allocation& row : it.allocations) row.desired_status = "stop";
      it.EndDeployment("successful");
      if (!with_deployment) {
        it.deployment.reset();
        it.evaluations.front().deployment_id.clear();
      }
    });
    CHECK(WaitHealthy(bench.Context(), job).summary == "no node fits it");
    CHECK(Mentions(bench.said, "!no node is in its pool and datacenters, eligible"));
  }
  SECTION("of an older Nomad, without a deployment") {
    const Registered job = bench.Put(text, [](SimulatedJob& it) {
      it.deployment.reset();
      it.evaluations.front().deployment_id.clear();
      Later(it, [](SimulatedJob& job) { SimulatedNomad::SetAll(job, "running"); });
    });
    CHECK(WaitHealthy(bench.Context(), job).summary == "running");
  }
}

TEST_CASE("A task that does not stay up is told of while its deployment still runs") {
  WaitBench bench;
  const auto fall = [](SimulatedJob& job, int restarts, bool down) {
    nomad::TaskState task{"server", down ? "pending" : "running", false, restarts, {}};
    task.events = {{"Started", "Task started by client", 1, {}, false},
                   {"Terminated", "Exit Code: 127", 2, 127, false}};
    if (!down) task.events.push_back({"Restarting", "Task restarting in 1s", 3, {}, false});
    job.allocations[0].tasks = {task};
  };
  const Registered job =
      bench.Put(Service("web", "w:1"), [&](SimulatedJob& it) { fall(it, 0, true); });
  SECTION("and in the end") {
    // Nothing happens to the deployment itself: only the clock moves.
    bench.nomad.seen = [&, n = 0](const std::string& call) mutable {
      if (call == "ALLOCATIONS web" && ++n == 2) fall(bench.nomad.job("web"), 2, true);
    };
    const WaitResult result = WaitHealthy(bench.Context(Duration{40'000}), job);
    CHECK(result.end == WaitEnd::kTimedOut);
    CHECK(result.summary == "task server exits with 127, 3 times (deployment dep-web-)");
    CHECK(result.details.back() == "nmgr logs web --alloc alloc-1 --stderr");
    CHECK(bench.said == Lines{"0 of 1 healthy", "task server exits with 127 (allocation alloc-1)",
                              "task server exits with 127, 3 times (allocation alloc-1)"});
  }
  SECTION("each restart once, though looked at often") {
    fall(bench.nomad.job("web"), 1, false);
    CHECK(WaitHealthy(bench.Context(Duration{60'000}), job).end == WaitEnd::kTimedOut);
    CHECK(bench.said == Lines{"0 of 1 healthy", "task server exits with 127 (allocation alloc-1)"});
    CHECK(bench.nomad.CountOf("ALLOCATIONS") < 25);
  }
}

TEST_CASE("A server whose index went back is asked from the beginning") {
  WaitBench bench;
  const Registered job = bench.Put(Service("web", "w:1"), SimulatedNomad::Healthy);
  // The index is the clock's affair; here only that short faults do not end a wait.
  bench.nomad.before = [](const std::string& call, int n) -> std::optional<Error> {
    if (call == "DEPLOYMENT dep-web-0" && n < 2) return Error{ErrorCode::kTimedOut, "timed out"};
    return std::nullopt;
  };
  CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kReached);
}

TEST_CASE("A stop request ends every wait") {
  WaitBench bench;
  const Registered job = bench.Put(Service("web", "w:1"), SimulatedNomad::Nothing);
  bench.nomad.seen = [&](const std::string& call) {
    if (call.starts_with("DEPLOYMENT dep")) bench.stop.request_stop();
  };
  CHECK(WaitHealthy(bench.Context(), job).end == WaitEnd::kInterrupted);
  CHECK(WaitHealthyAsFound(bench.Context(), job.ref).end == WaitEnd::kInterrupted);
  CHECK(WaitGone(bench.Context(), {{job.ref}}).end == WaitEnd::kInterrupted);
}

TEST_CASE("Gone") {
  WaitBench bench;
  const Registered job = bench.Put(Service("web", "w:1"), [](SimulatedJob& it) {
    it.job.stop = true;
    SimulatedNomad::SetAll(it, "running");
  });
  SECTION("when every client has said so") {
    bench.nomad.job("web").evaluations.front().status = "pending";
    Later(bench.nomad.job("web"),
          [](SimulatedJob& it) { it.evaluations.front().status = "complete"; });
    Later(bench.nomad.job("web"),
          [](SimulatedJob& it) { it.allocations[0].desired_status = "stop"; });
    Later(bench.nomad.job("web"),
          [](SimulatedJob& it) { it.allocations[0].client_status = "complete"; });
    CHECK(WaitGone(bench.Context(), {{job.ref, "eval-web-0"}}).end == WaitEnd::kReached);
    CHECK(bench.said == Lines{"stopped, 1 task still ending"});
  }
  SECTION("not while one is unknown") {
    bench.nomad.job("web").allocations[0].client_status = "unknown";
    const WaitResult result = WaitGone(bench.Context(), {{job.ref}});
    CHECK(result.end == WaitEnd::kTimedOut);
    CHECK(Mentions(result.details, "is unknown"));
  }
  SECTION("when the job is not there any more") {
    static_cast<void>(bench.nomad.StopJob(job.ref, true, {}));
    CHECK(WaitGone(bench.Context(), {{job.ref, "eval-web-0"}}).end == WaitEnd::kReached);
  }
}

}  // namespace nmgr::rollout
