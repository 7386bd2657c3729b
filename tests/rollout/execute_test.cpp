#include "nmgr/rollout/execute.h"

#include <catch2/catch.hpp>

#include "rollout/bench_of_jobs.h"
#include "support/temp_dir.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;
using testing::Down;
using testing::FailFirst;
using testing::kBatch;
using testing::Mentions;
using testing::Refusal;
using testing::Service;
using testing::SimulatedJob;
using testing::SimulatedNomad;
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "Up registers what was planned, with its index and its own source, and waits until it is "
    "healthy") {
  BenchOfJobs bench;
  const std::string text = "# mine\n" + Service("web", "web:1");
  bench.Spec("web", text);
  auto results = bench.Run({Verb::kUp});
  CHECK(results["web"].outcome == Outcome::kDone);
  CHECK(results["web"].summary == "healthy");
  CHECK(results["web"].wrote);
  REQUIRE(bench.nomad.last_register);
  CHECK(bench.nomad.last_register->job_modify_index == 0);
  CHECK(bench.nomad.last_register->submission.source == text);
  CHECK(bench.nomad.last_register->submission.format == "hcl2");
  CHECK(bench.nomad.job("web").deployment->status == "successful");

  SECTION("again changes nothing") {
    bench.nomad.ClearCalls();
    results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kUntouched);
    CHECK(bench.nomad.writes().empty());
  }
  SECTION("a new image carries the index that was planned") {
    const std::uint64_t index = bench.nomad.job("web").job.job_modify_index;
    bench.Spec("web", Service("web", "web:2"));
    results = bench.Run({Verb::kReconcile});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.last_register->job_modify_index == index);
    CHECK(bench.nomad.job("web").job.tasks[0].image == "web:2");
  }
}

TEST_CASE("Infra jobs go one by one and healthy before the next, also with --detach") {
  BenchOfJobs bench({"garage", "caddy"});
  for (const char* id : {"garage", "caddy", "a", "b", "c"}) bench.Spec(id);
  Intent intent{Verb::kUp};
  intent.detach = GENERATE(false, true);
  auto results = bench.Run(intent);
  const Lines& lines = bench.progress.lines;
  const auto at = [&lines](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) - lines.begin();
  };
  CHECK(at("end garage done") < at("start caddy"));
  CHECK(at("end caddy done") < at("start a"));
  CHECK(at("start a") < static_cast<std::ptrdiff_t>(lines.size()));
  for (const char* id : {"a", "b", "c"}) {
    CHECK(results[id].outcome == (intent.detach ? Outcome::kSubmitted : Outcome::kDone));
    CHECK((bench.nomad.job(id).deployment->status == "running") == intent.detach);
  }
}

TEST_CASE("Never more than --parallel jobs at once, and every one of them is done") {
  BenchOfJobs bench;
  for (int i = 0; i < 30; ++i) bench.Spec("j" + std::to_string(i));
  bench.options.parallel = GENERATE(1, 3, 8);
  auto results = bench.Run({Verb::kUp});
  CHECK(bench.progress.most_at_once <= static_cast<std::size_t>(bench.options.parallel));
  CHECK(bench.nomad.writes().size() == 30);
  for (const auto& [id, result] : results) CHECK(result.outcome == Outcome::kDone);
}

