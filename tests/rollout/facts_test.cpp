#include "nmgr/rollout/facts.h"

#include <catch2/catch.hpp>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;
using testing::Service;
using Calls = std::vector<std::string>;

Calls Sorted(Calls calls) {
  std::sort(calls.begin(), calls.end());
  return calls;
}

std::optional<Error> Refuse(const std::string& call, ErrorCode code) {
  return Error{code, call + ": refused"};
}

}  // namespace

TEST_CASE("Each verb asks only what it needs") {
  BenchOfJobs bench({"infra"});
  bench.Spec("infra");
  bench.Spec("same");
  bench.Spec("bumped");
  bench.Spec("absent");
  bench.Run({Verb::kUp});
  static_cast<void>(bench.nomad.StopJob({"absent", "", ""}, true, {}));
  bench.Spec("bumped", Service("bumped", "bumped:2"));
  bench.nomad.ClearCalls();

  SECTION("reconcile reads each job and plans what has new images") {
    REQUIRE(bench.Gather(Intent{Verb::kReconcile}));
    CHECK(Sorted(bench.nomad.calls()) == Calls{"ALL-ALLOCATIONS ", "ALL-DEPLOYMENTS ", "BLOCKED ",
                                               "PARSE bumped", "PLAN bumped", "READ absent",
                                               "READ bumped", "READ infra", "READ same"});
  }
  SECTION("reconcile --any-change plans what is registered") {
    Intent intent{Verb::kReconcile};
    intent.any_change = true;
    REQUIRE(bench.Gather(intent));
    CHECK(bench.nomad.CountOf("PLAN") == 3);
    CHECK(bench.nomad.CountOf("READ") == 4);
  }
  SECTION("an infra job with new images is not planned where it will be skipped") {
    bench.Spec("infra", Service("infra", "infra:2"));
    REQUIRE(bench.Gather(Intent{Verb::kReconcile}));
    CHECK(bench.nomad.CountOf("PLAN infra") == 0);
    Intent intent{Verb::kReconcile};
    intent.include_infra = true;
    REQUIRE(bench.Gather(intent));
    CHECK(bench.nomad.CountOf("PLAN infra") == 1);
  }
  SECTION("up and plan read and plan all, and ask for the states of all together") {
    const Questions plan{.plan = PlanNeed::kAll, .keep_job = false};
    for (const Questions& questions : {QuestionsOf({Verb::kUp}), plan}) {
      bench.nomad.ClearCalls();
      REQUIRE(bench.Gather(questions));
      CHECK(bench.nomad.CountOf("READ") == 4);
      CHECK(bench.nomad.CountOf("PLAN") == 4);
      CHECK(bench.nomad.CountOf("ALL-ALLOCATIONS") == 1);
      CHECK(bench.nomad.CountOf("ALLOCATIONS") == 0);
    }
  }
  SECTION("a job that seems to have failed is looked at closer, alone") {
    bench.nomad.Touch(
        "same", [](testing::SimulatedJob& it) { testing::SimulatedNomad::SetAll(it, "failed"); });
    const auto facts = bench.Gather(Intent{Verb::kReconcile});
    REQUIRE(facts);
    CHECK((*facts)[1].State() == JobState::kFailed);
    CHECK(bench.nomad.CountOf("ALLOCATIONS ") == 1);
    CHECK(bench.nomad.CountOf("ALLOCATIONS same") == 1);
    CHECK(bench.nomad.CountOf("EVALUATIONS same") == 1);
  }
  SECTION("image only reads") {
    REQUIRE(bench.Gather(Questions{.spec = SpecNeed::kNone, .states = false}));
    CHECK(bench.nomad.calls().size() == 4);
    CHECK(bench.nomad.CountOf("READ") == 4);
  }
  SECTION("list -l asks four lists, whatever the number of jobs") {
    const auto facts = bench.Gather(Questions{.spec = SpecNeed::kNone, .listed = true});
    REQUIRE(facts);
    CHECK(Sorted(bench.nomad.calls()) ==
          Calls{"ALL-ALLOCATIONS ", "ALL-DEPLOYMENTS ", "BLOCKED ", "LIST "});
    CHECK((*facts)[1].State() == JobState::kRunning);
    CHECK((*facts)[3].State() == JobState::kAbsent);
  }
  SECTION("down reads and asks for the states") {
    REQUIRE(bench.Gather(Intent{Verb::kDown}));
    CHECK(bench.nomad.CountOf("READ") == 4);
    CHECK(bench.nomad.calls().size() == 7);
  }
  CHECK(bench.nomad.writes().empty());
}

TEST_CASE("Facts are in the order of the selection") {
  BenchOfJobs bench;
  for (int i = 0; i < 40; ++i) bench.Spec("j" + std::to_string(i));
  const auto facts = bench.Gather(Intent{Verb::kUp});
  REQUIRE(facts);
  REQUIRE(facts->size() == 40);
  for (int i = 0; i < 40; ++i) {
    CHECK((*facts)[i].ref.id == "j" + std::to_string(i));
    CHECK((*facts)[i].State() == JobState::kAbsent);
    REQUIRE((*facts)[i].plan);
  }
}

TEST_CASE("A question that fails is that job's error, never absence") {
  BenchOfJobs bench;
  bench.Spec("a");
  bench.Spec("b");
  bench.Spec("c");
  bench.nomad.before = [](const std::string& call, int) -> std::optional<Error> {
    if (call == "READ b")
      return Error{ErrorCode::kForbidden, "GET /v1/job/b: 403 Permission denied"};
    return std::nullopt;
  };
  for (const Verb verb : {Verb::kUp, Verb::kDown, Verb::kReconcile}) {
    const auto facts = bench.Gather(Intent{verb});
    REQUIRE(facts);
    REQUIRE((*facts)[1].error);
    CHECK((*facts)[1].error->code == ErrorCode::kForbidden);
    CHECK_FALSE((*facts)[0].error);
    const Plan plan = MakePlan({verb}, *facts);
    CHECK(plan.steps[1].move == Move::kFail);
    CHECK(plan.steps[1].reason == "GET /v1/job/b: 403 Permission denied");
  }
}

