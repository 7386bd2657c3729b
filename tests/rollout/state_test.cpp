#include "nmgr/rollout/state.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

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

nomad::Allocation AllocationOf(std::string client_status, std::uint64_t index = 1,
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

nomad::Job Stopped(nomad::Job job) {
  job.stop = true;
  return job;
}

nomad::Job Periodic(nomad::Job job) {
  job.periodic = true;
  return job;
}

nomad::Job WithoutReschedule(nomad::Job job) {
  job.groups[0].reschedules = false;
  return job;
}

nomad::Job TwoGroups(nomad::Job job) {
  job.groups.push_back({"h", 1});
  return job;
}

nomad::Allocation InGroupH(nomad::Allocation allocation) {
  allocation.group = "h";
  allocation.name = "web.h[0]";
  return allocation;
}

nomad::Allocation OfVersion(std::uint64_t version, nomad::Allocation allocation) {
  allocation.job_version = version;
  return allocation;
}

nomad::Allocation ToStop(nomad::Allocation allocation) {
  allocation.desired_status = "stop";
  return allocation;
}

nomad::Allocation WithFollowup(nomad::Allocation allocation) {
  allocation.followup_evaluation_id = "later";
  return allocation;
}

nomad::JobPlan PlanOf(std::string type, nlohmann::json diff = {}) {
  nomad::JobPlan plan;
  plan.diff_type = std::move(type);
  if (!diff.is_null()) plan.diff = std::make_shared<const nlohmann::json>(std::move(diff));
  return plan;
}

const nlohmann::json kEdited = {
    {"TaskGroups", {{{"Type", "Edited"}, {"Fields", {{{"Name", "Count"}, {"Type", "Edited"}}}}}}}};
const nlohmann::json kPhantom = {
    {"Fields", nullptr},
    {"TaskGroups",
     {{{"Type", "Edited"}, {"Objects", {{{"Name", "Scaling"}, {"Type", "Edited"}}}}}}}};

nomad::Deployment Deployed(std::string status, std::uint64_t version = 3) {
  nomad::Deployment deployment;
  deployment.status = std::move(status);
  deployment.job_version = version;
  return deployment;
}

nomad::Deployment WithCanaries(nomad::Deployment deployment, int healthy, bool automatic = false) {
  nomad::DeploymentGroup group;
  group.name = "g";
  group.desired_canaries = 1;
  group.healthy = healthy;
  group.auto_promote = automatic;
  deployment.groups.push_back(group);
  return deployment;
}

nomad::Evaluation WithStatus(std::string status, std::uint64_t index = 100) {
  nomad::Evaluation evaluation;
  evaluation.status = std::move(status);
  evaluation.create_index = index;
  return evaluation;
}

nomad::JobPlan Unplaceable() {
  nomad::JobPlan plan = PlanOf("None");
  plan.failed_placements.emplace_back();
  plan.updates["g"]["Place"] = 1;
  return plan;
}

nomad::JobPlan Placing() {
  nomad::JobPlan plan = PlanOf("None");
  plan.updates["g"]["Place"] = 1;
  plan.updates["g"]["Ignore"] = 1;
  return plan;
}

struct Row {
  const char* what;
  const char* expected;
  nomad::Job job;
  std::vector<nomad::Allocation> allocations;
  std::optional<nomad::Deployment> deployment = {};
  std::vector<nomad::Evaluation> evaluations = {};
  std::optional<nomad::JobPlan> plan = {};
  Failure failure = Failure::kNone;
};

Verdict Judge(const Row& row,
              const std::map<std::string, std::vector<nomad::CheckResult>>& checks = {}) {
  StateEvidence evidence;
  evidence.job = &row.job;
  evidence.plan = row.plan ? &*row.plan : nullptr;
  evidence.allocations = &row.allocations;
  evidence.deployment = row.deployment ? &*row.deployment : nullptr;
  evidence.evaluations = &row.evaluations;
  evidence.checks = &checks;
  return JudgeJob(evidence);
}

}  // namespace

