#include "rollout/replacement.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/last_words.h"
#include "rollout/restart.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

// Nomad's word counts for tasks that run only at the end of an allocation, and never look started.
bool Runs(const nomad::Allocation& row) {
  if (row.client_status != "running" || row.tasks.empty()) return false;
  return row.healthy == true ||
         std::all_of(row.tasks.begin(), row.tasks.end(), [](const nomad::TaskState& task) {
           return task.state == "running" || (task.state == "dead" && !task.failed);
         });
}

}  // namespace

Duration MinHealthyTime(const nomad::Job& job, const std::string& group) {
  const auto found = std::find_if(job.groups.begin(), job.groups.end(),
                                  [&](const nomad::TaskGroup& each) { return each.name == group; });
  const std::int64_t time =
      found == job.groups.end() ? nomad::TaskGroup().min_healthy_ns : found->min_healthy_ns;
  return std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(time));
}

ReplacementWait::ReplacementWait(const JobRun& run, const nomad::Allocation& old,
                                 const std::vector<nomad::Allocation>& known)
    : run_(run), old_(old), settle_(MinHealthyTime(*run.job.live, old.group)) {
  for (const nomad::Allocation& row : known) known_.insert(row.id);
}

WaitResult ReplacementWait::Wait(const std::string& evaluation_id) {
  if (!evaluation_id.empty()) {
    if (auto end = Follow(evaluation_id)) return *std::move(end);
  }
  auto end = Watch<std::vector<nomad::Allocation>>(
      run_.wait,
      [&](nomad::BlockingQuery query, const nomad::Call& call) {
        if (well_since_) query.wait = std::min(query.wait, LeftOf(*well_since_));
        return run_.wait.client.ListAllocations(run_.job.ref, query, call);
      },
      [&](const std::vector<nomad::Allocation>& rows) { return Look(rows); });
  if (end) return *std::move(end);
  WaitResult cut = std::move(end).error();
  if (id_.empty()) cut.details.insert(cut.details.end(), unplaced_.begin(), unplaced_.end());
  return cut;
}

std::optional<WaitResult> ReplacementWait::Follow(const std::string& evaluation_id) {
  auto seen = Watch<nomad::Evaluation>(
      run_.wait,
      [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
        return run_.wait.client.ReadEvaluation(evaluation_id, run_.job.ref, query, call);
      },
      [](nomad::Evaluation& evaluation) {
        return evaluation.status == "pending" ? std::nullopt : std::optional(std::move(evaluation));
      });
  if (!seen) return std::move(seen).error();
  stopped_ = true;
  unplaced_ = DescribePlacements(seen->failed_placements);
  for (const std::string& line : unplaced_) run_.wait.voice.notice(line);
  return std::nullopt;
}

const nomad::Allocation* ReplacementWait::FindNew(
    const std::vector<nomad::Allocation>& allocations) const {
  const nomad::Allocation* found = nullptr;
  for (const nomad::Allocation& row : allocations) {
    if (known_.contains(row.id) || row.group != old_.group || row.name != old_.name) continue;
    if (found == nullptr || row.create_index > found->create_index) found = &row;
  }
  return found;
}

std::optional<WaitResult> ReplacementWait::Look(const std::vector<nomad::Allocation>& allocations) {
  stopped_ = stopped_ ||
             std::any_of(allocations.begin(), allocations.end(), [&](const nomad::Allocation& row) {
               return row.id == old_.id && row.desired_status != "run";
             });
  const nomad::Allocation* row = FindNew(allocations);
  if (row == nullptr) return std::nullopt;
  stopped_ = true;
  if (row->id != id_) well_since_.reset();
  id_ = row->id;
  name_ = AllocationName(*row);
  if (row->client_status == "failed") return CameDown(*row, "failed");
  if (row->client_status == "lost") return EndedBy(WaitEnd::kFailed, name_ + " was lost");
  if (row->client_status == "complete") return EndedBy(WaitEnd::kReached, "complete");
  if (row->desired_status != "run") {
    return EndedBy(WaitEnd::kFailed, "somebody else stopped " + name_ + ", in its stead");
  }
  if (row->healthy == false) return CameDown(*row, "is unhealthy");
  for (const nomad::TaskState& task : row->tasks) {
    if (task.restarts > 0) return CameDown(*row, "did not stay up");
  }
  if (!Runs(*row)) {
    well_since_.reset();
    return std::nullopt;
  }
  if (!well_since_) well_since_ = run_.wait.clock.Now();
  if (LeftOf(*well_since_) > Duration{1}) return std::nullopt;
  return EndedBy(WaitEnd::kReached, "running");
}

WaitResult ReplacementWait::CameDown(const nomad::Allocation& row, const std::string& how) const {
  const std::optional<Crash> crash = WorstCrash({&row});
  WaitResult end = EndedBy(WaitEnd::kFailed, name_ + ", in its stead, " + how +
                                                 (crash ? ": " + DescribeCrash(*crash) : ""));
  if (crash) AddLastWords(run_.wait, run_.job.ref, {*crash}, end.details);
  return end;
}

Duration ReplacementWait::LeftOf(TimePoint since) const {
  const auto passed = std::chrono::duration_cast<Duration>(run_.wait.clock.Now() - since);
  return std::max(settle_ - passed, Duration{1});
}

}  // namespace nmgr::rollout
