// The wait of `down`.
#include <algorithm>
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
WaitResult WaitForStopEvaluation(const WaitContext& context, const Stopping& job) {
  auto seen = Watch<nomad::Evaluation>(
      context,
      [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
        return context.client.ReadEvaluation(job.evaluation_id, job.ref, query, call);
      },
      [](const nomad::Evaluation& evaluation) {
        return evaluation.status == "pending" ? std::nullopt : std::optional<Gone>(Gone{});
      });
  if (seen) return {};
  WaitResult end = std::move(seen).error();
  const bool purged = end.error && end.error->code == ErrorCode::kNotFound;
  return purged ? WaitResult{} : end;
}

std::vector<std::string> PlacedAgain(const std::vector<const nomad::Allocation*>& live) {
  std::vector<std::string> ids;
  for (const nomad::Allocation* allocation : live) {
    if (allocation->desired_status == "run") ids.push_back(allocation->id);
  }
  return ids;
}

class GoneWait {
 public:
  GoneWait(const WaitContext& context, const Stopping& job) : context_(context), job_(job) {}

  WaitResult Wait() {
    auto end = Watch<Allocations>(
        context_,
        [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
          return context_.client.ListAllocations(job_.ref, query, call);
        },
        [&](const Allocations& allocations) { return Look(allocations); });
    WaitResult result = end ? *std::move(end) : std::move(end).error();
    const bool purged = result.error && result.error->code == ErrorCode::kNotFound;
    if (purged) return Vanished();
    if (result.end == WaitEnd::kTimedOut) {
      if (live_ != 0) result.summary = EndingTasks(live_);
      result.details.insert(result.details.begin(), left_.begin(), left_.end());
    }
    return result;
  }

 private:
  std::optional<WaitResult> Look(const Allocations& allocations) {
    const auto live = LiveAllocations(allocations);
    if (live.empty()) return StaysDown();
    if (std::vector<std::string> placed = PlacedAgain(live); placed != placed_) {
      placed_ = std::move(placed);
      if (auto end = StartedAgain(); end && end->end != WaitEnd::kReached) return end;
    }
    left_ = DescribePending(live);
    const std::size_t before = std::exchange(live_, CountTasks(live));
    if (live_ != before) context_.voice.progress("stopped, " + EndingTasks(live_));
    return std::nullopt;
  }

  WaitResult StaysDown() {
    auto end = StartedAgain();
    return end ? *std::move(end) : EndedBy(WaitEnd::kReached, "gone");
  }

  // Nothing: it is stopped.
  std::optional<WaitResult> StartedAgain() {
    if (!job_.must_stay_stopped) return std::nullopt;
    auto job =
        Ask<nomad::Job>(context_, [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
          return context_.client.ReadJob(job_.ref, query, call);
        });
    if (!job) {
      WaitResult end = std::move(job).error();
      const bool purged = end.error && end.error->code == ErrorCode::kNotFound;
      return purged ? Vanished() : end;
    }
    if (job->stop) return std::nullopt;
    WaitResult end =
        EndedBy(WaitEnd::kFailed, Name() + " was started again by somebody else (version " +
                                      std::to_string(job->version) + ")");
    end.started_again = job_.ref;
    return end;
  }

  const std::string& Name() const { return job_.name.empty() ? job_.ref.id : job_.name; }

  // A purge takes the records of the allocations along, whether their tasks have ended or not.
  WaitResult Vanished() const {
    if (live_ == 0) return EndedBy(WaitEnd::kReached, "gone");
    return EndedBy(WaitEnd::kFailed, Name() + " was purged by somebody else with " +
                                         EndingTasks(live_) +
                                         ": Nomad no longer tells whether they have ended");
  }

  const WaitContext& context_;
  const Stopping& job_;
  std::vector<std::string> left_;
  std::vector<std::string> placed_;  // allocations that are to run
  std::size_t live_ = 0;             // tasks that have not ended
};

}  // namespace

WaitResult WaitGone(const WaitContext& context, const std::vector<Stopping>& jobs) {
  for (const Stopping& job : jobs) {
    if (job.evaluation_id.empty()) continue;
    WaitResult seen = WaitForStopEvaluation(context, job);
    if (seen.end != WaitEnd::kReached) return seen;
  }
  for (const Stopping& job : jobs) {
    WaitResult gone = GoneWait(context, job).Wait();
    if (gone.end != WaitEnd::kReached) return gone;
  }
  return EndedBy(WaitEnd::kReached, "gone");
}

}  // namespace nmgr::rollout
