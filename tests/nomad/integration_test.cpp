// The client against a whole Nomad: the stand-in, or a real one where NMGR_TEST_NOMAD_ADDR names it
// (then with the raw_exec driver; jobs are called nmgr-test-nomad-... and purged).
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "nmgr/base/parallel.h"
#include "nmgr/nomad/connection.h"
#include "support/fake_nomad_process.h"
#include "test_client.h"

using namespace nmgr;
using namespace nmgr::nomad;
using nmgr::testing::FakeNomadProcess;

namespace {

const Call kSoon{TimePoint::max(), {}};

Call WithinSeconds(int seconds) {
  return Call{std::chrono::steady_clock::now() + std::chrono::seconds(seconds), {}};
}

class TestNomad {
 public:
  TestNomad() {
    const char* real = std::getenv("NMGR_TEST_NOMAD_ADDR");
    if (real == nullptr || *real == '\0') fake_ = std::make_unique<FakeNomadProcess>();
    options_.address = fake_ ? fake_->address() : real;
    client_ = std::make_unique<nmgr::testing::TestClient>(options_, 4);
    static std::atomic<int> next = 0;
    id_ = "nmgr-test-nomad-" + std::to_string(getpid()) + "-" + std::to_string(next++);
  }
  ~TestNomad() {
    if (!fake_) static_cast<void>(client_->StopJob(ref(), true, kSoon));
  }
  JobClient& client() { return *client_; }
  const ConnectionOptions& options() const { return options_; }
  JobRef ref() const { return {id_, "default", "global"}; }

  std::string Spec(const std::string& version, int count = 1) const {
    return "job \"" + id_ +
           "\" {\n  type = \"service\"\n  update {\n    min_healthy_time = \"0s\"\n  }\n" +
           "  group \"app\" {\n    count = " + std::to_string(count) +
           "\n    task \"server\" {\n      driver = \"raw_exec\"\n      config {\n        command "
           "= "
           "\"/bin/sleep\"\n        args = [\"300\"]\n      }\n      env {\n        V = \"" +
           version + "\"\n      }\n      kill_timeout = \"1s\"\n    }\n  }\n}\n";
  }
  RawJob Parsed(const std::string& version, int count = 1) {
    auto job = client().ParseJob(ref(), Spec(version, count), kSoon);
    if (!job) FAIL(job.error().message);
    return *std::move(job);
  }
  Expected<WriteResult> Register(const RawJob& job, std::uint64_t index) {
    return client().RegisterJob(ref(), {job, index, {Spec("1"), "hcl2", {}, ""}}, kSoon);
  }

 private:
  std::unique_ptr<FakeNomadProcess> fake_;
  ConnectionOptions options_;
  std::unique_ptr<JobClient> client_;
  std::string id_;
};

}  // namespace

TEST_CASE("the life of a job: parse, plan, register, wait, change, stop, purge") {
  TestNomad nomad;
  JobClient& client = nomad.client();
  const JobRef ref = nomad.ref();
  REQUIRE(client.Ping(kSoon));
  CHECK(client.ReadJob(ref, {}, kSoon).error().code == ErrorCode::kNotFound);
  CHECK(client.ListAllocations(ref, {}, kSoon).value().value.empty());
  CHECK_FALSE(client.LatestDeployment(ref, {}, kSoon).value().value.has_value());

  const RawJob job = nomad.Parsed("1");
  CHECK(job.at("ID") == ref.id);
  const JobPlan added = client.PlanJob(ref, job, kSoon).value();
  CHECK(added.diff_type == "Added");
  CHECK(added.job_modify_index == 0);
  CHECK(added.updates.at("app").at("Place") == 1);

  const WriteResult registered = nomad.Register(job, 0).value();
  CHECK_FALSE(registered.evaluation_id.empty());
  Indexed<Evaluation> evaluation =
      client.ReadEvaluation(registered.evaluation_id, ref, {}, kSoon).value();
  for (int i = 0; i < 100 && evaluation.value.status == "pending"; ++i) {
    evaluation = client
                     .ReadEvaluation(registered.evaluation_id, ref,
                                     {evaluation.index, Duration(5000)}, WithinSeconds(20))
                     .value();
  }
  CHECK(evaluation.value.status == "complete");
  auto deployment = client.LatestDeployment(ref, {}, kSoon).value();
  REQUIRE(deployment.value.has_value());
  for (int i = 0; i < 100 && deployment.value->status == "running"; ++i) {
    const auto next = client
                          .ReadDeployment(deployment.value->id, ref,
                                          {deployment.index, Duration(5000)}, WithinSeconds(30))
                          .value();
    deployment = {next.value, next.index};
  }
  CHECK(deployment.value->status == "successful");
  CHECK(deployment.value->groups.at(0).healthy == 1);

  const Job live = client.ReadJob(ref, {}, kSoon).value().value;
  CHECK(live.ref == ref);
  CHECK(live.job_modify_index == registered.job_modify_index);
  CHECK(live.groups.at(0).count == 1);
  CHECK(client.PlanJob(ref, job, kSoon).value().diff_type == "None");
  const auto allocations = client.ListAllocations(ref, {}, kSoon).value();
  REQUIRE(allocations.value.size() == 1);
  CHECK(allocations.value[0].client_status == "running");
  CHECK(allocations.value[0].healthy == true);
  const auto listed = client.ListJobs("default", "", ref.id, kSoon).value().value;
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].ref.id == ref.id);

  const RawJob changed = nomad.Parsed("2", 2);
  const JobPlan edited = client.PlanJob(ref, changed, kSoon).value();
  CHECK(edited.diff_type == "Edited");
  CHECK(edited.job_modify_index == live.job_modify_index);
  const Error conflict = nomad.Register(changed, live.job_modify_index + 1).error();
  CHECK(conflict.code == ErrorCode::kConflict);
  CHECK(nomad.Register(changed, 0).error().code == ErrorCode::kConflict);
  REQUIRE(nomad.Register(changed, edited.job_modify_index));
  CHECK(client.ListVersions(ref, kSoon).value().at(0).version == 1);
  CHECK(client.ListEvaluations(ref, {}, kSoon).value().value.size() >= 2);

  REQUIRE(client.StopJob(ref, false, kSoon));
  CHECK(client.ReadJob(ref, {}, kSoon).value().value.stop);
  auto left = client.ListAllocations(ref, {}, kSoon).value();
  const auto all_gone = [&left] {
    for (const Allocation& allocation : left.value) {
      if (!allocation.IsTerminal()) return false;
    }
    return true;
  };
  for (int i = 0; i < 100 && !all_gone(); ++i) {
    left = client.ListAllocations(ref, {left.index, Duration(5000)}, WithinSeconds(30)).value();
  }
  CHECK(all_gone());
  CHECK(left.value.size() >= 2);
  REQUIRE(client.StopJob(ref, true, kSoon));
  CHECK(client.ReadJob(ref, {}, kSoon).error().code == ErrorCode::kNotFound);
  CHECK(client.StopJob(ref, true, kSoon).value().evaluation_id.empty());
}