TEST_CASE("A failed infra job stops those that follow it, a failed service nobody") {
  BenchOfJobs bench({"garage", "caddy"});
  for (const char* id : {"garage", "caddy", "a", "b"}) bench.Spec(id);
  SECTION("infra") {
    bench.nomad.on_register["garage"] = SimulatedNomad::Fails;
    auto results = bench.Run({Verb::kUp});
    CHECK(results["garage"].outcome == Outcome::kFailed);
    CHECK(results["garage"].summary == "task server exits with 1 (deployment dep-gara)");
    CHECK(results["garage"].details.at(0) ==
          "deployment dep-gara failed: Failed due to unhealthy allocations");
    CHECK(Mentions(results["garage"].details, "Terminated: Exit Code: 1"));
    CHECK(results["caddy"].outcome == Outcome::kNotStarted);
    CHECK(results["a"].outcome == Outcome::kNotStarted);
    CHECK(results["a"].summary == "infra job garage failed");
    CHECK(bench.nomad.writes() == Lines{"REGISTER garage"});
  }
  SECTION("infra that had failed before") {
    bench.nomad.PutJob("garage", "");
    bench.Run({Verb::kUp});
    bench.nomad.Touch("garage", [](SimulatedJob& it) {
      SimulatedNomad::SetAll(it, "failed");
      it.job.groups[0].reschedules = false;
    });
    bench.Spec("a", Service("a", "a:2"));
    bench.nomad.ClearCalls();
    auto results = bench.Run({Verb::kUp});
    CHECK(results["garage"].outcome == Outcome::kFailed);
    CHECK(results["a"].outcome == Outcome::kNotStarted);
    CHECK(bench.nomad.writes().empty());
  }
  SECTION("service") {
    bench.nomad.on_register["a"] = SimulatedNomad::Fails;
    auto results = bench.Run({Verb::kUp});
    CHECK(results["a"].outcome == Outcome::kFailed);
    CHECK(results["b"].outcome == Outcome::kDone);
  }
  SECTION("service with --fail-fast") {
    bench.nomad.on_register["a"] = SimulatedNomad::Fails;
    bench.options.fail_fast = true;
    bench.options.parallel = 1;
    auto results = bench.Run({Verb::kUp});
    CHECK(results["a"].outcome == Outcome::kFailed);
    CHECK(results["b"].outcome == Outcome::kNotStarted);
    CHECK(results["b"].summary == "another job failed (--fail-fast)");
  }
  SECTION("a broken infra spec stops nobody") {
    bench.Spec("garage", "job \"garage\" {\n  group \"g\" {\n");
    auto results = bench.Run({Verb::kUp});
    CHECK(results["garage"].outcome == Outcome::kUntouched);
    CHECK(results["a"].outcome == Outcome::kDone);
    CHECK_FALSE(bench.nomad.Has("garage"));
  }
}