TEST_CASE("A plan that the server refuses is that job's error") {
  BenchOfJobs bench;
  bench.Spec("a");
  bench.Spec("b");
  bench.nomad.before = [](const std::string& call, int) -> std::optional<Error> {
    if (call == "PARSE a")
      return Error{ErrorCode::kRejected, "POST /v1/jobs/parse: unsupported argument"};
    return std::nullopt;
  };
  const auto facts = bench.Gather(Intent{Verb::kUp});
  REQUIRE(facts);
  CHECK(MakePlan({Verb::kUp}, *facts).steps[0].move == Move::kFail);
  CHECK(MakePlan({Verb::kUp}, *facts).steps[1].move == Move::kRegister);
}

TEST_CASE("Where nobody is there, the first question ends the run") {
  BenchOfJobs bench;
  for (int i = 0; i < 20; ++i) bench.Spec("j" + std::to_string(i));
  bench.nomad.before = [](const std::string& call, int) {
    return Refuse(call, ErrorCode::kUnreachable);
  };
  const auto facts = bench.Gather(Intent{Verb::kUp});
  REQUIRE_FALSE(facts);
  CHECK(facts.error().code == ErrorCode::kUnreachable);
  CHECK(facts.error().message == "READ j0: refused");
  CHECK(bench.nomad.calls().size() == 1);
}

TEST_CASE("A refused token ends the run only where nothing was granted, whatever came first") {
  for (const int granted : {-1, 0, 7, 19}) {
    BenchOfJobs bench;
    for (int i = 0; i < 20; ++i) bench.Spec("j" + std::to_string(100 + i));
    bench.nomad.before = [granted](const std::string& call, int) -> std::optional<Error> {
      if (call.ends_with("j" + std::to_string(100 + granted))) return std::nullopt;
      return Refuse(call, ErrorCode::kForbidden);
    };
    const auto facts = bench.Gather(Intent{Verb::kUp});
    if (granted < 0) {
      REQUIRE_FALSE(facts);
      CHECK(facts.error().code == ErrorCode::kForbidden);
      CHECK(facts.error().message == "READ j100: refused");
    } else {
      REQUIRE(facts);
      for (int i = 0; i < 20; ++i) CHECK((*facts)[i].error.has_value() == (i != granted));
    }
  }
}

TEST_CASE("A first answer that does not come in time is no contact") {
  BenchOfJobs bench;
  bench.Spec("a");
  bench.nomad.before = [](const std::string& call, int) {
    return Refuse(call, ErrorCode::kTimedOut);
  };
  const auto facts = bench.Gather(Intent{Verb::kUp});
  REQUIRE_FALSE(facts);
  CHECK(facts.error().code == ErrorCode::kUnreachable);
}

TEST_CASE("A stop request ends the questions") {
  BenchOfJobs bench;
  bench.Spec("a");
  std::stop_source stop;
  stop.request_stop();
  bench.options.stop = stop.get_token();
  const auto facts = bench.Gather(Intent{Verb::kUp});
  REQUIRE_FALSE(facts);
  CHECK(facts.error().code == ErrorCode::kInterrupted);
  CHECK(bench.nomad.calls().empty());
}

TEST_CASE(
    "A spec that does not evaluate is never asked about by up, and by down only for its job") {
  BenchOfJobs bench;
  bench.Spec("broken", "job \"broken\" {\n  meta {\n    x = file(\"nothing-here\")\n  }\n}\n");
  bench.Spec("unparsable", "job \"unparsable\" {\n  group \"g\" {\n");
  for (const Verb verb : {Verb::kUp, Verb::kReconcile}) {
    const auto facts = bench.Gather(Intent{verb});
    REQUIRE(facts);
    CHECK(bench.nomad.calls().empty());
    CHECK((*facts)[0].diagnostics.HasErrors());
    CHECK_FALSE((*facts)[0].faulty);
    CHECK((*facts)[1].faulty);
  }
  const auto facts = bench.Gather(Intent{Verb::kDown});
  REQUIRE(facts);
  // Nobody knows whether it launches others, which would run on without it.
  CHECK(bench.nomad.calls() == Calls{"READ broken", "LIST broken/"});
  CHECK((*facts)[0].diagnostics.HasErrors());
}

TEST_CASE("The children of a periodic job are asked for by down") {
  BenchOfJobs bench;
  bench.Spec("backup", Service("backup", "b:1",
                               "  type = \"batch\"\n  periodic {\n    cron = \"@daily\"\n  }\n"));
  bench.Run({Verb::kUp});
  bench.nomad.PutJob("backup/periodic-1", Service("x", "b:1", "  type = \"batch\"\n"));
  bench.nomad.Touch("backup/periodic-1", [](testing::SimulatedJob& it) {
    it.job.parent_id = "backup";
    it.job.status = "running";
  });
  Intent intent{Verb::kDown};
  auto facts = bench.Gather(intent);
  REQUIRE(facts);
  CHECK((*facts)[0].children.size() == 1);
  intent.keep_children = true;
  bench.nomad.ClearCalls();
  facts = bench.Gather(intent);
  REQUIRE(facts);
  CHECK((*facts)[0].children.empty());
  CHECK(bench.nomad.CountOf("LIST") == 0);
}

}  // namespace nmgr::rollout
