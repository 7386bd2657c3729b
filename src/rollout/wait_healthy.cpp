// The wait of `up`: evaluation, deployment, allocations.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/rollout/evidence.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/state.h"
#include "rollout/last_words.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

using Allocations = std::vector<nomad::Allocation>;
using MaybeDeployment = std::optional<nomad::Deployment>;

bool RollsBack(const nomad::Deployment& deployment) {
  return deployment.status_description.find("rolling back to job version") != std::string::npos;
}

std::size_t Whole(int count) { return static_cast<std::size_t>(std::max(count, 0)); }

WaitNews DeploymentCounts(const nomad::Deployment& deployment) {
  int healthy = 0;
  int unhealthy = 0;
  int total = 0;
  for (const nomad::DeploymentGroup& group : deployment.groups) {
    healthy += group.healthy;
    unhealthy += group.unhealthy;
    total += std::max(group.desired_total, group.desired_canaries);
  }
  std::string text = std::to_string(healthy) + " of " + std::to_string(total) + " healthy";
  if (unhealthy != 0) text += ", " + std::to_string(unhealthy) + " unhealthy";
  return {std::move(text), {Whole(healthy), Whole(total)}};
}

// Without a deployment nobody but us says how long a task must run to count as started: as long as
// Nomad's own min_healthy_time is by default.
constexpr Duration kSettle{10'000};

bool HasRestarted(const nomad::Allocation* allocation) {
  return std::any_of(allocation->tasks.begin(), allocation->tasks.end(),
                     [](const nomad::TaskState& task) { return task.restarts != 0; });
}

// What Nomad once called healthy may be falling and rising ever since.
bool NeedsNoProof(const nomad::Allocation* allocation) {
  return allocation->client_status == "complete" ||
         (allocation->healthy.value_or(false) && !HasRestarted(allocation));
}

bool HasFailed(const nomad::Allocation* allocation) {
  return allocation->client_status == "failed" || allocation->client_status == "lost";
}

WaitNews AllocationCounts(const std::vector<const nomad::Allocation*>& newest) {
  const auto running = std::count_if(newest.begin(), newest.end(), [](const auto* allocation) {
    return allocation->client_status == "running";
  });
  const std::size_t desired = std::max<std::size_t>(newest.size(), 1);
  return {"waiting for " + Count(desired, "allocation"),
          {static_cast<std::size_t>(running), desired}};
}

void Append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  for (const std::string& line : more) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
}

// Where what was waited for is gone because the job is, that is told.
WaitResult NamePurge(const WaitContext& context, const nomad::JobRef& ref, WaitResult result) {
  if (!result.error || result.error->code != ErrorCode::kNotFound) return result;
  const auto job = context.client.ReadJob(ref, {}, SecondLook(context));
  if (job || job.error().code != ErrorCode::kNotFound) return result;
  result.summary = "somebody has purged it while it was waited for";
  result.error->message = result.summary;
  result.error->hint.clear();
  result.details.clear();
  return result;
}

// Nothing of it is to run any more, as after a stop or a purge.
bool NothingIsToRun(const Allocations& allocations) {
  return std::none_of(allocations.begin(), allocations.end(),
                      [](const nomad::Allocation& it) { return it.desired_status == "run"; });
}

// One wait for one job.
class HealthWait {
 public:
  HealthWait(const WaitContext& context, nomad::JobRef ref)
      : context_(context),
        ref_(std::move(ref)),
        verdict_pace_(context.clock, context.deadline, context.stop) {}

  WaitResult AfterRegister(const Registered& job) {
    type_ = job.type;
    if (job.launches_later) return EndedBy(WaitEnd::kReached, "registered");
    if (job.evaluation_id.empty()) return AsFound();
    auto evaluation = FollowEvaluation(job.evaluation_id);
    if (!evaluation) return std::move(evaluation).error();
    const bool unplaced = !evaluation->failed_placements.empty();
    std::set<std::string> unfit;
    if (RunsOnEveryNode(job.type) && evaluation->blocked_eval.empty()) {
      for (const nomad::FailedPlacement& one : evaluation->failed_placements)
        unfit.insert(one.group);
    }
    if (!evaluation->deployment_id.empty() && evaluation->status == "complete") {
      WaitResult end = WaitDeployment(evaluation->deployment_id, evaluation->job_modify_index);
      return NameMissingNodes(ProveSomewhere(std::move(end)), unfit);
    }
    if (unplaced && !evaluation->blocked_eval.empty()) {
      auto placed = FollowEvaluation(evaluation->blocked_eval);
      if (!placed) return std::move(placed).error();
    }
    return NameMissingNodes(AsFound(), unfit);
  }

