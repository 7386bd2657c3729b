#include "nmgr/rollout/plan_memory.h"

#include <catch2/catch.hpp>

#include "support/temp_dir.h"

namespace nmgr::rollout {
namespace {

using nmgr::testing::TempDir;

// A time of day that tests move.
class DayClock : public Clock {
 public:
  TimePoint Now() override { return {}; }
  WallTime Wall() override { return wall; }
  void Sleep(Duration, std::stop_token) override {}
  WallTime wall = WallTime() + std::chrono::hours(500'000);
};

const std::string kKeyBytes(HashKey::kBytes, 'k');
const MemoryPlace kPlace{"http://127.0.0.1:4646", "", "default", "build 1"};
const nomad::JobRef kWeb{"web", "", ""};
const std::string kText = "job \"web\" {\n  secret = \"hunter2\"\n}\n";

nomad::Job WebJob() {
  nomad::Job job;
  job.job_modify_index = 20;
  job.create_index = 10;
  job.submit_time_ns = 1'795'234'275'679'678'384;
  job.version = 3;
  job.groups = {{"web", 2}, {"db", 1}};
  return job;
}

nomad::JobSummary RowOf(const nomad::Job& job) {
  nomad::JobSummary row;
  row.job_modify_index = job.job_modify_index;
  row.create_index = job.create_index;
  row.submit_time_ns = job.submit_time_ns;
  return row;
}

// The file of a run that found the job without a difference.
std::string FileOf(Clock& clock, const MemoryPlace& place = kPlace) {
  PlanMemory memory(HashKey(kKeyBytes), place, clock);
  memory.Remember(Sameness::kPlan, kWeb, kText, WebJob());
  return memory.Text();
}

bool Knows(const std::string& file, Clock& clock, const MemoryPlace& place = kPlace,
           const std::string& key = kKeyBytes, const std::string& text = kText) {
  const PlanMemory memory(HashKey(key), place, clock, file);
  return memory.Recall(Sameness::kPlan, kWeb, text).has_value();
}

}  // namespace

TEST_CASE("What was remembered is known for the same text and the same job alone") {
  DayClock clock;
  const std::string file = FileOf(clock);
  const PlanMemory memory(HashKey(kKeyBytes), kPlace, clock, file);
  const auto known = memory.Recall(Sameness::kPlan, kWeb, kText);
  REQUIRE(known);
  CHECK(known->version == 3);
  CHECK(known->counts == std::vector<int>{1, 2});  // db, web
  CHECK(known->IsStill(RowOf(WebJob())));
  CHECK(memory.Recall(Sameness::kPlan, {"web", "default", "global"}, kText));
  CHECK_FALSE(memory.Recall(Sameness::kPlan, kWeb, kText + " "));
  CHECK_FALSE(memory.Recall(Sameness::kImages, kWeb, kText));
  CHECK_FALSE(memory.Recall(Sameness::kPlan, {"web", "prod", ""}, kText));
  CHECK_FALSE(memory.Recall(Sameness::kPlan, {"web", "", "eu"}, kText));
  CHECK_FALSE(memory.Recall(Sameness::kPlan, {"db", "", ""}, kText));
}

TEST_CASE("Any other register of the job is another job, also one with a smaller index") {
  const RememberedJob known = RememberedJob::Of(WebJob());
  nomad::JobSummary row = RowOf(WebJob());
  SECTION("later") { row.job_modify_index = 21; }
  SECTION("earlier: restored from a snapshot") { row.job_modify_index = 19; }
  SECTION("at another time") { row.submit_time_ns -= 1; }
  SECTION("purged in between") { row.create_index = 11; }
  SECTION("Nomad does not say when") { row.submit_time_ns = 0; }
  CHECK_FALSE(known.IsStill(row));
}

TEST_CASE("What is another build's, address's or key's, or a day old, is not known") {
  DayClock clock;
  const std::string file = FileOf(clock);
  CHECK(Knows(file, clock));
  CHECK_FALSE(Knows(file, clock, {kPlace.address, "", "default", "build 2"}));
  CHECK_FALSE(Knows(file, clock, {"http://127.0.0.1:4647", "", "default", kPlace.build}));
  CHECK(Knows(file, clock, {"http://LOCALHOST:4646/", "global", "default", kPlace.build}));
  CHECK_FALSE(Knows(file, clock, kPlace, std::string(HashKey::kBytes, 'x')));
  const WallTime then = clock.wall;
  clock.wall = then + std::chrono::hours(23);
  CHECK(Knows(file, clock));
  clock.wall = then + std::chrono::hours(24);
  CHECK_FALSE(Knows(file, clock));
  clock.wall = then - std::chrono::hours(1);  // the clock was put back
  CHECK_FALSE(Knows(file, clock));
}

TEST_CASE("A line that was changed anywhere is no line") {
  DayClock clock;
  const std::string file = FileOf(clock);
  for (std::size_t i = 0; i + 1 < file.size(); ++i) {
    std::string other = file;
    other[i] = other[i] == '1' ? '2' : '1';
    INFO(other);
    CHECK_FALSE(Knows(other, clock));
    CHECK_FALSE(Knows(file.substr(0, i), clock));
  }
  CHECK_FALSE(Knows("", clock));
  CHECK_FALSE(Knows("{\"memory\": 1}\n" + file, clock));
}

TEST_CASE("The file holds no word of a spec, and no more lines than it may") {
  DayClock clock;
  PlanMemory memory(HashKey(kKeyBytes), kPlace, clock);
  CHECK(memory.empty());
  for (std::size_t i = 0; i < PlanMemory::kMostLines + 5; ++i) {
    memory.Remember(Sameness::kPlan, {"web" + std::to_string(i), "", ""}, kText, WebJob());
  }
  const std::string text = memory.Text();
  CHECK(std::count(text.begin(), text.end(), '\n') == PlanMemory::kMostLines + 1);
  for (const char* word : {"web", "hunter2", "127.0.0.1", "default", "secret"}) {
    CHECK(text.find(word) == std::string::npos);
  }
  CHECK(text.size() < PlanMemory::kMaxBytes);
}

TEST_CASE("A job that does not say when it was registered is not remembered") {
  DayClock clock;
  PlanMemory memory(HashKey(kKeyBytes), kPlace, clock);
  nomad::Job job = WebJob();
  job.submit_time_ns = 0;
  memory.Remember(Sameness::kPlan, kWeb, kText, job);
  CHECK(memory.empty());
}

TEST_CASE("Two runs at once lose nothing of each other, and what one forgot stays forgotten") {
  DayClock clock;
  const TempDir dir;
  const auto open = [&] {
    return PlanMemory::Open(dir.At("cache"), dir.At("state"), kPlace, clock);
  };
  const nomad::JobRef db{"db", "", ""};
  const nomad::JobRef old{"old", "", ""};
  auto first = open();
  first->Remember(Sameness::kPlan, old, kText, WebJob());
  first->Save();
  first = open();
  auto second = open();
  first->Remember(Sameness::kPlan, kWeb, kText, WebJob());
  second->Remember(Sameness::kPlan, db, kText, WebJob());
  second->Forget(Sameness::kPlan, old);
  first->Save();
  second->Save();
  const auto third = open();
  CHECK(third->Recall(Sameness::kPlan, kWeb, kText));
  CHECK(third->Recall(Sameness::kPlan, db, kText));
  CHECK_FALSE(third->Recall(Sameness::kPlan, old, kText));
}

TEST_CASE("A memory that cannot be kept is none, and no error") {
  DayClock clock;
  const TempDir dir;
  dir.Write("file", "");
  for (const Path& cache : {Path(), dir.At("file"), Path("/dev/null")}) {
    const auto memory = PlanMemory::Open(cache, dir.At("state"), kPlace, clock);
    REQUIRE(memory);
    memory->Remember(Sameness::kPlan, kWeb, kText, WebJob());
    memory->Save();
    CHECK(PlanMemory::Open(cache, dir.At("state"), kPlace, clock)->empty());
  }
}

}  // namespace nmgr::rollout