TEST_CASE("What ran before a register is no proof of what was registered") {
  const nomad::Job service = MakeJob("service", "running");
  const nomad::Allocation older = OfVersion(2, AllocationOf("running"));
  Row row{"", "", service, {older}, Deployed("successful", 2)};
  Verdict verdict = Judge(row);
  CHECK(verdict.state == JobState::kUnderWay);
  CHECK(verdict.unproven);

  StateEvidence all;
  all.job = &row.job;
  all.allocations = &row.allocations;
  all.deployment = &*row.deployment;
  all.evaluations = &row.evaluations;
  all.all_evaluations = true;
  CHECK(JudgeJob(all).state == JobState::kRunning);
  CHECK_FALSE(JudgeJob(all).unproven);
  row.evaluations = {WithStatus("pending")};
  CHECK(JudgeJob(all).state == JobState::kUnderWay);

  // A batch leaves alone what has finished, and one of which some is of this version was looked at.
  row.job = MakeJob("batch", "running");
  CHECK_FALSE(Judge(row).unproven);
  row.job = service;
  row.allocations.push_back(OfVersion(3, AllocationOf("running")));
  row.allocations.back().name = "web.g[1]";
  CHECK_FALSE(Judge(row).unproven);
  // Of what runs on every node nothing may be meant to run: that is to be asked too.
  row.job = MakeJob("system", "running");
  row.allocations.clear();
  CHECK(Judge(row).unproven);
}