  WaitResult AsFound() {
    auto job = Ask<nomad::Job>(context_, [&](const auto& query, const auto& call) {
      return context_.client.ReadJob(ref_, query, call);
    });
    if (!job) return std::move(job).error();
    type_ = job->type;
    index_ = job->job_modify_index;
    version_ = job->version;
    if (job->periodic || job->parameterized) return EndedBy(WaitEnd::kReached, "registered");
    if (auto end = AwaitScheduler(*job)) return *std::move(end);
    auto latest = Ask<MaybeDeployment>(context_, [&](const auto& query, const auto& call) {
      return context_.client.LatestDeployment(ref_, query, call);
    });
    if (!latest) return std::move(latest).error();
    const MaybeDeployment& deployment = *latest;
    if (deployment && deployment->job_version == job->version && IsUnderWay(*deployment)) {
      AnnounceBlocked();
      return WaitDeployment(deployment->id);
    }
    return WaitAllocations(*job);
  }

 private:
  // Until Nomad has looked at the job as it is registered: before that what runs is what ran
  // before.
  std::optional<WaitResult> AwaitScheduler(const nomad::Job& job) {
    const auto evaluations =
        Ask<std::vector<nomad::Evaluation>>(context_, [&](const auto& query, const auto& call) {
          return context_.client.ListEvaluations(ref_, query, call);
        });
    if (!evaluations) return evaluations.error();
    for (const nomad::Evaluation& evaluation : *evaluations) {
      if (evaluation.status != "pending") continue;
      if (IsOfOlderRegister(evaluation, job.job_modify_index)) continue;
      const auto followed = FollowEvaluation(evaluation.id);
      if (!followed) return followed.error();
    }
    return std::nullopt;
  }

  // To the end of the chain of evaluations: complete, or cancelled because another one took over.
  tl::expected<nomad::Evaluation, WaitResult> FollowEvaluation(std::string id) {
    while (true) {
      auto evaluation = Watch<nomad::Evaluation>(
          context_,
          [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
            return context_.client.ReadEvaluation(id, ref_, query, call);
          },
          [&](const nomad::Evaluation& seen) -> std::optional<nomad::Evaluation> {
            if (index_ == 0) index_ = seen.job_modify_index;
            if (!seen.failed_placements.empty()) AnnouncePlacements(seen.failed_placements);
            if (seen.status == "pending" || seen.status == "blocked") return std::nullopt;
            return seen;
          });
      if (!evaluation) return tl::unexpected<WaitResult>(Explain(std::move(evaluation).error()));
      if (!evaluation->next_eval.empty()) {
        id = evaluation->next_eval;
      } else if (evaluation->status == "failed" && !evaluation->blocked_eval.empty()) {
        id = evaluation->blocked_eval;
      } else if (evaluation->status == "failed") {
        return tl::unexpected<WaitResult>(
            Explain(EndedBy(WaitEnd::kFailed, "evaluation " + ShortId(id) +
                                                  " failed: " + evaluation->status_description)));
      } else {
        return *std::move(evaluation);
      }
    }
  }

