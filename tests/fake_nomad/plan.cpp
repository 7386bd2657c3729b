#include "fake_nomad/plan.h"

#include <utility>

#include "fake_nomad/job_diff.h"
#include "fake_nomad/records.h"
#include "fake_nomad/scheduling.h"

namespace nmgr::fake {
namespace {

constexpr Nanos kHour = 3600 * kSecond;

Json BlockedEvaluation(const Json& job, const Doc& existing, const Json& failed, Nanos now) {
  Json evaluation = {{"ClassEligibility", {{"v1:12870075273652859411", false}}},
                     {"CreateTime", now},
                     {"FailedTGAllocs", failed},
                     {"ID", "541532b7-d0e2-8157-cacf-136d5a99392a"},
                     {"JobID", Text(job, "ID")},
                     {"ModifyTime", now},
                     {"Namespace", Text(job, "Namespace")},
                     {"PreviousEval", "6d79f3ef-f6ae-5c86-ae67-a03a32eba321"},
                     {"Priority", Number(job, "Priority")},
                     {"Status", "blocked"},
                     {"StatusDescription", "created to place remaining allocations"},
                     {"TriggeredBy", "queued-allocs"},
                     {"Type", Text(job, "Type")}};
  if (existing != nullptr) evaluation["JobModifyIndex"] = Number(*existing, "JobModifyIndex") + 1;
  return evaluation;
}

}  // namespace

Json PlanJob(const Cluster& cluster, const Json& job, bool with_diff, Nanos now) {
  const Store& store = cluster.store();
  const JobKey key = KeyOf(job);
  const Doc existing = store.Job(key);
  const bool unplaceable = Covers(cluster.behaviour().never, key.id) && !Flag(job, "Stop");
  const std::vector<GroupDecision> decisions = Decide(store, job);
  const Json updates = DesiredUpdates(decisions, job, unplaceable);
  Json failed = Json::object();
  for (const GroupDecision& decision : decisions) {
    if (unplaceable && decision.place.size() + decision.destructive.size() > 0) {
      failed[decision.group] = FailedPlacement(job);
    }
  }
  Json diff;
  if (with_diff) {
    diff = DiffJobs(existing == nullptr ? Json() : *existing, job);
    Annotate(diff, updates);
  }
  const std::uint64_t index =
      existing == nullptr ? 0 : static_cast<std::uint64_t>(Number(*existing, "JobModifyIndex"));
  const bool periodic = Member(job, "Periodic").is_object() && Flag(job["Periodic"], "Enabled");
  return {{"Annotations", {{"DesiredTGUpdates", updates}, {"PreemptedAllocs", nullptr}}},
          {"CreatedEvals", failed.empty() || IsSystem(job)
                               ? Json()
                               : Json::array({BlockedEvaluation(job, existing, failed, now)})},
          {"Diff", std::move(diff)},
          {"FailedTGAllocs", failed.empty() ? Json() : failed},
          {"Index", index},
          {"JobModifyIndex", index},
          {"NextPeriodicLaunch", periodic ? Json(FormatTime((now / kHour + 1) * kHour)) : Json()},
          {"Warnings", ""}};
}

}  // namespace nmgr::fake