TEST_CASE("An infra job that needs no register is waited for when it is not healthy yet") {
  BenchOfJobs bench({"garage"});
  bench.Spec("garage");
  bench.Spec("a");
  Intent submit{Verb::kUp};
  bench.nomad.on_register["garage"] = SimulatedNomad::Nothing;
  bench.options.timeout = Duration{1'000};
  bench.Run(submit);
  bench.nomad.ClearCalls();
  bench.options.timeout = Duration{300'000};
  SECTION("it becomes healthy") {
    SimulatedNomad::Healthy(bench.nomad.job("garage"));
    auto results = bench.Run({Verb::kUp});
    CHECK(results["garage"].outcome == Outcome::kDone);
    CHECK_FALSE(results["garage"].wrote);
    CHECK(results["a"].outcome == Outcome::kDone);
    CHECK(bench.nomad.writes() == Lines{"REGISTER a"});
  }
  SECTION("it does not") {
    auto results = bench.Run({Verb::kUp});
    CHECK(results["garage"].outcome == Outcome::kTimedOut);
    CHECK(results["a"].outcome == Outcome::kNotStarted);
    CHECK(bench.nomad.writes().empty());
  }
}

TEST_CASE("A job that nothing can place is named at once and has failed at the time limit") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.nomad.on_register["web"] = SimulatedNomad::Never;
  const TimePoint start = bench.clock.Now();
  auto results = bench.Run({Verb::kUp});
  CHECK(results["web"].outcome == Outcome::kTimedOut);
  CHECK(results["web"].summary == "not healthy after 5m");
  const std::string why =
      "group g: 1 allocation cannot be placed: 1 node looked at, constraint \"missing drivers\" "
      "rules out 1";
  CHECK(results["web"].details == Lines{why});
  CHECK(bench.progress.Has("!web: " + why));
  CHECK(bench.clock.Now() - start >= std::chrono::minutes(5));
  CHECK(bench.clock.Now() - start < std::chrono::minutes(6));
}

TEST_CASE("Conflicts") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.Run({Verb::kUp});
  bench.Spec("web", Service("web", "web:2"));
  bench.nomad.ClearCalls();
  SECTION("somebody touched the job and the plan is still the same") {
    bench.progress.decided = [&] { bench.nomad.Touch("web", [](SimulatedJob&) {}); };
    auto results = bench.Run({Verb::kReconcile});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("PLAN web") == 2);
    CHECK(bench.nomad.writes() == Lines{"REGISTER web", "REGISTER web"});
  }
  SECTION("somebody registered something else") {
    bench.progress.decided = [&] { bench.nomad.PutJob("web", Service("web", "web:3")); };
    auto results = bench.Run({Verb::kReconcile});
    CHECK(results["web"].outcome == Outcome::kRefused);
    CHECK(Mentions({results["web"].summary}, "Enforcing job modify index"));
    CHECK(bench.nomad.job("web").job.tasks[0].image == "web:3");
    CHECK(bench.nomad.CountOf("REGISTER web") == 1);
  }
  SECTION("somebody registered the same") {
    bench.progress.decided = [&] {
      bench.nomad.PutJob("web", nomad::RawJob::parse(*bench.progress.facts[0].job).at("Text"));
    };
    auto results = bench.Run({Verb::kReconcile});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("REGISTER web") == 1);
  }
  SECTION("somebody else keeps changing it") {
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "REGISTER web") bench.nomad.Touch("web", [](SimulatedJob&) {});
    };
    auto results = bench.Run({Verb::kReconcile});
    CHECK(results["web"].outcome == Outcome::kRefused);
    CHECK(bench.nomad.CountOf("REGISTER web") == 2);
  }
}

TEST_CASE("Two runs of up at once both end well where every job is as its spec says") {
  BenchOfJobs bench;
  bench.Spec("web");
  // The other one registers the same between our plan and our register, or between the plan that
  // followed our conflict and our second try.
  const int at = GENERATE(1, 2);
  int planned = 0;
  bench.nomad.seen = [&](const std::string& call) {
    if (call != "REGISTER web") return;
    ++planned;
    if (planned < at) bench.nomad.PutJob("web", Service("web", "web:0"));
    if (planned == at)
      bench.nomad.PutJob("web", nomad::RawJob::parse(*bench.progress.facts[0].job).at("Text"));
  };
  if (at == 2) {
    // Somebody's touch that leaves our plan as it was.
    bench.nomad.PutJob("web", Service("web", "web:0"));
  }
  auto results = bench.Run({Verb::kUp});
  CHECK(results["web"].outcome == Outcome::kDone);
  CHECK(bench.nomad.job("web").job.tasks[0].image == "web:1");
}

