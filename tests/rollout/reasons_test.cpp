#include "nmgr/rollout/reasons.h"

#include <catch2/catch.hpp>

#include "nmgr/rollout/standing.h"
#include "nmgr/rollout/trouble.h"

namespace nmgr::rollout {
namespace {

using Lines = std::vector<std::string>;

nomad::Allocation Failed() {
  nomad::Allocation allocation;
  allocation.id = "52d6eff2-b163-2680-f39f-cfab1b3b9731";
  allocation.node_name = "vm";
  allocation.client_status = "failed";
  nomad::TaskState server{"server", "dead", true, 2, {}};
  server.events = {
      {"Received", "Task received by client", 1, std::nullopt, false},
      {"Task Setup", "Building Task Directory", 2, std::nullopt, false},
      {"Started", "Task started by client", 3, std::nullopt, false},
      {"Terminated", "Exit Code: 1", 4, 1, false},
      {"Restarting", "Task restarting in 15s", 5, std::nullopt, false},
      {"Terminated", "Exit Code: 1", 6, 1, false},
      {"Not Restarting", "Exceeded allowed attempts 2\nin interval 30m0s", 7, std::nullopt, true},
  };
  allocation.tasks = {server, nomad::TaskState{"sidecar", "dead", false, 0, {}}};
  return allocation;
}

}  // namespace

TEST_CASE("Of a job that has failed nothing is quoted that an older version did") {
  JobFacts facts;
  facts.ref.id = "web";
  facts.name = "web";
  facts.live.emplace();
  facts.live->type = "service";
  facts.live->version = 3;
  facts.live->groups = {{"main", 1}};
  nomad::Allocation row = Failed();
  row.name = "web.main[0]";
  row.group = "main";
  row.desired_status = "run";
  row.job_version = 2;
  facts.evidence.allocations = {row};
  facts.evidence.asked_singly = true;
  REQUIRE(facts.JudgeLive().state == JobState::kFailed);
  CHECK(TroubleDetails(facts, facts.JudgeLive()).empty());
  CHECK(StandingOf(facts).troubles == Lines{"group main runs 0 of 1"});
  facts.evidence.allocations.front().job_version = 3;
  CHECK(TroubleDetails(facts, facts.JudgeLive()).size() == 1);
  CHECK(StandingOf(facts).troubles.front() == "task server exits with 1, 3 times");
}

TEST_CASE("A failed task is described by its last events that say something") {
  const nomad::Allocation failed = Failed();
  CHECK(
      DescribeFailures({&failed}) ==
      Lines{"task server failed (allocation 52d6eff2 on vm, 2 restarts): Terminated: Exit Code: 1; "
            "Not Restarting: Exceeded allowed attempts 2 in interval 30m0s"});
}

TEST_CASE("An unhealthy allocation without a failed task") {
  nomad::Allocation slow;
  slow.id = "aaaaaaaa-1";
  slow.client_status = "running";
  slow.healthy = false;
  nomad::TaskState task{"web", "running", false, 0, {}};
  task.events = {
      {"Alloc Unhealthy", "Task not running for min_healthy_time of 10s", 1, std::nullopt, false}};
  slow.tasks = {task};
  CHECK(DescribeFailures({&slow}) ==
        Lines{"allocation aaaaaaaa is unhealthy, task web: Alloc Unhealthy: "
              "Task not running for min_healthy_time of 10s"});
  slow.tasks.clear();
  slow.client_status = "failed";
  slow.client_description = "Failed to create network";
  CHECK(DescribeFailures({&slow}) == Lines{"allocation aaaaaaaa failed: Failed to create network"});
}

TEST_CASE("Healthy allocations are no failures, and many failures are counted") {
  nomad::Allocation well;
  well.client_status = "running";
  well.healthy = true;
  CHECK(DescribeFailures({&well}).empty());
  const nomad::Allocation failed = Failed();
  const std::vector<const nomad::Allocation*> many(9, &failed);
  CHECK(DescribeFailures(many, 3).size() == 4);
  CHECK(DescribeFailures(many, 3).back() == "and 6 more");
}

TEST_CASE("Why nothing can be placed") {
  nomad::FailedPlacement placement;
  placement.group = "app";
  placement.unplaced = 2;
  placement.nodes_evaluated = 3;
  placement.constraint_filtered = {{"missing drivers", 1}};
  placement.dimension_exhausted = {{"memory", 2}};
  CHECK(DescribePlacement(placement) ==
        "group app: 2 allocations cannot be placed: 3 nodes looked at, constraint \"missing "
        "drivers\" rules "
        "out 1, memory exhausted on 2");
  nomad::FailedPlacement empty;
  empty.group = "app";
  CHECK(
      DescribePlacement(empty) ==
      "group app: 1 allocation cannot be placed: no node is eligible in its pool and datacenters");
}

TEST_CASE("What a plan announces makes no difference") {
  nomad::JobPlan plan;
  plan.diff_type = "Edited";
  plan.updates["a"] = {{"DestructiveUpdate", 1}, {"Ignore", 4}, {"Place", 0}};
  plan.updates["b"] = {{"DestructiveUpdate", 1}, {"InPlaceUpdate", 1}, {"Canary", 2}};
  CHECK(PlanDiffers(plan));
  plan.diff_type = "None";
  plan.updates["a"]["Place"] = 1;
  plan.next_periodic_launch = "2026-11-21T05:00:00Z";
  CHECK_FALSE(PlanDiffers(plan));
}

TEST_CASE("A task that was taken down has done nothing, and what runs again explains less") {
  const auto event = [](const char* type, const char* message,
                        std::optional<int> exit = std::nullopt) {
    return nomad::TaskEvent{type, message, 1, exit, false};
  };
  nomad::Allocation healthy;
  healthy.id = "aaaaaaaa-1";
  healthy.group = "a";
  healthy.client_status = "running";
  nomad::TaskState ta{"ta", "running", false, 3, {}};
  for (int i = 0; i < 3; ++i) {
    ta.events.push_back(event("Restart Signaled", "User requested task to restart"));
    ta.events.push_back(event("Terminated", "Exit Code: 130, Signal: 2", 130));
    ta.events.push_back(event("Restarting", "Task restarting in 0s"));
    ta.events.push_back(event("Started", "Task started by client"));
  }
  healthy.tasks = {ta};
  CHECK_FALSE(WorstCrash({&healthy}));

  nomad::Allocation failed;
  failed.id = "bbbbbbbb-1";
  failed.group = "b";
  failed.client_status = "failed";
  nomad::TaskState tb{"tb", "dead", true, 0, {}};
  tb.events = {event("Started", ""), event("Terminated", "Exit Code: 3", 3),
               event("Not Restarting", "Policy allows no restarts")};
  nomad::TaskState beside{"aside", "dead", true, 0, {}};
  beside.events = {event("Started", ""),
                   event("Sibling Task Failed", "Task's sibling \"tb\" failed"),
                   event("Killing", "Sent interrupt"), event("Terminated", "Exit Code: 137", 137)};
  failed.tasks = {beside, tb};
  CHECK(DescribeCrash(*WorstCrash({&healthy, &failed})) == "task tb exits with 3");

  // By a check it is the task's own fault.
  nomad::Allocation checked = healthy;
  checked.tasks[0].restarts = 1;
  checked.tasks[0].events = {event("Restart Signaled", "healthcheck: check \"alive\" unhealthy"),
                             event("Killing", ""), event("Terminated", "Exit Code: 143", 143),
                             event("Restarting", ""), event("Started", "")};
  CHECK(DescribeCrash(*WorstCrash({&checked})) == "task ta exits with 143");

  // What crashed long ago and runs since is not why another one is down.
  nomad::Allocation past = healthy;
  past.tasks[0].events = {event("Terminated", "Exit Code: 1", 1), event("Restarting", ""),
                          event("Started", "")};
  CHECK(DescribeCrash(*WorstCrash({&past})) == "task ta exits with 1, 3 times");
  CHECK(DescribeCrash(*WorstCrash({&past, &failed})) == "task tb exits with 3");
}

TEST_CASE("The worst task of each group, and of all") {
  nomad::Allocation web = Failed();
  web.group = "web";
  nomad::Allocation db = Failed();
  db.id = "aaaaaaaa-1";
  db.group = "db";
  db.tasks.pop_back();
  db.tasks[0].restarts = 7;
  const std::vector<Crash> crashes = CrashesByGroup({&web, &db});
  REQUIRE(crashes.size() == 2);
  CHECK(crashes[0].group == "db");
  CHECK(crashes[1].group == "web");
  CHECK(WorstCrash({&web, &db})->group == "db");
  CHECK(MoreCommand(crashes[0], "prod/web") == "nmgr logs job:prod/web --alloc aaaaaaaa --stderr");
  CHECK(MoreCommand(crashes[1], "web") == "nmgr logs web --alloc 52d6eff2 --task server --stderr");
}

TEST_CASE("Pending allocations say what they wait for") {
  nomad::Allocation pending;
  pending.id = "bbbbbbbb-2";
  pending.node_name = "vm";
  pending.client_status = "pending";
  nomad::TaskState task{"web", "pending", false, 0, {}};
  task.events = {{"Driver", "Downloading image", 1, std::nullopt, false}};
  pending.tasks = {task};
  CHECK(DescribePending({&pending}) ==
        Lines{"allocation bbbbbbbb on vm is pending, task web: Driver: Downloading image"});
}

}  // namespace nmgr::rollout
