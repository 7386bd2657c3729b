#include "rollout/predecessors.h"

#include <algorithm>
#include <set>
#include <utility>

#include "rollout/schedule.h"

namespace nmgr::rollout {
namespace {

struct Arrow {
  std::size_t to = 0;
  bool configured = false;
};

// What comes before each step, also through jobs with which nothing happens.
class PredecessorFinder {
 public:
  PredecessorFinder(std::vector<std::vector<Arrow>> before, std::vector<bool> stands)
      : before_(std::move(before)), stands_(std::move(stands)) {}

  std::vector<Predecessor> Of(std::size_t step) const {
    std::vector<Predecessor> found;
    // Along configured edges alone first, so that those are known as such.
    for (const bool configured : {true, false}) {
      std::set<std::size_t> seen = {step};
      std::vector<std::size_t> open = {step};
      while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        for (const Arrow& arrow : before_[at]) {
          if ((configured && !arrow.configured) || !seen.insert(arrow.to).second) continue;
          if (!stands_[arrow.to]) {
            open.push_back(arrow.to);
          } else if (!IsIn(found, arrow.to)) {
            found.push_back({arrow.to, configured});
          }
        }
      }
    }
    std::sort(found.begin(), found.end(),
              [](const Predecessor& a, const Predecessor& b) { return a.step < b.step; });
    return found;
  }

 private:
  static bool IsIn(const std::vector<Predecessor>& found, std::size_t step) {
    return std::any_of(found.begin(), found.end(),
                       [step](const Predecessor& each) { return each.step == step; });
  }

  std::vector<std::vector<Arrow>> before_;
  std::vector<bool> stands_;
};

}  // namespace

void OrderWave(const std::vector<order::Edge>& edges, bool reversed,
               const std::vector<JobFacts>& facts, const std::vector<bool>& blocks, Plan& plan,
               Wave& wave) {
  std::vector<std::vector<Arrow>> before(facts.size());
  for (const order::Edge& edge : edges) {
    if (facts[edge.job].infra || facts[edge.after].infra) continue;
    if (reversed) {
      before[edge.after].push_back({edge.job, edge.configured});
    } else {
      before[edge.job].push_back({edge.after, edge.configured});
    }
  }
  std::vector<bool> stands = blocks;
  for (const std::size_t step : wave.steps) stands[step] = true;
  const PredecessorFinder finder(std::move(before), std::move(stands));
  for (const std::size_t step : wave.steps) plan.steps[step].after = finder.Of(step);
  Schedule schedule(wave.steps, plan);
  wave.steps.clear();
  while (const auto step = schedule.Take()) {
    wave.steps.push_back(*step);
    schedule.Ended(*step);
  }
}

}  // namespace nmgr::rollout
