// Edges between jobs: what they make of a plan, and how its steps are handed out.
#include <catch2/catch.hpp>
#include <thread>

#include "nmgr/rollout/plan.h"
#include "rollout/schedule.h"

namespace nmgr::rollout {
namespace {

// Jobs that are not registered; `error`: nobody can tell.
std::vector<JobFacts> AbsentJobs(const std::vector<std::string>& names) {
  std::vector<JobFacts> jobs;
  for (const std::string& name : names) {
    JobFacts facts;
    facts.ref.id = facts.name = name;
    facts.spec.emplace();
    facts.plan.emplace();
    facts.plan->diff_type = "Added";
    jobs.push_back(std::move(facts));
  }
  return jobs;
}

order::Edge After(std::size_t job, std::size_t after, bool configured = false) {
  return {job, after, configured, {{"service x", {}}}};
}

std::vector<std::string> OrderOf(const Plan& plan, const std::vector<JobFacts>& facts) {
  std::vector<std::string> names;
  for (const Wave& wave : plan.waves) {
    for (const std::size_t i : wave.steps) names.push_back(facts[i].name);
  }
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("up and reconcile go along the edges, down against them, restart minds none") {
  std::vector<JobFacts> facts = AbsentJobs({"a", "b", "c", "d"});
  const std::vector<order::Edge> edges = {After(0, 2), After(2, 3, true)};
  const Plan up = MakePlan({Verb::kUp}, facts, edges);
  CHECK(OrderOf(up, facts) == Names{"b", "d", "c", "a"});
  REQUIRE(up.steps[0].after.size() == 1);
  CHECK(up.steps[0].after[0].step == 2);
  CHECK_FALSE(up.steps[0].after[0].configured);
  CHECK(up.steps[2].after[0].configured);
  for (JobFacts& job : facts) {
    job.live.emplace();
    job.live->ref.id = job.name;
  }
  CHECK(OrderOf(MakePlan({Verb::kDown}, facts, edges), facts) == Names{"a", "b", "c", "d"});
  CHECK(MakePlan({Verb::kDown}, facts, edges).steps[3].after[0].step == 2);
  CHECK(MakePlan({Verb::kDown}, facts, edges).steps[0].after.empty());
  for (const Step& step : MakePlan({Verb::kRestart}, facts, edges).steps) CHECK(step.after.empty());
}

TEST_CASE("an edge leads through jobs with which nothing happens, and ends at one in trouble") {
  std::vector<JobFacts> facts = AbsentJobs({"a", "mid", "z"});
  facts[1].live.emplace();  // runs, and its plan is without a difference
  facts[1].plan->diff_type = "None";
  const Plan through = MakePlan({Verb::kUp}, facts, {After(0, 1, true), After(1, 2, true)});
  REQUIRE(through.steps[1].move == Move::kNothing);
  REQUIRE(through.steps[0].after.size() == 1);
  CHECK(through.steps[0].after[0].step == 2);
  CHECK(through.steps[0].after[0].configured);
  const Plan half = MakePlan({Verb::kUp}, facts, {After(0, 1), After(1, 2, true)});
  CHECK_FALSE(half.steps[0].after.at(0).configured);
  facts[1].error = Error{ErrorCode::kRejected, "no"};
  const Plan broken = MakePlan({Verb::kUp}, facts, {After(0, 1, true), After(1, 2, true)});
  CHECK(broken.steps[0].after.at(0).step == 1);
}

TEST_CASE("infra jobs keep their place whatever the edges say") {
  std::vector<JobFacts> facts = AbsentJobs({"proxy", "a"});
  facts[0].infra = true;
  const Plan plan = MakePlan({Verb::kUp}, facts, {After(0, 1)});
  CHECK(OrderOf(plan, facts) == Names{"proxy", "a"});
  CHECK(plan.steps[0].after.empty());
}

TEST_CASE("a step is handed out when all before it have ended, the others at the same time") {
  const std::vector<JobFacts> facts = AbsentJobs({"a", "b", "c"});
  const Plan plan = MakePlan({Verb::kUp}, facts, {After(0, 2)});
  Schedule schedule({0, 1, 2}, plan);
  CHECK(schedule.Take() == 1U);
  CHECK(schedule.Take() == 2U);
  std::optional<std::size_t> third;
  std::thread waits([&] { third = schedule.Take(); });
  schedule.Ended(1);
  schedule.Ended(2);
  waits.join();
  CHECK(third == 0U);
  CHECK(schedule.Take() == std::nullopt);
}

}  // namespace nmgr::rollout