  // A restart of a task changes no deployment, so that the allocations are looked at in between.
  tl::expected<nomad::Deployment, WaitResult> WatchDeployment(const std::string& id,
                                                              std::uint64_t since = 0) {
    constexpr Duration kLookEvery{3'000};
    std::string told;
    TimePoint looked = context_.clock.Now();
    return Watch<nomad::Deployment>(
        context_,
        [&](nomad::BlockingQuery query, const nomad::Call& call) {
          query.wait = std::min(query.wait, kLookEvery);
          return context_.client.ReadDeployment(id, ref_, query, call);
        },
        [&](const nomad::Deployment& seen) -> std::optional<nomad::Deployment> {
          if (seen.job_modify_index < since) return seen;
          if (!version_) version_ = seen.job_version;
          if (!IsUnderWay(seen) || NeedsPromotion(seen)) return seen;
          Tell(told, DeploymentCounts(seen));
          if (seen.status == "paused") AnnounceOnce("deployment " + ShortId(id) + " is paused");
          if (context_.clock.Now() - looked >= kLookEvery) {
            looked = context_.clock.Now();
            LookForRestarts();
          }
          return std::nullopt;
        });
  }

  // `since`: the modify index of the job that is waited for. The evaluation of a register that
  // opens no deployment names the latest one, of an older version, which says nothing.
  WaitResult WaitDeployment(const std::string& id, std::uint64_t since = 0) {
    auto deployment = WatchDeployment(id, since);
    if (deployment && deployment->job_modify_index < since) return AsFound();
    WaitResult result;
    if (!deployment) {
      result = Explain(std::move(deployment).error(), id);
    } else if (deployment->status == "successful") {
      result = EndedBy(WaitEnd::kReached, "healthy");
    } else if (IsUnderWay(*deployment)) {
      result =
          EndedBy(WaitEnd::kNeedsPromotion, "needs promotion (deployment " + ShortId(id) + ")");
    } else {
      result = EndedBy(WaitEnd::kFailed, "deployment " + ShortId(id) + " " + deployment->status +
                                             (deployment->status_description.empty() ? "" : ": ") +
                                             deployment->status_description);
      result = Explain(std::move(result), id);
      if (deployment->status == "failed" && RollsBack(*deployment))
        FollowRollback(*deployment, result);
    }
    result.deployment_id = id;
    result.deployment_failed = deployment && deployment->status == "failed";
    return result;
  }

  void LookForRestarts() {
    const nomad::Call call{context_.clock.Now() + Duration{5'000}, context_.stop};
    if (auto answer = context_.client.ListAllocations(ref_, {}, call)) TellRestarts(answer->value);
  }

  void TellRestarts(const Allocations& allocations) {
    const auto crash = WorstCrash(Ours(allocations));
    if (!crash) return;
    std::string text = DescribeCrash(*crash) + " (allocation " + ShortId(crash->alloc) + ")";
    if (text == crash_told_) return;
    context_.voice.progress(text);
    crash_told_ = std::move(text);
  }

  // Those of the version that is waited for; none where it is not known which that is.
  std::vector<const nomad::Allocation*> Ours(const Allocations& allocations) const {
    std::vector<const nomad::Allocation*> ours;
    for (const nomad::Allocation& allocation : allocations) {
      if (version_ && allocation.job_version == *version_) ours.push_back(&allocation);
    }
    return ours;
  }

  // Where the wait came to no deployment. Not that of a job that somebody has changed meanwhile.
  void LearnVersion(const nomad::Call& call) {
    if (version_) return;
    const auto job = context_.client.ReadJob(ref_, {}, call);
    if (job && (index_ == 0 || job->value.job_modify_index == index_))
      version_ = job->value.version;
  }

  // Nomad registers the last stable version again; the job of this run has failed all the same.
  void FollowRollback(const nomad::Deployment& failed, WaitResult& result) {
    context_.voice.notice("Nomad rolls back: " + failed.status_description);
    WaitContext soon = context_;
    soon.deadline = std::min(soon.deadline, context_.clock.Now() + Duration{30'000});
    auto rollback = Watch<MaybeDeployment>(
        soon,
        [&](const nomad::BlockingQuery& query, const nomad::Call& call) {
          return context_.client.LatestDeployment(ref_, query, call);
        },
        [&](const MaybeDeployment& seen) -> std::optional<std::string> {
          if (!seen || seen->id == failed.id || seen->job_version <= failed.job_version) {
            return std::nullopt;
          }
          return seen->id;
        });
    if (!rollback) {
      result.details.push_back("the deployment of the rollback was not seen");
      return;
    }
    auto end = WatchDeployment(*rollback);
    if (!end) {
      result.details.push_back("the rollback (deployment " + ShortId(*rollback) +
                               ") has not ended");
    } else {
      result.details.push_back("the rollback (deployment " + ShortId(*rollback) + ") was " +
                               end->status);
    }
  }

  // For what has no deployment: batch jobs, and services and system jobs where nothing is deployed.
  WaitResult WaitAllocations(const nomad::Job& job) {
    std::optional<TimePoint> well_since;
    const bool ends = job.type == "batch" || job.type == "sysbatch";
    bool first_look = true;
    bool any = false;
    bool finished = false;
    bool nowhere = false;
    bool falls = false;
    std::string told;
    while (true) {
      auto well = Watch<Allocations>(
          context_,
          [&](nomad::BlockingQuery query, const nomad::Call& call) {
            if (well_since) query.wait = std::min(query.wait, LeftToSettle(*well_since));
            return context_.client.ListAllocations(ref_, query, call);
          },
          [&](const Allocations& allocations) -> std::optional<bool> {
            TellRestarts(allocations);
            const auto newest = NewestAllocations(allocations, job.type);
            falls = std::any_of(newest.begin(), newest.end(), HasRestarted);
            if (LooksHealthy(job, allocations, nullptr)) {
              nowhere = IsNowhere(job) && NothingIsToRun(allocations);
              finished = ends && !newest.empty() &&
                         std::all_of(newest.begin(), newest.end(), [](const auto* allocation) {
                           return allocation->client_status == "complete";
                         });
              if (!well_since) well_since = context_.clock.Now();
              const bool settled = LeftToSettle(*well_since) <= Duration{1};
              if (settled || std::all_of(newest.begin(), newest.end(), NeedsNoProof)) return true;
              Tell(told, "running; watching whether it stays so");
              return std::nullopt;
            }
            well_since.reset();
            if (std::exchange(first_look, false)) AnnounceBlocked();
            if (std::any_of(newest.begin(), newest.end(), HasFailed)) return false;
            const bool none_left = std::exchange(any, !allocations.empty()) && allocations.empty();
            if (none_left || (!allocations.empty() && NothingIsToRun(allocations))) return false;
            Tell(told, AllocationCounts(newest));
            return std::nullopt;
          });
      if (!well && well.error().end == WaitEnd::kTimedOut && well_since && !falls) {
        return EndedBy(WaitEnd::kReached, "running");
      }
      if (!well) return Explain(std::move(well).error());
      if (*well) {
        if (nowhere) {
          context_.voice.notice(
              "no node is in its pool and datacenters, eligible and within its constraints");
        }
        return EndedBy(WaitEnd::kReached, nowhere    ? "no node fits it"
                                          : finished ? "finished"
                                                     : "running");
      }
      if (auto end = WaitForVerdict()) return *std::move(end);
    }
  }

  // Nomad calls a deployment on every node successful also where there is none left.
  WaitResult ProveSomewhere(WaitResult result) {
    if (!RunsOnEveryNode(type_) || result.end != WaitEnd::kReached) return result;
    const auto rows = context_.client.ListAllocations(ref_, {}, CallOf(context_));
    if (!rows || !NothingIsToRun(rows->value)) return result;
    WaitResult found = AsFound();
    found.deployment_id = result.deployment_id;
    return found;
  }

  // Of what runs on every node nothing runs at all: Nomad calls that neither blocked nor failed.
  static bool IsNowhere(const nomad::Job& job) {
    return RunsOnEveryNode(job.type) &&
           std::any_of(job.groups.begin(), job.groups.end(),
                       [](const nomad::TaskGroup& group) { return group.count > 0; });
  }

  Duration LeftToSettle(TimePoint since) const {
    const auto passed = std::chrono::duration_cast<Duration>(context_.clock.Now() - since);
    return std::max(kSettle - passed, Duration{1});
  }

  void Tell(std::string& told, const WaitNews& news) const {
    if (news.text != std::exchange(told, news.text)) context_.voice.progress(news);
  }

  // Some allocation failed, or none is to run: either Nomad gives it up, or it will place another.
  std::optional<WaitResult> WaitForVerdict() {
    constexpr Duration kLookAgain{2'000};
    for (int look = 0; look < 2; ++look) {
      verdict_pace_.Asking();
      auto job = context_.client.ReadJob(
          ref_, QueryAfter(context_, verdict_pace_.index(), kLookAgain), CallOf(context_));
      if (!job) {
        if (auto end = EndOfWait(context_, job.error())) return Explain(*std::move(end));
        verdict_pace_.AfterFailure();
        return std::nullopt;
      }
      if (job->value.stop) {
        return EndedBy(WaitEnd::kFailed, "somebody has stopped it while it was waited for");
      }
      if (job->value.status == "dead") {
        return Explain(
            EndedBy(WaitEnd::kFailed, "its allocations failed and Nomad has given it up"));
      }
      if (context_.clock.Now() >= context_.deadline)
        return Explain(EndedBy(WaitEnd::kTimedOut, ""));
      verdict_pace_.After(job->index, job->has_index);
      if (look != 0) return GivenUp(job->value);
    }
    return std::nullopt;
  }

  // A job of which other groups run is not dead.
  std::optional<WaitResult> GivenUp(const nomad::Job& job) {
    auto evidence = AskSingly(job, ref_, context_.client, CallOf(context_));
    if (!evidence) return std::nullopt;
    const Verdict verdict = evidence->Judge(&job, nullptr);
    if (verdict.state != JobState::kFailed || verdict.short_groups.empty()) return std::nullopt;
    return Explain(EndedBy(WaitEnd::kFailed, DescribeShortGroups(verdict.short_groups)));
  }

  // Adds what allocations and evaluations tell about a wait that did not get there.
  WaitResult Explain(WaitResult result, const std::string& deployment = {}) {
    if (result.end == WaitEnd::kInterrupted) return result;
    // The job's own limit may have passed, and these few reads are quick.
    const nomad::Call call{context_.clock.Now() + Duration{5'000}, context_.stop};
    LearnVersion(call);
    if (auto allocations = context_.client.ListAllocations(ref_, {}, call)) {
      const auto all = Ours(allocations->value);
      Allocations ours;
      for (const nomad::Allocation* allocation : all) ours.push_back(*allocation);
      const auto newest = NewestAllocations(ours, type_);
      const std::vector<Crash> crashes = CrashesByGroup(all);
      const auto crash = WorstOf(crashes);
      if (crash) NameCrash(*crash, deployment, result);
      Append(result.details, DescribeFailures(newest));
      if (result.end == WaitEnd::kTimedOut) AppendPending(newest, result.details);
      AddLastWords(context_, ref_, crashes, result.details);
    }
    if (auto blocked = BlockedPlacements(call); !blocked.empty()) {
      Append(result.details, DescribePlacements(blocked));
    }
    if (result.end == WaitEnd::kTimedOut) {
      Append(result.details, std::vector<std::string>(announced_.begin(), announced_.end()));
    }
    return result;
  }

  // What a person needs first. What Nomad itself says of it stays in the details.
  static void NameCrash(const Crash& crash, const std::string& deployment, WaitResult& result) {
    if (!result.summary.empty()) result.details.insert(result.details.begin(), result.summary);
    result.summary = DescribeCrash(crash);
    if (!deployment.empty()) result.summary += " (deployment " + ShortId(deployment) + ")";
  }

  static void AppendPending(const std::vector<const nomad::Allocation*>& allocations,
                            std::vector<std::string>& details) {
    std::vector<const nomad::Allocation*> pending;
    std::copy_if(allocations.begin(), allocations.end(), std::back_inserter(pending),
                 [](const auto* allocation) { return allocation->client_status == "pending"; });
    Append(details, DescribePending(pending));
  }

  std::vector<nomad::FailedPlacement> BlockedPlacements(const nomad::Call& call) {
    auto evaluations = context_.client.ListEvaluations(ref_, {}, call);
    if (!evaluations) return {};
    for (const nomad::Evaluation& evaluation : evaluations->value) {
      if (evaluation.status != "blocked" || IsOfOlderRegister(evaluation, index_)) continue;
      return evaluation.failed_placements;
    }
    return {};
  }

  void AnnounceBlocked() { AnnouncePlacements(BlockedPlacements(CallOf(context_))); }

  void AnnouncePlacements(const std::vector<nomad::FailedPlacement>& placements) {
    for (const std::string& line : DescribePlacements(placements)) AnnounceOnce(line);
  }

  void AnnounceOnce(const std::string& text) {
    if (announced_.insert(text).second) context_.voice.notice(text);
  }

  // `unfit`: groups of what runs on every node that no node fits, perhaps not all that it has.
  WaitResult NameMissingNodes(WaitResult result, const std::set<std::string>& unfit) {
    if (unfit.empty() || result.end != WaitEnd::kReached) return result;
    const auto rows = context_.client.ListAllocations(ref_, {}, CallOf(context_));
    const bool others =
        rows && std::any_of(rows->value.begin(), rows->value.end(),
                            [](const auto& row) { return row.desired_status == "run"; });
    const std::vector<std::string> names(unfit.begin(), unfit.end());
    result.summary = others ? fmt::format("{}; no node fits {} {}", result.summary,
                                          names.size() == 1 ? "group" : "groups", Join(names, ", "))
                            : "no node fits it";
    return result;
  }

  const WaitContext& context_;
  nomad::JobRef ref_;
  std::string type_;
  std::uint64_t index_ = 0;               // JobModifyIndex of what is waited for; 0: not known
  std::optional<std::uint64_t> version_;  // of the job that is deployed, once it is known
  std::set<std::string> announced_;
  std::string crash_told_;
  Pace verdict_pace_;  // over all looks for a verdict, so that they stay few whatever comes back
};

}  // namespace

WaitResult WaitHealthy(const WaitContext& context, const Registered& job) {
  return NamePurge(context, job.ref, HealthWait(context, job.ref).AfterRegister(job));
}

WaitResult WaitHealthyAsFound(const WaitContext& context, const nomad::JobRef& ref) {
  return NamePurge(context, ref, HealthWait(context, ref).AsFound());
}

}  // namespace nmgr::rollout