TEST_CASE("The table of states") {
  const nomad::Job service = MakeJob("service", "running");
  const nomad::Job dead = MakeJob("service", "dead");
  const nomad::Job batch = MakeJob("batch", "dead");
  const nomad::Allocation runs = OfVersion(3, AllocationOf("running"));
  const nomad::Allocation failed = OfVersion(3, AllocationOf("failed"));
  const std::vector<Row> rows = {
      {"running", "running", service, {runs}, Deployed("successful")},
      {"its deployment has been collected", "running", service, {runs}},
      {"stopped", "stopped", Stopped(dead), {ToStop(failed)}},
      {"stopped before all else", "stopped", Stopped(service), {runs}, {}, {WithStatus("blocked")}},
      {"differs", "differs", service, {runs}, {}, {}, PlanOf("Edited", kEdited)},
      {"differs before it failed", "differs", dead, {failed}, {}, {}, PlanOf("Edited", kEdited)},
      {"an edit without a change is none",
       "running",
       service,
       {runs},
       {},
       {},
       PlanOf("Edited", kPhantom)},
      {"what a plan would place is no difference",
       "running",
       MakeJob("system", "running"),
       {runs},
       {},
       {},
       Placing()},
      {"count 0 says dead", "running", MakeJob("service", "dead", 0), {}},
      {"periodic", "running", Periodic(MakeJob("batch", "running")), {}},
      {"stopped periodic", "stopped", Stopped(Periodic(MakeJob("batch", "dead"))), {}},

      {"complete", "finished", batch, {AllocationOf("complete")}},
      {"complete and collected", "finished", batch, {}},
      {"failed, then complete",
       "finished",
       batch,
       {AllocationOf("failed", 1), AllocationOf("complete", 2)}},
      {"killed by a drain",
       "failed",
       batch,
       {ToStop(AllocationOf("complete"))},
       {},
       {},
       {},
       Failure::kBatch},
      {"killed by a drain, after its like had failed",
       "failed",
       batch,
       {AllocationOf("failed", 1), ToStop(AllocationOf("complete", 2))},
       {},
       {},
       {},
       Failure::kBatch},
      {"one of two killed by a drain",
       "failed",
       MakeJob("batch", "dead", 2),
       {AllocationOf("complete", 1), ToStop(AllocationOf("complete", 2, "web.g[1]"))},
       {},
       {},
       {},
       Failure::kBatch},
      {"scaled down",
       "finished",
       batch,
       {AllocationOf("complete", 1), ToStop(AllocationOf("complete", 2, "web.g[1]"))}},
      {"stopped, then complete",
       "finished",
       batch,
       {ToStop(AllocationOf("complete", 1)), AllocationOf("complete", 2)}},
      {"killed by a drain on one node",
       "failed",
       MakeJob("sysbatch", "dead"),
       {OfVersion(3, AllocationOf("complete", 1, "web.g[0]", "n1")),
        OfVersion(3, ToStop(AllocationOf("complete", 2, "web.g[0]", "n2")))},
       {},
       {},
       {},
       Failure::kSysbatch},
      {"an older version killed on a node",
       "finished",
       MakeJob("sysbatch", "dead"),
       {OfVersion(3, AllocationOf("complete", 1, "web.g[0]", "n1")),
        OfVersion(2, ToStop(AllocationOf("complete", 2, "web.g[0]", "n2")))}},
      {"complete on every node",
       "finished",
       MakeJob("sysbatch", "dead"),
       {AllocationOf("complete", 1, "web.g[0]", "n1"),
        AllocationOf("complete", 2, "web.g[0]", "n2")}},

      {"canaries are healthy",
       "needs promotion",
       service,
       {runs},
       WithCanaries(Deployed("running"), 1)},
      {"before blocked",
       "needs promotion",
       service,
       {runs},
       WithCanaries(Deployed("running"), 1),
       {WithStatus("blocked")}},
      {"canaries are not healthy yet",
       "under way",
       service,
       {runs},
       WithCanaries(Deployed("running"), 0)},
      {"canaries promote themselves",
       "under way",
       service,
       {runs},
       WithCanaries(Deployed("running"), 1, true)},

      {"never placed, says running",
       "blocked",
       service,
       {},
       Deployed("running"),
       {WithStatus("blocked")}},
      {"a plan cannot place", "blocked", service, {}, {}, {}, Unplaceable()},
      {"a system job fits not every node",
       "running",
       MakeJob("system", "running"),
       {runs},
       {},
       {},
       Unplaceable()},
      {"blocked in a former life",
       "running",
       [&] {
         nomad::Job job = service;
         job.create_index = 200;
         return job;
       }(),
       {runs},
       {},
       {WithStatus("blocked", 100)}},

      {"its deployment is active", "under way", service, {runs}, Deployed("running")},
      {"its deployment is paused", "under way", service, {runs}, Deployed("paused")},
      {"an older deployment is active", "running", service, {runs}, Deployed("running", 2)},
      {"a reschedule is pending", "under way", service, {WithFollowup(failed)}},
      {"not after the deployment failed",
       "failed",
       service,
       {WithFollowup(failed)},
       Deployed("failed"),
       {},
       {},
       Failure::kNothingRuns},
      {"what failed with it is not to be replaced",
       "failed",
       WithoutReschedule(service),
       {failed},
       Deployed("failed"),
       {},
       {},
       Failure::kHopeless},
      {"it is about to start", "under way", service, {AllocationOf("pending")}},
      {"its node is out of sight", "under way", service, {AllocationOf("unknown")}},
      {"an evaluation is pending", "under way", service, {}, {}, {WithStatus("pending")}},

      {"a group is short",
       "failed",
       service,
       {failed},
       Deployed("successful"),
       {},
       {},
       Failure::kShort},
      {"an old version's failure says nothing",
       "failed",
       service,
       {failed},
       Deployed("failed", 2),
       {},
       {},
       Failure::kShort},
      {"nothing was ever placed, nothing is coming",
       "failed",
       service,
       {},
       {},
       {},
       {},
       Failure::kShort},
      {"its only allocation was stopped",
       "failed",
       service,
       {ToStop(runs)},
       {},
       {},
       {},
       Failure::kShort},
      {"one of two",
       "failed",
       MakeJob("service", "running", 2),
       {runs},
       {},
       {},
       {},
       Failure::kShort},
      {"no attempt is left",
       "failed",
       WithoutReschedule(service),
       {failed},
       {},
       {},
       {},
       Failure::kHopeless},
      {"one group of two",
       "failed",
       TwoGroups(service),
       {failed, InGroupH(runs)},
       Deployed("successful"),
       {},
       {},
       Failure::kShort},
      {"the deployment failed with one group of two",
       "failed",
       TwoGroups(service),
       {failed, InGroupH(runs)},
       Deployed("failed"),
       {},
       {},
       Failure::kPartly},
      {"the deployment failed, the old version still runs",
       "failed",
       service,
       {OfVersion(2, AllocationOf("running"))},
       Deployed("failed"),
       {},
       {},
       Failure::kPartly},
      {"the deployment failed and all runs",
       "failed",
       service,
       {runs},
       Deployed("failed"),
       {},
       {},
       Failure::kChecks},
      {"a system job lacks one",
       "failed",
       MakeJob("system", "running"),
       {OfVersion(3, AllocationOf("failed", 1, "web.g[0]", "n1")),
        OfVersion(3, AllocationOf("running", 1, "web.g[0]", "n2"))},
       {},
       {},
       {},
       Failure::kSystem},
      {"a system job lacks one, its deployment failed",
       "failed",
       MakeJob("system", "running"),
       {failed},
       Deployed("failed"),
       {},
       {},
       Failure::kSystem},
      {"a system job that fits nowhere",
       "running",
       MakeJob("system", "running"),
       {},
       Deployed("successful")},
      {"a dead batch job failed",
       "failed",
       batch,
       {AllocationOf("failed")},
       {},
       {},
       {},
       Failure::kBatch},
      {"a dead batch job was lost",
       "failed",
       batch,
       {AllocationOf("lost")},
       {},
       {},
       {},
       Failure::kBatch},
      {"one of two places of a batch job",
       "failed",
       MakeJob("batch", "dead", 2),
       {AllocationOf("complete", 1), AllocationOf("failed", 2, "web.g[1]")},
       {},
       {},
       {},
       Failure::kBatch},
      {"a batch job that runs", "running", MakeJob("batch", "running"), {runs}},
      {"one node of a sysbatch job",
       "failed",
       MakeJob("sysbatch", "dead"),
       {AllocationOf("failed", 1, "web.g[0]", "n1"), AllocationOf("complete", 2, "web.g[0]", "n2")},
       {},
       {},
       {},
       Failure::kSysbatch},
      {"a canary that was given up hides nothing",
       "running",
       service,
       {runs, ToStop(AllocationOf("complete", 9))},
       Deployed("successful")},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const Verdict verdict = Judge(row);
    CHECK(JobStateName(verdict.state) == row.expected);
    CHECK(verdict.failure == row.failure);
  }
  CHECK(JobStateName(JudgeJob({}).state) == "absent");
}