TEST_CASE("what the server refuses comes back in its words") {
  TestNomad nomad;
  const Error syntax =
      nomad.client()
          .ParseJob(nomad.ref(), "job \"x\" {\n group \"g\" {\n count = \n}\n}\n", kSoon)
          .error();
  CHECK(syntax.code == ErrorCode::kRejected);
  CHECK(syntax.message.find("Nomad refused POST /v1/jobs/parse: Failed to parse job: ") == 0);
  RawJob job = nomad.Parsed("1");
  const Error nowhere =
      nomad.client().PlanJob({nomad.ref().id, "no-such-namespace", ""}, job, kSoon).error();
  CHECK(nowhere.code == ErrorCode::kRejected);
  CHECK(nowhere.message.find("nonexistent namespace") != std::string::npos);
  CHECK(nomad.client()
            .ReadEvaluation("00000000-0000-0000-0000-000000000000", nomad.ref(), {}, kSoon)
            .error()
            .code == ErrorCode::kNotFound);
  CHECK(nomad.client()
            .ReadDeployment("00000000-0000-0000-0000-000000000000", nomad.ref(), {}, kSoon)
            .error()
            .code == ErrorCode::kNotFound);
  CHECK(nomad.client().ListVersions({"no/such job", "", ""}, kSoon).error().code ==
        ErrorCode::kNotFound);
}

TEST_CASE("a blocking query waits for a change, and no longer than it was told to") {
  TestNomad nomad;
  JobClient& client = nomad.client();
  REQUIRE(nomad.Register(nomad.Parsed("1"), 0));
  const auto first = client.ReadJob(nomad.ref(), {}, kSoon).value();
  std::jthread changer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    static_cast<void>(client.StopJob(nomad.ref(), false, kSoon));
  });
  auto next = first;
  for (int i = 0; i < 100 && !next.value.stop; ++i) {
    next = client.ReadJob(nomad.ref(), {next.index, Duration(10'000)}, WithinSeconds(30)).value();
  }
  CHECK(next.value.stop);
  CHECK(next.index > first.index);
  changer.join();
  const auto start = std::chrono::steady_clock::now();
  auto quiet = client.ReadJob(nomad.ref(), {1'000'000'000, Duration(200)}, WithinSeconds(30));
  CHECK(quiet);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(150));
}

TEST_CASE("68 jobs are read and planned well within the budget of a reconcile") {
  TestNomad nomad;
  const RawJob job = nomad.Parsed("1");
  REQUIRE(nomad.Register(job, 0));
  const auto start = std::chrono::steady_clock::now();
  std::atomic<int> good = 0;
  ParallelFor(68, 8, [&](std::size_t) {
    good += nomad.client().ReadJob(nomad.ref(), {}, kSoon) ? 1 : 0;
    good += nomad.client().PlanJob(nomad.ref(), job, kSoon) ? 1 : 0;
  });
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  CHECK(good == 136);
  WARN("136 requests took " << took.count() << " ms");
  CHECK(took.count() < 5000);  // loose, since test machines are busy
}