TEST_CASE("A register whose answer was lost is not blindly repeated") {
  BenchOfJobs bench;
  bench.Spec("web");
  const ErrorCode code = GENERATE(ErrorCode::kUnreachable, ErrorCode::kTimedOut);
  SECTION("it had arrived") {
    bench.nomad.after = FailFirst("REGISTER web", code);
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(results["web"].wrote);
    CHECK(bench.nomad.CountOf("REGISTER web") == 1);
    CHECK(bench.nomad.job("web").deployment->status == "successful");
  }
  SECTION("it had not arrived") {
    bench.nomad.before = FailFirst("REGISTER web", code);
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("REGISTER web") == 2);
    CHECK(bench.nomad.job("web").job.version == 0);
  }
  SECTION("it had not arrived and somebody else was faster") {
    bench.nomad.before = FailFirst("REGISTER web", code);
    bench.progress.decided = [&] { bench.nomad.PutJob("web", Service("web", "web:9")); };
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kRefused);
    CHECK(bench.nomad.job("web").job.tasks[0].image == "web:9");
    CHECK(bench.nomad.CountOf("REGISTER web") == 1);
  }
  SECTION("and Nomad stays away") {
    bench.nomad.before = [code](const std::string& call, int n) -> std::optional<Error> {
      if (call == "REGISTER web" || (call == "READ web" && n > 0)) return Refusal(code, call);
      return std::nullopt;
    };
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kFailed);
    CHECK(
        Mentions({results["web"].summary}, "it is not known whether Nomad has taken the register"));
    CHECK(bench.nomad.CountOf("REGISTER web") == 1);
  }
  SECTION("and Nomad takes it after the second look") {
    // Each try runs into the limit, the job is never there, and the last one may be on its way.
    bench.nomad.before = FailFirst("REGISTER web", code, 99);
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kFailed);
    CHECK(Mentions({results["web"].summary}, "or may still take it"));
    CHECK(bench.nomad.CountOf("REGISTER web") == 4);
  }
  SECTION("a conflict follows, since the first one had arrived late") {
    bench.nomad.before = [&, n = 0](const std::string& call, int) mutable -> std::optional<Error> {
      if (call != "REGISTER web" || n++ != 0) return std::nullopt;
      return Refusal(code, call);
    };
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "REGISTER web" && bench.nomad.CountOf("REGISTER web") == 1) {
        bench.nomad.PutJob("web", nomad::RawJob::parse(*bench.progress.facts[0].job).at("Text"));
      }
    };
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK(bench.nomad.CountOf("REGISTER web") == 2);
  }
  SECTION("a refusal is final") {
    bench.nomad.before = FailFirst("REGISTER web", ErrorCode::kRejected, 99);
    auto results = bench.Run({Verb::kUp});
    CHECK(results["web"].outcome == Outcome::kFailed);
    CHECK(results["web"].summary == "REGISTER web: refused");
    CHECK(bench.nomad.CountOf("REGISTER web") == 1);
  }
}

TEST_CASE("Ctrl-C: nothing more is started and what was submitted is named") {
  BenchOfJobs bench;
  for (const char* id : {"a", "b", "c"}) bench.Spec(id);
  bench.options.parallel = 1;
  std::stop_source stop;
  bench.options.stop = stop.get_token();
  SECTION("while a job is waited for") {
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "DEPLOYMENT dep-b-0") stop.request_stop();
    };
    auto results = bench.Run({Verb::kUp});
    CHECK(results["a"].outcome == Outcome::kDone);
    CHECK(results["b"].outcome == Outcome::kUnconfirmed);
    CHECK(results["b"].wrote);
    CHECK(results["b"].summary ==
          "register sent, not waited for (interrupted); `nmgr up b` waits on");
    CHECK(results["c"].outcome == Outcome::kNotStarted);
    CHECK(results["c"].summary == "interrupted");
    CHECK_FALSE(bench.nomad.Has("c"));
  }
  SECTION("while it is being registered") {
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "REGISTER b") stop.request_stop();
    };
    auto results = bench.Run({Verb::kUp});
    CHECK(results["b"].outcome == Outcome::kUnconfirmed);
    CHECK(results["b"].summary == "interrupted while it was being registered");
    CHECK(results["c"].outcome == Outcome::kNotStarted);
  }
  SECTION("while one is going down: it is not purged") {
    bench.Run({Verb::kUp});
    bench.nomad.ClearCalls();
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "ALLOCATIONS a") stop.request_stop();
    };
    auto results = bench.Run(Down(true));
    CHECK(results["a"].outcome == Outcome::kUnconfirmed);
    CHECK(results["b"].outcome == Outcome::kNotStarted);
    CHECK(bench.nomad.writes() == Lines{"STOP a"});
  }
}

