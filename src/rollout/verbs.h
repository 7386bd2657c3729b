// The table of verbs: what each asks, what it decides for one job, and in which order jobs are
// taken.
#pragma once

#include <string_view>

#include "nmgr/rollout/plan.h"

namespace nmgr::rollout {

enum class Order {
  kInfraFirst,  // one by one, then all others at once
  kInfraLast,   // the others, then infra jobs one by one from the last to the first
};

struct VerbRow {
  Verb verb = Verb::kUp;
  std::string_view name;
  Questions (*questions)(const Intent& intent) = nullptr;
  // For a job whose spec is as the questions need it, and of which no question failed.
  Step (*decide)(const Intent& intent, const JobFacts& facts) = nullptr;
  Order order = Order::kInfraFirst;
  bool heeds_edges = false;  // between the others: along them, or against with kInfraLast
};

const VerbRow& RowOf(Verb verb);

Step MakeStep(Move move, std::string reason);

}  // namespace nmgr::rollout