TEST_CASE("A failed deployment of which everything runs is judged by its checks now") {
  nomad::Allocation runs = OfVersion(3, AllocationOf("running"));
  runs.id = "a1";
  runs.healthy = false;
  runs.tasks = {nomad::TaskState{"t", "running", false, 0, {}}};
  Row row{"", "", MakeJob("service", "running"), {runs}, Deployed("failed")};
  const nomad::CheckResult good{"http", "", "success", ""};
  const nomad::CheckResult bad{"http", "", "failure", "connection refused"};
  CHECK(Judge(row).state == JobState::kFailed);  // nobody asked
  CHECK(Judge(row, {{"a1", {good}}}).state == JobState::kRunning);
  CHECK(Judge(row, {{"a1", {good, bad}}}).state == JobState::kFailed);
  CHECK(Judge(row, {{"a1", {{"http", "", "pending", ""}}}}).state == JobState::kFailed);
  SECTION("without checks a task that never had to start again is well") {
    CHECK(Judge(row, {{"a1", {}}}).state == JobState::kRunning);
    row.allocations[0].tasks[0].restarts = 2;
    CHECK(Judge(row, {{"a1", {}}}).state == JobState::kFailed);
  }
  SECTION("Consul's checks cannot be asked") {
    row.job.groups[0].has_foreign_checks = true;
    CHECK(Judge(row, {{"a1", {}}}).state == JobState::kFailed);
    row.allocations[0].healthy = true;
    CHECK(Judge(row, {{"a1", {}}}).state == JobState::kRunning);
  }
}

