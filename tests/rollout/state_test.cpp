#include "nmgr/rollout/state.h"

#include <catch2/catch.hpp>

namespace nmgr::rollout {
namespace {

nomad::Job MakeJob(std::string type, std::string status, int count = 1) {
  nomad::Job job;
  job.ref.id = "web";
  job.type = std::move(type);
  job.status = std::move(status);
  job.version = 3;
  job.groups = {{"g", count}};
  return job;
}

nomad::Allocation MakeAllocation(std::string client_status, std::uint64_t index = 1,
                                 std::string name = "web.g[0]", std::string node = "n1") {
  nomad::Allocation allocation;
  allocation.name = std::move(name);
  allocation.group = "g";
  allocation.node_name = std::move(node);
  allocation.client_status = std::move(client_status);
  allocation.desired_status = "run";
  allocation.create_index = index;
  return allocation;
}

struct Row {
  const char* what;
  nomad::Job job;
  bool unchanged;
  std::vector<nomad::Allocation> allocations;
  const char* deployment;  // status of the latest; "": none
  std::uint64_t deployment_version;
  JobState expected;
};

nomad::Job Stopped(nomad::Job job) {
  job.stop = true;
  return job;
}

nomad::Job Periodic(nomad::Job job) {
  job.periodic = true;
  return job;
}

}  // namespace

TEST_CASE("The table of states") {
  const std::vector<Row> rows = {
      {"running service", MakeJob("service", "running"), true, {}, "", 0, JobState::kDeployed},
      {"never placed, says running",
       MakeJob("service", "running"),
       true,
       {},
       "running",
       3,
       JobState::kDeployed},
      {"pending service", MakeJob("service", "pending"), true, {}, "", 0, JobState::kDeployed},
      {"dead service", MakeJob("service", "dead"), true, {}, "", 0, JobState::kFailed},
      {"dead service, new spec", MakeJob("service", "dead"), false, {}, "", 0, JobState::kDeployed},
      {"count 0 says dead", MakeJob("service", "dead", 0), true, {}, "", 0, JobState::kDeployed},
      {"stopped service", Stopped(MakeJob("service", "dead")), true, {}, "", 0, JobState::kStopped},
      {"stopped, new spec",
       Stopped(MakeJob("service", "dead")),
       false,
       {},
       "",
       0,
       JobState::kStopped},
      {"stopped, still running",
       Stopped(MakeJob("service", "running")),
       false,
       {},
       "",
       0,
       JobState::kStopped},
      {"system, no deployment", MakeJob("system", "running"), true, {}, "", 0, JobState::kDeployed},
      {"system, failed deployment",
       MakeJob("system", "running"),
       true,
       {},
       "failed",
       3,
       JobState::kFailed},
      {"system, old one failed",
       MakeJob("system", "running"),
       true,
       {},
       "failed",
       2,
       JobState::kDeployed},
      {"system, failed, new spec",
       MakeJob("system", "running"),
       false,
       {},
       "failed",
       3,
       JobState::kDeployed},
      {"system, successful",
       MakeJob("system", "running"),
       true,
       {},
       "successful",
       3,
       JobState::kDeployed},
      {"service, failed deployment",
       MakeJob("service", "running"),
       true,
       {},
       "failed",
       3,
       JobState::kDeployed},
      {"running batch",
       MakeJob("batch", "running"),
       true,
       {MakeAllocation("running")},
       "",
       0,
       JobState::kDeployed},
      {"running batch, one failed",
       MakeJob("batch", "running"),
       true,
       {MakeAllocation("failed")},
       "",
       0,
       JobState::kDeployed},
      {"dead batch, failed",
       MakeJob("batch", "dead"),
       true,
       {MakeAllocation("failed")},
       "",
       0,
       JobState::kFailed},
      {"dead batch, complete",
       MakeJob("batch", "dead"),
       true,
       {MakeAllocation("complete")},
       "",
       0,
       JobState::kFinished},
      {"dead batch, complete, new spec",
       MakeJob("batch", "dead"),
       false,
       {MakeAllocation("complete")},
       "",
       0,
       JobState::kDeployed},
      {"dead batch, one of two failed",
       MakeJob("batch", "dead"),
       true,
       {MakeAllocation("complete", 1), MakeAllocation("failed", 2, "web.g[1]")},
       "",
       0,
       JobState::kFailed},
      {"dead batch, failed and replaced",
       MakeJob("batch", "dead"),
       true,
       {MakeAllocation("failed", 1, "web.g[0]", "n1"),
        MakeAllocation("complete", 2, "web.g[0]", "n2")},
       "",
       0,
       JobState::kFinished},
      {"dead batch, lost",
       MakeJob("batch", "dead"),
       true,
       {MakeAllocation("lost")},
       "",
       0,
       JobState::kDeployed},
      {"dead batch, collected", MakeJob("batch", "dead"), true, {}, "", 0, JobState::kFinished},
      {"dead sysbatch, one node failed",
       MakeJob("sysbatch", "dead"),
       true,
       {MakeAllocation("failed", 1, "web.g[0]", "n1"),
        MakeAllocation("complete", 2, "web.g[0]", "n2")},
       "",
       0,
       JobState::kFailed},
      {"dead sysbatch, complete",
       MakeJob("sysbatch", "dead"),
       true,
       {MakeAllocation("complete", 1, "web.g[0]", "n1"),
        MakeAllocation("complete", 2, "web.g[0]", "n2")},
       "",
       0,
       JobState::kFinished},
      {"periodic parent",
       Periodic(MakeJob("batch", "running")),
       true,
       {},
       "",
       0,
       JobState::kDeployed},
      {"stopped periodic parent",
       Stopped(Periodic(MakeJob("batch", "dead"))),
       true,
       {},
       "",
       0,
       JobState::kStopped},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    nomad::Deployment deployment;
    deployment.status = row.deployment;
    deployment.job_version = row.deployment_version;
    StateEvidence evidence;
    evidence.job = &row.job;
    evidence.spec_unchanged = row.unchanged;
    evidence.allocations = &row.allocations;
    evidence.deployment = deployment.status.empty() ? nullptr : &deployment;
    CHECK(JobStateName(ClassifyJob(evidence)) == JobStateName(row.expected));
  }
  CHECK(ClassifyJob({}) == JobState::kAbsent);
}

TEST_CASE("Every combination: what must hold whatever Nomad says") {
  int seen = 0;
  for (const char* type : {"service", "batch", "system", "sysbatch"}) {
    for (const char* status : {"pending", "running", "dead"}) {
      for (const bool stop : {false, true}) {
        for (const bool unchanged : {false, true}) {
          for (const int count : {0, 2}) {
            for (const char* client :
                 {"pending", "running", "complete", "failed", "lost", "unknown"}) {
              for (const char* deployed : {"running", "successful", "failed", "cancelled"}) {
                nomad::Job job = MakeJob(type, status, count);
                job.stop = stop;
                const std::vector<nomad::Allocation> allocations = {MakeAllocation(client)};
                nomad::Deployment deployment;
                deployment.status = deployed;
                deployment.job_version = job.version;
                const StateEvidence evidence{&job, unchanged, &allocations, &deployment};
                const JobState state = ClassifyJob(evidence);
                CHECK((state == JobState::kStopped) == stop);
                CHECK(state != JobState::kAbsent);
                const bool terminal_verdict =
                    state == JobState::kFailed || state == JobState::kFinished;
                if (terminal_verdict) {
                  CHECK(unchanged);
                  CHECK((job.status == "dead" || job.type == "system"));
                }
                if (state == JobState::kFinished) CHECK(allocations[0].client_status == "complete");
                if (std::string_view(client) == "running" && std::string_view(type) != "system" &&
                    std::string_view(status) != "dead") {
                  CHECK((state == JobState::kDeployed || stop));
                }
                ++seen;
              }
            }
          }
        }
      }
    }
  }
  CHECK(seen == 4 * 3 * 2 * 2 * 2 * 6 * 4);
}

TEST_CASE("Allocations that still may run a task") {
  const std::vector<nomad::Allocation> allocations = {
      MakeAllocation("pending"), MakeAllocation("running"), MakeAllocation("complete"),
      MakeAllocation("failed"),  MakeAllocation("lost"),    MakeAllocation("unknown")};
  std::vector<std::string> live;
  for (const nomad::Allocation* allocation : LiveAllocations(allocations)) {
    live.push_back(allocation->client_status);
  }
  CHECK(live == std::vector<std::string>{"pending", "running", "unknown"});
}

TEST_CASE("Healthy as found") {
  nomad::Job job = MakeJob("service", "running", 2);
  std::vector<nomad::Allocation> allocations = {MakeAllocation("running", 1, "web.g[0]")};
  nomad::Deployment deployment;
  deployment.job_version = job.version;
  deployment.status = "successful";

  SECTION("one of two runs") { CHECK_FALSE(LooksHealthy(job, allocations, &deployment)); }
  SECTION("both run") {
    allocations.push_back(MakeAllocation("running", 2, "web.g[1]"));
    CHECK(LooksHealthy(job, allocations, &deployment));
    CHECK(LooksHealthy(job, allocations, nullptr));
    SECTION("but one is unhealthy") {
      allocations[0].healthy = false;
      CHECK_FALSE(LooksHealthy(job, allocations, &deployment));
    }
    SECTION("but one is to be stopped") {
      allocations[0].desired_status = "stop";
      CHECK_FALSE(LooksHealthy(job, allocations, &deployment));
    }
    SECTION("but its deployment goes on") {
      deployment.status = "running";
      CHECK_FALSE(LooksHealthy(job, allocations, &deployment));
      deployment.job_version = 1;
      CHECK(LooksHealthy(job, allocations, &deployment));
    }
  }
  SECTION("a failed allocation that was replaced does not count") {
    allocations = {MakeAllocation("failed", 1, "web.g[0]"),
                   MakeAllocation("running", 5, "web.g[0]", "n2"),
                   MakeAllocation("running", 2, "web.g[1]")};
    CHECK(LooksHealthy(job, allocations, &deployment));
  }
  SECTION("a batch job is well when complete") {
    job = MakeJob("batch", "dead");
    CHECK(LooksHealthy(job, {MakeAllocation("complete")}, nullptr));
    CHECK_FALSE(LooksHealthy(job, {MakeAllocation("failed")}, nullptr));
    CHECK_FALSE(LooksHealthy(job, {}, nullptr));
  }
  SECTION("a system job is well where it was placed") {
    job = MakeJob("system", "running");
    CHECK(LooksHealthy(job, {}, nullptr));
    CHECK_FALSE(LooksHealthy(job, {MakeAllocation("pending")}, nullptr));
  }
  SECTION("a periodic job runs later") {
    CHECK(LooksHealthy(Periodic(MakeJob("batch", "running")), {}, nullptr));
  }
}

}  // namespace nmgr::rollout
