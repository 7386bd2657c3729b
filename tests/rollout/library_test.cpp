// A rollout as a library: no terminal, nothing of the process, and several at once.
#include <catch2/catch.hpp>
#include <latch>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "nmgr/repo/selection.h"
#include "nmgr/rollout/rollout.h"
#include "rollout/bench_of_jobs.h"
#include "support/memory_file_system.h"

namespace nmgr::rollout {
namespace {

using testing::BenchOfJobs;

void AddJobs(BenchOfJobs& bench, const std::string& name, int jobs) {
  for (int i = 0; i < jobs; ++i) bench.Spec(name + std::to_string(i));
}

// Counts how often each file is read.
class CountingFiles : public nmgr::testing::MemoryFileSystem {
 public:
  Expected<std::string> ReadFile(const Path& path, std::uint64_t limit) override {
    {
      const std::lock_guard lock(mutex_);
      ++counts[BaseName(path)];
    }
    return MemoryFileSystem::ReadFile(path, limit);
  }
  std::map<std::string, int> counts;

 private:
  std::mutex mutex_;
};

}  // namespace

TEST_CASE("Two rollouts at once: each has its own Nomad, progress and stop token") {
  BenchOfJobs kept;
  AddJobs(kept, "kept", 12);
  BenchOfJobs stopped({"stopped0"});
  AddJobs(stopped, "stopped", 12);
  std::stop_source stop;
  stopped.options.stop = stop.get_token();

  // Neither goes on before both are in the middle of their work; then one is stopped.
  std::latch both(2);
  kept.nomad.seen = [&](const std::string& call) {
    if (call == "REGISTER kept0") both.arrive_and_wait();
  };
  stopped.nomad.seen = [&](const std::string& call) {
    if (call != "REGISTER stopped0") return;
    both.arrive_and_wait();
    stop.request_stop();
  };
  Rollout first;
  Rollout second;
  std::thread one([&] { first = kept.CarryOut({Verb::kUp}); });
  std::thread other([&] { second = stopped.CarryOut({Verb::kUp}); });
  one.join();
  other.join();

  CHECK_FALSE(first.interrupted);
  CHECK(first.failures.empty());
  REQUIRE(first.results.size() == 12);
  for (const JobResult& result : first.results) CHECK(result.outcome == Outcome::kDone);
  CHECK(kept.nomad.writes().size() == 12);
  CHECK_FALSE(kept.nomad.Has("stopped0"));

  CHECK(second.interrupted);
  REQUIRE(second.results.size() == 12);
  CHECK(second.results[0].outcome == Outcome::kUnconfirmed);
  for (std::size_t i = 1; i < 12; ++i) CHECK(second.results[i].outcome == Outcome::kNotStarted);
  CHECK_FALSE(stopped.nomad.Has("stopped1"));
  CHECK(kept.progress.Has("end kept11 done"));
  for (const std::string& line : stopped.progress.lines) {
    CHECK(line.find("kept") == std::string::npos);
  }
}

TEST_CASE("A rollout that touches nothing says why as a value") {
  BenchOfJobs bench;
  bench.Spec("good");
  bench.Spec("broken", "job \"broken\" {\n  meta {\n    x = file(\"nothing-here\")\n  }\n}\n");
  RolloutOptions how;
  how.gather = bench.HowToGather();
  const auto carry_out = [&] {
    return CarryOut({Verb::kUp}, bench.Selected(), bench.nomad, bench.clock, bench.progress, how);
  };
  SECTION("--strict: the spec of a job cannot be used") {
    how.strict = true;
    const Rollout run = carry_out();
    REQUIRE(run.failures.size() == 1);
    CHECK(run.failures[0].code == ErrorCode::kInvalid);
    CHECK(run.facts.size() == 2);
    CHECK(run.results.empty());
  }
  SECTION("nobody is there") {
    bench.nomad.before = [](const std::string& call, int) -> std::optional<Error> {
      return Error{ErrorCode::kUnreachable, call + ": refused"};
    };
    const Rollout run = carry_out();
    REQUIRE(run.failures.size() == 1);
    CHECK(run.failures[0].code == ErrorCode::kUnreachable);
  }
  SECTION("a dry run") {
    how.dry_run = true;
    const Rollout run = carry_out();
    CHECK(run.failures.empty());
    REQUIRE(run.plan.steps.size() == 2);
    CHECK(run.plan.steps[0].move == Move::kRegister);
    CHECK(run.plan.steps[1].move == Move::kBroken);
    REQUIRE(run.results.size() == 2);
    CHECK(run.results[0].outcome == Outcome::kUntouched);
  }
  CHECK(bench.nomad.writes().empty());
}

TEST_CASE("A spec is evaluated once a run, from the filter that looks into it to its register") {
  CountingFiles files;
  for (const std::string id : {"taken", "passed"}) {
    const std::string conf = "  meta {\n    conf = file(\"" + id + ".conf\")\n  }\n";
    files.Add("/cld/" + id + ".hcl", testing::Service(id, id + ":1", conf));
    files.Add("/cld/" + id + ".conf", id == "taken" ? "what is looked for" : "nothing");
  }
  const jobspec::SpecContext context{nullptr, &files, "/home/me"};
  repo::RepoOptions options;
  options.base_dir = "/cld";
  const auto repo = repo::OpenRepo(options, {&files, nullptr, context});
  REQUIRE(repo);
  repo::FilterSpec filter;
  filter.name = "mine";
  filter.keywords = {"looked for"};
  const auto selection = repo::Select(*repo, {{"mine"}, {}, {filter}});
  REQUIRE(selection);
  REQUIRE(selection->jobs.size() == 1);

  BenchOfJobs bench;
  RolloutOptions how;
  how.gather = bench.HowToGather();
  how.gather.specs = &context;
  const Rollout run =
      CarryOut({Verb::kUp}, selection->jobs, bench.nomad, bench.clock, bench.progress, how);
  REQUIRE(run.results.size() == 1);
  CHECK(run.results[0].outcome == Outcome::kDone);
  CHECK(files.counts ==
        std::map<std::string, int>{
            {"passed.conf", 1}, {"passed.hcl", 1}, {"taken.conf", 1}, {"taken.hcl", 1}});
}

TEST_CASE("What a new job would add is kept for who shows it, and else known by its digest") {
  BenchOfJobs bench;
  bench.Spec("new");
  RolloutOptions how;
  how.gather = bench.HowToGather();
  how.confirm = [](const Plan&, const std::vector<JobFacts>&) { return false; };
  how.keep_diff = GENERATE(false, true);
  const Rollout run =
      CarryOut({Verb::kUp}, bench.Selected(), bench.nomad, bench.clock, bench.progress, how);
  REQUIRE(run.facts.size() == 1);
  REQUIRE(run.facts[0].plan);
  CHECK((run.facts[0].plan->diff != nullptr) == how.keep_diff);
  CHECK((run.facts[0].plan->diff_digest != 0) != how.keep_diff);
}

}  // namespace nmgr::rollout