TEST_CASE("Every combination: what must hold whatever Nomad says") {
  int seen = 0;
  for (const char* type : {"service", "batch", "system", "sysbatch"}) {
    for (const char* status : {"pending", "running", "dead"}) {
      for (const bool stop : {false, true}) {
        for (const bool differs : {false, true}) {
          for (const int count : {0, 1}) {
            for (const char* client :
                 {"pending", "running", "complete", "failed", "lost", "unknown"}) {
              for (const char* deployed : {"running", "successful", "failed", "cancelled"}) {
                Row row{"",
                        "",
                        MakeJob(type, status, count),
                        {OfVersion(3, AllocationOf(client))},
                        Deployed(deployed)};
                row.job.stop = stop;
                row.plan = differs ? PlanOf("Edited", kEdited) : PlanOf("None");
                const Verdict verdict = Judge(row);
                INFO(type << ' ' << status << ' ' << client << ' ' << deployed);
                CHECK((verdict.state == JobState::kStopped) == stop);
                CHECK((verdict.state == JobState::kDiffers) == (differs && !stop));
                CHECK((verdict.failure != Failure::kNone) == (verdict.state == JobState::kFailed));
                const std::string_view client_status = client;
                if (verdict.state == JobState::kFinished) CHECK(client_status == "complete");
                if (verdict.state == JobState::kRunning && count != 0 &&
                    row.job.type == "service") {
                  CHECK(client_status == "running");
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
      AllocationOf("pending"), AllocationOf("running"), AllocationOf("complete"),
      AllocationOf("failed"),  AllocationOf("lost"),    AllocationOf("unknown")};
  std::vector<std::string> live;
  for (const nomad::Allocation* allocation : LiveAllocations(allocations)) {
    live.push_back(allocation->client_status);
  }
  CHECK(live == std::vector<std::string>{"pending", "running", "unknown"});
}

TEST_CASE("Healthy as found") {
  nomad::Job job = MakeJob("service", "running", 2);
  std::vector<nomad::Allocation> allocations = {AllocationOf("running", 1, "web.g[0]")};
  nomad::Deployment deployment;
  deployment.job_version = job.version;
  deployment.status = "successful";

  SECTION("one of two runs") { CHECK_FALSE(LooksHealthy(job, allocations, &deployment)); }
  SECTION("both run") {
    allocations.push_back(AllocationOf("running", 2, "web.g[1]"));
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
    allocations = {AllocationOf("failed", 1, "web.g[0]"),
                   AllocationOf("running", 5, "web.g[0]", "n2"),
                   AllocationOf("running", 2, "web.g[1]")};
    CHECK(LooksHealthy(job, allocations, &deployment));
  }
  SECTION("a batch job is well when complete") {
    job = MakeJob("batch", "dead");
    CHECK(LooksHealthy(job, {AllocationOf("complete")}, nullptr));
    CHECK_FALSE(LooksHealthy(job, {AllocationOf("failed")}, nullptr));
    CHECK_FALSE(LooksHealthy(job, {}, nullptr));
  }
  SECTION("a system job is well where it was placed") {
    job = MakeJob("system", "running");
    CHECK(LooksHealthy(job, {}, nullptr));
    CHECK_FALSE(LooksHealthy(job, {AllocationOf("pending")}, nullptr));
  }
  SECTION("a periodic job runs later") {
    CHECK(LooksHealthy(Periodic(MakeJob("batch", "running")), {}, nullptr));
  }
}

namespace {

GroupHealth HealthOfGroup(const nomad::Job& job, const std::vector<nomad::Allocation>& allocations,
                          const nomad::Deployment* deployment = nullptr) {
  StateEvidence evidence;
  evidence.job = &job;
  evidence.allocations = &allocations;
  evidence.deployment = deployment;
  const std::vector<GroupHealth> groups = HealthOf(evidence);
  REQUIRE(groups.size() == 1);
  return groups.front();
}

nomad::Allocation Judged(bool healthy, nomad::Allocation allocation) {
  allocation.healthy = healthy;
  return allocation;
}

std::string Numbers(const GroupHealth& group) {
  return std::to_string(group.running) + " " + std::to_string(group.healthy) + " " +
         std::to_string(group.wanted);
}

}  // namespace

TEST_CASE("How many allocations run, are healthy and wanted") {
  const nomad::Job two = MakeJob("service", "running", 2);
  const nomad::Allocation first = OfVersion(3, AllocationOf("running"));
  const nomad::Allocation second = OfVersion(3, AllocationOf("running", 2, "web.g[1]"));
  CHECK(Numbers(HealthOfGroup(two, {})) == "0 0 2");
  CHECK(Numbers(HealthOfGroup(two, {first, second})) == "2 2 2");
  CHECK(Numbers(HealthOfGroup(two, {first, Judged(false, second)})) == "2 1 2");
  CHECK(Numbers(HealthOfGroup(two, {first, ToStop(second)})) == "1 1 2");
  // Only the newest of a place counts, and what failed does not.
  CHECK(Numbers(HealthOfGroup(two, {first, AllocationOf("failed", 9)})) == "0 0 2");
  // While it is deployed, what nobody has called healthy yet is not; what is older is.
  const nomad::Deployment active = Deployed("running");
  CHECK(Numbers(HealthOfGroup(two, {first, Judged(true, second)}, &active)) == "2 1 2");
  CHECK(Numbers(HealthOfGroup(two, {OfVersion(2, first), second}, &active)) == "2 1 2");
  const nomad::Deployment done = Deployed("successful");
  CHECK(Numbers(HealthOfGroup(two, {first, second}, &done)) == "2 2 2");
  // As many as there are nodes for.
  const nomad::Job system = MakeJob("system", "running");
  CHECK(Numbers(HealthOfGroup(system, {first, AllocationOf("running", 2, "web.g[0]", "n2")})) ==
        "2 2 2");
  CHECK(Numbers(HealthOfGroup(system, {})) == "0 0 0");
  // Complete is what a batch job should be.
  CHECK(Numbers(HealthOfGroup(MakeJob("batch", "dead"), {AllocationOf("complete")})) == "0 1 1");
  for (const nomad::Job& none : {Stopped(two), Periodic(two)}) {
    StateEvidence evidence;
    evidence.job = &none;
    CHECK(HealthOf(evidence).empty());
  }
}

}  // namespace nmgr::rollout
