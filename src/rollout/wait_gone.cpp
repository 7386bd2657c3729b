#include <string>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/state.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

using Allocations = std::vector<nomad::Allocation>;

struct Gone {};

// Until the scheduler has seen the stop, allocations may still be placed.
WaitResult WaitForStopEvaluation(const WaitContext& context, const nomad::JobRef& job,
                                 const std::string& id) {
  auto seen = Watch<nomad::Evaluation>(
      context,
      [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
        return context.client.ReadEvaluation(id, job, query, call);
      },
      [](const nomad::Evaluation& evaluation) {
        return evaluation.status == "pending" ? std::nullopt : std::optional<Gone>(Gone{});
      });
  if (seen) return {};
  WaitResult end = std::move(seen).error();
  const bool purged = end.error && end.error->code == ErrorCode::kNotFound;
  return purged ? WaitResult{} : end;
}

WaitResult WaitForAllocations(const WaitContext& context, const nomad::JobRef& job) {
  std::vector<std::string> left;
  std::size_t told = 0;
  auto gone = Watch<Allocations>(
      context,
      [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
        return context.client.ListAllocations(job, query, call);
      },
      [&](const Allocations& allocations) -> std::optional<Gone> {
        const auto live = LiveAllocations(allocations);
        if (live.empty()) return Gone{};
        left = DescribePending(live);
        if (live.size() != std::exchange(told, live.size())) {
          context.voice.progress("waiting until " + Count(live.size(), "allocation") + " of " +
                                 job.id + (live.size() == 1 ? " is gone" : " are gone"));
        }
        return std::nullopt;
      });
  if (gone) return {};
  WaitResult end = std::move(gone).error();
  if (end.error && end.error->code == ErrorCode::kNotFound) return {};
  end.details = std::move(left);
  return end;
}

}  // namespace

WaitResult WaitGone(const WaitContext& context, const std::vector<nomad::JobRef>& jobs,
                    const std::string& evaluation_id) {
  if (!evaluation_id.empty() && !jobs.empty()) {
    WaitResult seen = WaitForStopEvaluation(context, jobs.front(), evaluation_id);
    if (seen.end != WaitEnd::kReached) return seen;
  }
  for (const nomad::JobRef& job : jobs) {
    WaitResult gone = WaitForAllocations(context, job);
    if (gone.end != WaitEnd::kReached) return gone;
  }
  return EndedBy(WaitEnd::kReached, "gone");
}

}  // namespace nmgr::rollout
