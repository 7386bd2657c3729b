// What helps a job that does not run as its spec says, and the proof that it helped.
#include <catch2/catch.hpp>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;
using testing::Service;
using testing::SimulatedJob;
using testing::SimulatedNomad;
using Lines = std::vector<std::string>;

// Its allocation failed after its deployment had succeeded.
void FailLater(BenchOfJobs& bench, const std::string& id) {
  bench.nomad.Touch(id, [](SimulatedJob& it) {
    SimulatedNomad::SetAll(it, "failed");
    it.job.status = "dead";
  });
  bench.nomad.ClearCalls();
}

}  // namespace

TEST_CASE("A group that is short is evaluated, and done only when it runs") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.Run({Verb::kUp});
  FailLater(bench, "web");
  SECTION("a new allocation runs") {
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(results["web"].summary == "running again");
    CHECK(bench.nomad.writes() == Lines{"EVALUATE web"});
    CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kUntouched);
  }
  SECTION("Nomad says yes and places nothing") {
    bench.nomad.on_evaluate["web"] = SimulatedNomad::Nothing;
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kFailed);
    CHECK(results["web"].summary == "group g runs 0 of 1");
    CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kFailed);
  }
  SECTION("a deployment opens, and has ended before it is waited for") {
    bench.nomad.on_evaluate["web"] = [](SimulatedJob& it) { it.EndDeployment("running"); };
    int asked = 0;
    bench.nomad.seen = [&](const std::string& call) {
      if (call != "DEPLOYMENT-OF web" || bench.nomad.CountOf("EVALUATE") == 0 || ++asked != 2)
        return;
      bench.nomad.Touch("web", [](SimulatedJob& it) {
        it.EndDeployment("successful");
        it.job.status = "running";
      });
    };
    auto results = bench.Run({Verb::kUp});
    CHECK(asked >= 2);
    CHECK(results["web"].outcome == Outcome::kFailed);
    REQUIRE_FALSE(results["web"].details.empty());
    CHECK(results["web"].details.back() == "nmgr down -p web && nmgr up web starts it anew");
  }
  SECTION("somebody else changed the job meanwhile") {
    bench.progress.decided = [&] { bench.nomad.Touch("web", [](SimulatedJob&) {}); };
    CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kRefused);
    CHECK(bench.nomad.writes().empty());
  }
  SECTION("with --detach it is not waited for") {
    Intent intent{Verb::kUp};
    intent.detach = true;
    CHECK(bench.Run(intent)["web"].outcome == Outcome::kSubmitted);
    CHECK(bench.nomad.writes() == Lines{"EVALUATE web"});
  }
}

TEST_CASE("Where the deployment failed and nothing runs, the job is started anew") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.nomad.on_register["web"] = SimulatedNomad::Fails;
  CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kFailed);
  bench.nomad.ClearCalls();
  SECTION("and is as bad as before") {
    CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kFailed);
    CHECK(bench.nomad.writes() == Lines{"STOP web", "REGISTER web"});
  }
  SECTION("and runs") {
    bench.nomad.on_register.clear();
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(results["web"].wrote);
    CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kUntouched);
  }
  SECTION("unless somebody else registered it in between") {
    bool theirs = false;
    bench.nomad.seen = [&](const std::string& call) {
      if (theirs || call != "PLAN web" || bench.nomad.CountOf("STOP") == 0) return;
      theirs = true;
      bench.nomad.PutJob("web", Service("web", "theirs:1"));
    };
    CHECK(bench.Run({Verb::kUp})["web"].outcome == Outcome::kRefused);
    CHECK(bench.nomad.writes() == Lines{"STOP web"});
  }
}

TEST_CASE("A deployment that is called successful with a group that does not run is none") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.nomad.on_register["web"] = [](SimulatedJob& job) {
    job.future.push_back([](SimulatedJob& it) {
      SimulatedNomad::SetAll(it, "failed");
      it.EndDeployment("successful");
    });
  };
  SECTION("an evaluation brings the group up") {
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.writes() == Lines{"REGISTER web", "EVALUATE web"});
  }
  SECTION("or it is said that it did not") {
    bench.nomad.on_evaluate["web"] = SimulatedNomad::Nothing;
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kFailed);
    CHECK(results["web"].wrote);
  }
  // As after `down` and `up` of a group whose `reschedule` allows no attempt.
  SECTION("what failed in an older version is not quoted") {
    bench.nomad.on_evaluate["web"] = SimulatedNomad::Nothing;
    bench.nomad.on_register["web"] = [](SimulatedJob& job) {
      job.future.push_back([](SimulatedJob& it) {
        SimulatedNomad::SetAll(it, "failed");
        it.EndDeployment("successful");
        ++it.job.version;
      });
    };
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kFailed);
    CHECK(results["web"].summary ==
          "group g runs 0 of 1: Nomad has started nothing of it since it was registered");
    CHECK(results["web"].details == Lines{"nmgr down -p web && nmgr up web starts it anew"});
  }
}

TEST_CASE("Canaries end the wait at once, and --promote goes on from there") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.nomad.on_register["web"] = [](SimulatedJob& job) {
    job.deployment->groups[0].desired_canaries = 1;
    job.deployments[job.deployment->id] = *job.deployment;
    job.future.push_back([](SimulatedJob& it) {
      SimulatedNomad::SetAll(it, "running");
      it.deployment->groups[0].healthy = 1;
      it.deployments[it.deployment->id] = *it.deployment;
    });
  };
  Intent intent{Verb::kUp};
  SECTION("named") {
    const TimePoint start = bench.clock.Now();
    CHECK(bench.Run(intent)["web"].outcome == Outcome::kNeedsPromotion);
    CHECK(bench.clock.Now() == start);
    CHECK(bench.Run(intent)["web"].outcome == Outcome::kNeedsPromotion);
    CHECK(bench.nomad.writes() == Lines{"REGISTER web"});
    intent.promote = true;
    CHECK(bench.Run(intent)["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.writes() == Lines{"REGISTER web", "PROMOTE dep-web-0"});
  }
  SECTION("promoted in the same run") {
    intent.promote = true;
    CHECK(bench.Run(intent)["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.writes() == Lines{"REGISTER web", "PROMOTE dep-web-0"});
  }
}

}  // namespace nmgr::rollout