TEST_CASE("The record of stopped jobs") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.Spec("batch", Service("batch", "b:1", kBatch));
  bench.Run({Verb::kUp});
  const nmgr::testing::TempDir state;
  auto record = StoppedRecord::Open(state.path(), {"http://x", "", "/cld"}, bench.clock);
  REQUIRE(record);
  bench.options.record = record->get();
  SECTION("a job is in it before it is stopped") {
    bool was_in = false;
    bench.nomad.seen = [&](const std::string& call) {
      if (call == "STOP web") was_in = (*record)->Holds({"web", "", ""});
    };
    bench.Run(Down());
    CHECK(was_in);
    CHECK_FALSE((*record)->Holds({"batch", "", ""}));  // it had finished, nothing was stopped
    SECTION("and leaves it when it is started again") {
      bench.Run({Verb::kUp});
      CHECK((*record)->jobs().empty());
    }
    SECTION("or when it turns out that somebody else has started it") {
      bench.nomad.seen = nullptr;
      bench.options.record = nullptr;
      bench.Run({Verb::kUp});
      bench.options.record = record->get();
      CHECK((*record)->Holds({"web", "", ""}));
      bench.Run({Verb::kUp});
      CHECK_FALSE((*record)->Holds({"web", "", ""}));
    }
    SECTION("and leaves it when it is purged") {
      Intent purge = Down();
      purge.purge = true;
      bench.Run(purge);
      CHECK((*record)->jobs().empty());
    }
    SECTION("what Nomad does not stop is not on record") {
      bench.Run({Verb::kUp});
      bench.nomad.before = FailFirst("STOP web", ErrorCode::kForbidden, 9);
      CHECK(bench.Run(Down())["web"].outcome == Outcome::kFailed);
      CHECK_FALSE((*record)->Holds({"web", "", ""}));
    }
    SECTION("nor what somebody has started again meanwhile") {
      bench.Run({Verb::kUp});
      bool again = false;
      bench.nomad.seen = [&](const std::string& call) {
        if (call != "ALLOCATIONS web" || std::exchange(again, true)) return;
        bench.nomad.PutJob("web", Service("web", "web:2"));
      };
      CHECK(bench.Run(Down())["web"].outcome == Outcome::kFailed);
      CHECK_FALSE((*record)->Holds({"web", "", ""}));
    }
    SECTION("what may have been stopped is") {
      bench.Run({Verb::kUp});
      bench.nomad.before = FailFirst("STOP web", ErrorCode::kUnreachable, 9);
      bench.Run(Down());
      CHECK((*record)->Holds({"web", "", ""}));
    }
    SECTION("it stays when the register is refused") {
      bench.nomad.before = FailFirst("REGISTER web", ErrorCode::kRejected, 9);
      bench.Run({Verb::kUp});
      CHECK((*record)->Holds({"web", "", ""}));
    }
  }
  SECTION("a disk that cannot be written does not keep a job up") {
    record = StoppedRecord::Open("/proc/nmgr", {"http://x", "", "/cld"}, bench.clock);
    bench.options.record = record->get();
    auto results = bench.Run(Down());
    CHECK(results["web"].outcome == Outcome::kDone);
    CHECK((*record)->Missed({"web", "", ""}));
  }
}

TEST_CASE("Failed questions while waiting end the wait with what is known") {
  BenchOfJobs bench;
  bench.Spec("web");
  bench.nomad.before = [](const std::string& call, int) -> std::optional<Error> {
    if (call == "DEPLOYMENT dep-web-0") return Refusal(ErrorCode::kForbidden, call);
    return std::nullopt;
  };
  auto results = bench.Run({Verb::kUp});
  CHECK(results["web"].outcome == Outcome::kFailed);
  CHECK(results["web"].wrote);
  REQUIRE(results["web"].error);
  CHECK(results["web"].error->code == ErrorCode::kForbidden);
}

}  // namespace nmgr::rollout
