// The exit code of a rollout is a function of its result alone.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <utility>
#include <vector>

#include "nmgr/actions/action.h"

namespace nmgr::actions {
namespace {

using rollout::Move;
using rollout::Outcome;
using rollout::Rollout;
using Ends = std::vector<std::pair<Move, Outcome>>;

Rollout RunOf(const Ends& ends) {
  Rollout run;
  run.facts.resize(ends.size());
  for (const auto& [move, outcome] : ends) {
    run.plan.steps.emplace_back().move = move;
    run.results.emplace_back().outcome = outcome;
  }
  return run;
}

}  // namespace

TEST_CASE("the exit code of a rollout, whatever the order of its jobs") {
  struct Row {
    Ends ends;
    ExitCode plain;
    ExitCode detailed;
  };
  const std::pair done{Move::kRegister, Outcome::kDone};
  const std::pair nothing{Move::kNothing, Outcome::kUntouched};
  const std::pair skip{Move::kSkip, Outcome::kUntouched};
  const std::vector<Row> rows = {
      {{}, kDone, kDone},
      {{done, nothing, {Move::kStop, Outcome::kSubmitted}}, kDone, kDone},
      {{done, skip, nothing}, kDone, kChangesPending},
      {{done, skip, {Move::kRegister, Outcome::kFailed}}, kFailed, kFailed},
      {{done, {Move::kRegister, Outcome::kRefused}}, kFailed, kFailed},
      {{done, {Move::kStop, Outcome::kTimedOut}}, kFailed, kFailed},
      {{done, {Move::kRegister, Outcome::kNeedsPromotion}}, kFailed, kFailed},
      {{nothing, skip, {Move::kBroken, Outcome::kUntouched}}, kFailed, kFailed},
      {{done, {Move::kFail, Outcome::kFailed}, {Move::kRegister, Outcome::kNotStarted}},
       kFailed,
       kFailed},
  };
  std::mt19937 random(9);
  for (const Row& row : rows) {
    Ends ends = row.ends;
    for (int round = 0; round < 10; ++round) {
      std::shuffle(ends.begin(), ends.end(), random);
      CHECK(ExitCodeOf(RunOf(ends), kDone, false) == row.plain);
      CHECK(ExitCodeOf(RunOf(ends), kDone, true) == row.detailed);
      CHECK(ExitCodeOf(RunOf(ends), kInvalidSpec, true) == kInvalidSpec);
    }
  }
}

TEST_CASE("what would change counts in a dry run, and what ended a rollout goes first") {
  Rollout run = RunOf({{Move::kRegister, Outcome::kUntouched}});
  run.dry_run = true;
  CHECK(ExitCodeOf(run, kDone, false) == kDone);
  CHECK(ExitCodeOf(run, kDone, true) == kChangesPending);
  run.interrupted = true;
  CHECK(ExitCodeOf(run, kInvalidSpec, true) == kInterrupted);
  run.failures.push_back({ErrorCode::kForbidden, "refused"});
  CHECK(ExitCodeOf(run, kInvalidSpec, true) == kForbidden);
}

}  // namespace nmgr::actions
