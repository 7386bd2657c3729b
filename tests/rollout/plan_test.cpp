#include "nmgr/rollout/plan.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "rollout/bench_of_jobs.h"

namespace nmgr::rollout {
namespace {

using testing::Down;

// How a job stands, in one word; FactsOf makes the facts that GatherFacts would give for it.
enum class Is {
  kAbsent,
  kStopped,
  kStoppedRunning,
  kUnchanged,
  kUnderWay,
  kBlocked,
  kNeedsPromotion,
  kShort,
  kNothingRuns,
  kPartly,
  kHopeless,
  kChanged,
  kNewImage,
  kNewImageNoDifference,
  kDeadBatch,
  kSysbatch,
  kFinished,
  kBroken,
  kFaulty,
  kDuplicate,
  kUnanswered,
};
constexpr Is kAll[] = {Is::kAbsent,         Is::kStopped,   Is::kStoppedRunning,
                       Is::kUnchanged,      Is::kUnderWay,  Is::kBlocked,
                       Is::kNeedsPromotion, Is::kShort,     Is::kNothingRuns,
                       Is::kPartly,         Is::kHopeless,  Is::kSysbatch,
                       Is::kChanged,        Is::kNewImage,  Is::kNewImageNoDifference,
                       Is::kDeadBatch,      Is::kFinished,  Is::kBroken,
                       Is::kFaulty,         Is::kDuplicate, Is::kUnanswered};

nomad::Allocation MakeAllocation(std::string status) {
  nomad::Allocation allocation;
  allocation.id = "0123456789";
  allocation.name = "x.g[0]";
  allocation.group = "g";
  allocation.client_status = std::move(status);
  allocation.desired_status = "run";
  return allocation;
}

nomad::JobPlan MakePlanOf(std::string type) {
  nomad::JobPlan plan;
  plan.diff_type = std::move(type);
  plan.job_modify_index = 7;
  if (plan.diff_type == "Edited") plan.updates["g"]["DestructiveUpdate"] = 1;
  return plan;
}

JobFacts FactsOf(std::string id, Is is, bool infra = false) {
  JobFacts facts;
  facts.ref.id = std::move(id);
  facts.name = facts.ref.id;
  facts.path = facts.ref.id + ".hcl";
  facts.infra = infra;
  facts.spec = jobspec::JobSpec{};
  facts.spec->images = {{"g", "t", "x:1"}};
  nomad::Job live;
  live.ref = facts.ref;
  live.type = "service";
  live.status = "running";
  live.groups = {nomad::TaskGroup{"g", 1}};
  live.tasks = {{"g", "t", "x:1", ""}};
  facts.plan = MakePlanOf("None");
  facts.evidence.allocations = {MakeAllocation("running")};
  switch (is) {
    case Is::kAbsent:
      facts.plan = MakePlanOf("Added");
      return facts;
    case Is::kStopped:
      live.stop = true;
      facts.plan = MakePlanOf("Edited");
      facts.evidence.allocations.clear();
      break;
    case Is::kStoppedRunning:
      live.stop = true;
      facts.plan = MakePlanOf("Edited");
      break;
    case Is::kUnchanged:
      break;
    case Is::kUnderWay:
      facts.evidence.allocations = {MakeAllocation("pending")};
      break;
    case Is::kBlocked:
      facts.evidence.allocations.clear();
      facts.evidence.evaluations.emplace_back();
      facts.evidence.evaluations[0].status = "blocked";
      facts.evidence.evaluations[0].failed_placements.emplace_back();
      break;
    case Is::kNeedsPromotion: {
      facts.evidence.deployment = nomad::Deployment{};
      facts.evidence.deployment->id = "abcdef0123";
      facts.evidence.deployment->status = "running";
      nomad::DeploymentGroup group;
      group.desired_canaries = group.healthy = 1;
      facts.evidence.deployment->groups = {group};
      break;
    }
    case Is::kShort:
      facts.evidence.allocations = {MakeAllocation("failed")};
      break;
    case Is::kHopeless:
      facts.evidence.allocations = {MakeAllocation("failed")};
      live.groups[0].reschedules = false;
      break;
    case Is::kNothingRuns:
    case Is::kPartly:
      facts.evidence.deployment = nomad::Deployment{};
      facts.evidence.deployment->status = "failed";
      facts.evidence.allocations = {MakeAllocation("failed")};
      if (is == Is::kNothingRuns) break;
      live.groups.push_back({"web", 1});
      facts.evidence.allocations.push_back(MakeAllocation("running"));
      facts.evidence.allocations[1].group = "web";
      facts.evidence.allocations[1].name = "x.web[0]";
      break;
    case Is::kChanged:
      facts.plan = MakePlanOf("Edited");
      break;
    case Is::kNewImage:
      live.tasks[0].image = "x:0";
      facts.plan = MakePlanOf("Edited");
      break;
    case Is::kNewImageNoDifference:
      live.tasks[0].image = "x:0";
      break;
    case Is::kDeadBatch:
    case Is::kSysbatch:
      live.type = is == Is::kSysbatch ? "sysbatch" : "batch";
      live.status = "dead";
      facts.evidence.allocations = {MakeAllocation("failed")};
      break;
    case Is::kFinished:
      live.type = "batch";
      live.status = "dead";
      facts.evidence.allocations = {MakeAllocation("complete")};
      break;
    case Is::kBroken:
      facts.spec.reset();
      facts.plan.reset();
      return facts;
    case Is::kFaulty:
      facts.spec.reset();
      facts.plan.reset();
      facts.faulty = true;
      return facts;
    case Is::kDuplicate:
      facts.duplicates = {"other.hcl"};
      break;
    case Is::kUnanswered:
      facts.error = Error{ErrorCode::kRejected, "GET /v1/job/x: 500 no path to region"};
      facts.plan.reset();
      return facts;
  }
  facts.live = live;
  return facts;
}

Step StepOf(Intent intent, Is is, bool infra = false) {
  return MakePlan(intent, {FactsOf("x", is, infra)}).steps.at(0);
}

Intent Up() { return {Verb::kUp}; }
Intent Reconcile(bool any_change = false, bool include_infra = false) {
  Intent intent{Verb::kReconcile};
  intent.any_change = any_change;
  intent.include_infra = include_infra;
  return intent;
}

std::vector<std::vector<std::string>> Order(const Plan& plan, const std::vector<JobFacts>& facts) {
  std::vector<std::vector<std::string>> order;
  for (const Wave& wave : plan.waves) {
    order.emplace_back();
    for (const std::size_t i : wave.steps) order.back().push_back(facts[i].ref.id);
  }
  return order;
}

}  // namespace

TEST_CASE("What up, down and reconcile do in each state") {
  struct Row {
    const char* what;
    Is is;
    Move up, down, purge, reconcile, any_change;
  };
  using M = Move;
  const Row rows[] = {
      {"absent", Is::kAbsent, M::kRegister, M::kNothing, M::kNothing, M::kNothing, M::kNothing},
      {"stopped", Is::kStopped, M::kRegister, M::kNothing, M::kPurge, M::kNothing, M::kNothing},
      {"stopped, tasks still run", Is::kStoppedRunning, M::kRegister, M::kAwaitGone, M::kPurge,
       M::kNothing, M::kNothing},
      {"unchanged", Is::kUnchanged, M::kNothing, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"changed", Is::kChanged, M::kRegister, M::kStop, M::kStop, M::kNothing, M::kRegister},
      {"new image", Is::kNewImage, M::kRegister, M::kStop, M::kStop, M::kRegister, M::kRegister},
      {"plan says no", Is::kNewImageNoDifference, M::kNothing, M::kStop, M::kStop, M::kNothing,
       M::kNothing},
      {"under way", Is::kUnderWay, M::kAwaitHealthy, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"blocked", Is::kBlocked, M::kAwaitHealthy, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"needs promotion", Is::kNeedsPromotion, M::kFail, M::kStop, M::kStop, M::kNothing,
       M::kNothing},
      {"a group is short", Is::kShort, M::kEvaluate, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"no attempt is left", Is::kHopeless, M::kFail, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"deployment failed, nothing runs", Is::kNothingRuns, M::kRestart, M::kStop, M::kStop,
       M::kNothing, M::kNothing},
      {"deployment failed, something runs", Is::kPartly, M::kFail, M::kStop, M::kStop, M::kNothing,
       M::kNothing},
      {"dead batch", Is::kDeadBatch, M::kFail, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"dead sysbatch", Is::kSysbatch, M::kFail, M::kStop, M::kStop, M::kNothing, M::kNothing},
      {"finished", Is::kFinished, M::kNothing, M::kNothing, M::kPurge, M::kNothing, M::kNothing},
      {"does not evaluate", Is::kBroken, M::kBroken, M::kNothing, M::kNothing, M::kBroken,
       M::kBroken},
      {"does not parse", Is::kFaulty, M::kBroken, M::kBroken, M::kBroken, M::kBroken, M::kBroken},
      {"two specs", Is::kDuplicate, M::kBroken, M::kStop, M::kStop, M::kBroken, M::kBroken},
      {"no answer", Is::kUnanswered, M::kFail, M::kFail, M::kFail, M::kFail, M::kFail},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(StepOf(Up(), row.is).move == row.up);
    CHECK(StepOf(Down(), row.is).move == row.down);
    CHECK(StepOf(Down(true), row.is).move == row.purge);
    CHECK(StepOf(Reconcile(), row.is).move == row.reconcile);
    CHECK(StepOf(Reconcile(true), row.is).move == row.any_change);
  }
}

TEST_CASE("Every step says why") {
  for (const Is is : kAll) {
    for (const Intent& intent : {Up(), Down(), Down(true), Reconcile(), Reconcile(true)}) {
      CHECK_FALSE(StepOf(intent, is).reason.empty());
    }
  }
  CHECK(StepOf(Up(), Is::kNewImage).reason == "image of t: x:0 -> x:1");
  CHECK(StepOf(Up(), Is::kChanged).reason == "differs");
  CHECK(StepOf(Up(), Is::kAbsent).reason == "new");
  CHECK(StepOf(Up(), Is::kDuplicate).reason == "several specs define it: x.hcl, other.hcl");
  CHECK(StepOf(Up(), Is::kUnanswered).reason == "GET /v1/job/x: 500 no path to region");
  CHECK(StepOf(Up(), Is::kShort).reason == "failed: group g runs 0 of 1");
  CHECK(StepOf(Up(), Is::kShort).details == std::vector<std::string>{"allocation 01234567 failed"});
  CHECK(StepOf(Up(), Is::kPartly).reason == "failed: its deployment failed, group g runs 0 of 1");
  CHECK(StepOf(Up(), Is::kPartly).hint ==
        "nmgr down -p x && nmgr up x starts it anew, and stops what runs: group web");
  CHECK(StepOf(Up(), Is::kDeadBatch).hint == "nmgr up --again x runs it once more");
}

TEST_CASE("What up does only when it is told to") {
  Intent again = Up();
  again.again = true;
  CHECK(StepOf(again, Is::kDeadBatch).move == Move::kRestart);
  CHECK(StepOf(again, Is::kFinished).move == Move::kRestart);
  CHECK(StepOf(again, Is::kSysbatch).move == Move::kFail);
  CHECK(StepOf(again, Is::kUnchanged).move == Move::kNothing);
  Intent promote = Up();
  promote.promote = true;
  CHECK(StepOf(promote, Is::kNeedsPromotion).move == Move::kPromote);
  CHECK(StepOf(promote, Is::kUnderWay).move == Move::kAwaitHealthy);
}

TEST_CASE("With --detach nothing is waited for, and what is blocked is still a failure") {
  Intent detached = Up();
  detached.detach = true;
  CHECK(StepOf(detached, Is::kUnderWay).move == Move::kNothing);
  CHECK(StepOf(detached, Is::kBlocked).move == Move::kFail);
  CHECK(StepOf(detached, Is::kUnderWay, true).move == Move::kAwaitHealthy);
}

TEST_CASE("Reconcile names what is in trouble, and counts it as what it is") {
  for (const Is is : {Is::kUnderWay, Is::kBlocked, Is::kNeedsPromotion, Is::kShort, Is::kPartly,
                      Is::kNothingRuns, Is::kDeadBatch}) {
    for (const bool any_change : {false, true}) {
      const Step step = StepOf(Reconcile(any_change), is);
      CHECK_FALSE(step.notice.empty());
      CHECK(step.reason == JobStateName(FactsOf("x", is).State()));
    }
  }
  CHECK(StepOf(Reconcile(), Is::kFinished).notice.empty());
  CHECK(StepOf(Reconcile(), Is::kUnchanged).notice.empty());
}

TEST_CASE("Reconcile names infra jobs and leaves them, unless told otherwise") {
  const Step skipped = StepOf(Reconcile(), Is::kNewImage, true);
  CHECK(skipped.move == Move::kSkip);
  CHECK(skipped.reason == "image of t: x:0 -> x:1");
  CHECK(skipped.hint == "--include-infra takes infra jobs too");
  CHECK(StepOf(Reconcile(true), Is::kChanged, true).move == Move::kSkip);
  CHECK(StepOf(Reconcile(false, true), Is::kNewImage, true).move == Move::kRegister);
  CHECK(StepOf(Reconcile(true, true), Is::kChanged, true).move == Move::kRegister);
  CHECK(StepOf(Reconcile(), Is::kUnchanged, true).move == Move::kNothing);
  // Skipped before anybody asked for a plan.
  JobFacts unplanned = FactsOf("x", Is::kNewImage, true);
  unplanned.plan.reset();
  CHECK(MakePlan(Reconcile(), {unplanned}).steps.at(0).move == Move::kSkip);
  CHECK(MakePlan(Reconcile(), {unplanned}).HasChanges());
}

TEST_CASE("A stopped parent whose children run is not down yet") {
  JobFacts facts = FactsOf("x", Is::kStopped);
  facts.live->periodic = true;
  facts.children.emplace_back();
  CHECK(MakePlan(Down(), {facts}).steps.at(0).move == Move::kStop);
  CHECK(MakePlan(Down(), {facts}).steps.at(0).reason == "stopped, but 1 running child");
}

TEST_CASE(
    "Infra jobs go one by one, before the others on the way up and after them on the way down") {
  const std::vector<JobFacts> facts = {
      FactsOf("garage", Is::kNewImage, true), FactsOf("keydb", Is::kUnchanged, true),
      FactsOf("caddy", Is::kNewImage, true),  FactsOf("a", Is::kNewImage),
      FactsOf("b", Is::kUnchanged),           FactsOf("c", Is::kNewImage),
  };
  const Plan up = MakePlan(Up(), facts);
  CHECK(Order(up, facts) ==
        std::vector<std::vector<std::string>>{{"garage"}, {"caddy"}, {"a", "c"}});
  CHECK(up.waves[0].barrier);
  CHECK_FALSE(up.waves[2].barrier);
  const Plan down = MakePlan(Down(), facts);
  CHECK(Order(down, facts) ==
        std::vector<std::vector<std::string>>{{"a", "b", "c"}, {"caddy"}, {"keydb"}, {"garage"}});
  const Plan reconcile = MakePlan(Reconcile(), facts);
  CHECK(Order(reconcile, facts) == std::vector<std::vector<std::string>>{{"a", "c"}});
  CHECK(MakePlan(Up(), {FactsOf("b", Is::kUnchanged)}).waves.empty());
  CHECK_FALSE(MakePlan(Up(), {FactsOf("b", Is::kUnchanged)}).HasChanges());
}

TEST_CASE("A failed infra job has a wave of its own, so that what follows can be held back") {
  const std::vector<JobFacts> facts = {FactsOf("garage", Is::kPartly, true),
                                       FactsOf("caddy", Is::kBroken, true),
                                       FactsOf("a", Is::kAbsent), FactsOf("b", Is::kPartly)};
  const Plan plan = MakePlan(Up(), facts);
  CHECK(Order(plan, facts) == std::vector<std::vector<std::string>>{{"garage"}, {"a"}});
}

TEST_CASE("Random selections: the order and the reach of a plan") {
  std::mt19937 random(20261121);
  const auto pick = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<JobFacts> facts;
    const std::size_t infra = pick(4);
    const std::size_t total = infra + pick(8);
    for (std::size_t i = 0; i < total; ++i) {
      facts.push_back(FactsOf("j" + std::to_string(i), kAll[pick(std::size(kAll))], i < infra));
    }
    Intent intent{static_cast<Verb>(pick(3))};
    intent.purge = pick(2) == 0;
    intent.any_change = pick(2) == 0;
    intent.include_infra = pick(2) == 0;
    const Plan plan = MakePlan(intent, facts);
    REQUIRE(plan.steps.size() == total);

    std::vector<std::size_t> order;
    std::vector<int> seen(total, 0);
    for (const Wave& wave : plan.waves) {
      REQUIRE_FALSE(wave.steps.empty());
      CHECK(wave.barrier == facts[wave.steps[0]].infra);
      if (wave.barrier) CHECK(wave.steps.size() == 1);
      for (const std::size_t i : wave.steps) {
        ++seen[i];
        order.push_back(i);
      }
    }
    for (std::size_t i = 0; i < total; ++i) {
      const Move move = plan.steps[i].move;
      if (IsWrite(move) || IsAwait(move)) CHECK(seen[i] == 1);
      if (move == Move::kNothing || move == Move::kSkip || move == Move::kBroken)
        CHECK(seen[i] == 0);
      if (facts[i].faulty || facts[i].error) CHECK_FALSE(IsWrite(move));
    }
    // Infra positions grow on the way up and fall on the way down; services stand on the other
    // side.
    for (std::size_t k = 1; k < order.size(); ++k) {
      const bool down = intent.verb == Verb::kDown;
      const bool before = facts[order[k - 1]].infra;
      const bool now = facts[order[k]].infra;
      if (before && now) CHECK((order[k - 1] < order[k]) == !down);
      if (before != now) CHECK(before == !down);
      if (!before && !now) CHECK(order[k - 1] < order[k]);
    }
  }
}

TEST_CASE("Plans are the same when they would do the same") {
  nomad::JobPlan a = MakePlanOf("Edited");
  nomad::JobPlan b = a;
  CHECK(SamePlan(a, b));
  b.job_modify_index = 99;
  CHECK(SamePlan(a, b));
  a.diff = std::make_shared<const nlohmann::json>(nlohmann::json{{"Type", "Edited"}, {"New", "x"}});
  CHECK_FALSE(SamePlan(a, b));
  b.diff = std::make_shared<const nlohmann::json>(nlohmann::json{{"Type", "Edited"}, {"New", "x"}});
  CHECK(SamePlan(a, b));
  b.diff = std::make_shared<const nlohmann::json>(nlohmann::json{{"Type", "Edited"}, {"New", "y"}});
  CHECK_FALSE(SamePlan(a, b));
  b = a;
  b.diff_type = "None";
  CHECK_FALSE(SamePlan(a, b));
}

}  // namespace nmgr::rollout
