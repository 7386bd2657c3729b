// The file of the plan memory with any text: read without harm, nothing is known from it that
// nobody has remembered, and what is remembered then is known beside it.

#include "fuzz/fuzz.h"
#include "nmgr/rollout/plan_memory.h"

namespace nmgr::fuzz {

void Memory(std::string_view text) {
  using rollout::PlanMemory;
  using rollout::Sameness;
  const HashKey key(std::string(HashKey::kBytes, 'k'));
  const rollout::MemoryPlace place{"http://127.0.0.1:4646", "", "default", "build"};
  const nomad::JobRef job{"fuzz job", "", ""};
  PlanMemory memory(key, place, RealClock(), text);
  Require(!memory.Recall(Sameness::kPlan, job, "spec"), "what nobody has remembered is known");
  nomad::Job live;
  live.job_modify_index = 1;
  live.create_index = 1;
  live.submit_time_ns = 1;
  memory.Remember(Sameness::kPlan, job, "spec", live);
  const PlanMemory again(key, place, RealClock(), memory.Text());
  Require(again.Recall(Sameness::kPlan, job, "spec").has_value(), "what was remembered is lost");
  Require(again.Text() == memory.Text(), "the text of the memory is read as another one");
}

}  // namespace nmgr::fuzz
