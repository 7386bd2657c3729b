#include "nmgr/rollout/standing.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/reasons.h"
#include "nmgr/rollout/trouble.h"

namespace nmgr::rollout {
namespace {

SpecStanding SpecOf(const JobFacts& facts) {
  if (facts.path.empty()) return SpecStanding::kNone;
  if (!facts.duplicates.empty()) return SpecStanding::kSeveral;
  return facts.spec && !facts.faulty ? SpecStanding::kFine : SpecStanding::kInvalid;
}

std::optional<JobState> StateOf(const JobFacts& facts, SpecStanding spec) {
  if (facts.error || facts.ref.id.empty()) return std::nullopt;
  if (!facts.live && spec == SpecStanding::kInvalid && facts.faulty) return std::nullopt;
  return facts.State();
}

// The plan of a stopped job says at least that it would run.
bool ChangesMoreThanStop(const nomad::JobPlan& plan) {
  if (plan.diff == nullptr) return PlanDiffers(plan);
  nomad::JobPlan without = plan;
  nlohmann::json diff = *plan.diff;
  const auto fields = diff.find("Fields");
  if (fields != diff.end() && fields->is_array()) {
    nlohmann::json kept = nlohmann::json::array();
    for (nlohmann::json& field : *fields) {
      if (nomad::Text(field, "Name") != "Stop") kept.push_back(std::move(field));
    }
    *fields = std::move(kept);
  }
  without.diff = std::make_shared<const nlohmann::json>(std::move(diff));
  return PlanDiffers(without);
}

std::optional<bool> Differs(const JobFacts& facts) {
  if (!facts.plan || !facts.live) return std::nullopt;
  return facts.live->stop ? ChangesMoreThanStop(*facts.plan) : PlanDiffers(*facts.plan);
}

std::vector<std::string> UnderWayWords(const JobFacts& facts) {
  std::vector<std::string> lines;
  const auto newest = NewestOfVersion(facts.evidence.allocations, *facts.live);
  const bool has_events =
      std::any_of(newest.begin(), newest.end(), [](const auto* it) { return !it->tasks.empty(); });
  if (has_events) {
    if (const auto crash = WorstCrash(newest)) lines.push_back(DescribeCrash(*crash));
    std::vector<const nomad::Allocation*> pending;
    for (const nomad::Allocation* allocation : newest) {
      if (allocation->client_status == "pending") pending.push_back(allocation);
    }
    for (std::string& line : DescribePending(pending)) lines.push_back(std::move(line));
  }
  const auto& deployment = facts.evidence.deployment;
  if (deployment && IsUnderWay(*deployment) && !deployment->status_description.empty()) {
    lines.push_back("deployment " + ShortId(deployment->id) + ": " +
                    deployment->status_description);
  }
  return lines;
}

std::vector<std::string> TroublesOf(const JobFacts& facts, const Verdict& live) {
  std::vector<std::string> lines;
  switch (live.state) {
    case JobState::kFailed: {
      std::vector<const nomad::Allocation*> all;
      for (const nomad::Allocation& row : facts.evidence.allocations) {
        if (row.job_version >= facts.live->version) all.push_back(&row);
      }
      const std::optional<Crash> crash = WorstCrash(all);
      if (crash) lines.push_back(DescribeCrash(*crash));
      lines.push_back(FailureWords(live));
      break;
    }
    case JobState::kNeedsPromotion:
      return {PromoteHint(facts.ref)};
    case JobState::kUnderWay:
      return UnderWayWords(facts);
    case JobState::kStopped: {
      const auto ending = LiveAllocations(facts.evidence.allocations);
      if (!ending.empty()) lines.push_back(EndingTasks(CountTasks(ending)));
      return lines;
    }
    default:
      if (live.nowhere) lines.emplace_back(NowhereWords(*facts.live));
      break;
  }
  for (std::string& line : TroubleDetails(facts, live)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

Questions StandingQuestions() {
  return {.spec = SpecNeed::kAny,
          .plan = PlanNeed::kAll,
          .stopped_too = true,
          .children = true,
          .keep_job = false,
          .plan_may_fail = true,
          .closer = true};
}

int Standing::Urgency() const {
  enum Rank { kUnknown, kBroken, kStuck, kWaits, kSpec, kChanged, kMoving, kAlone, kIdle, kWell };
  if (!state) return kUnknown;
  switch (live ? live->state : *state) {
    case JobState::kFailed:
      return kBroken;
    case JobState::kBlocked:
      return kStuck;
    case JobState::kNeedsPromotion:
      return kWaits;
    default:
      break;
  }
  if (spec == SpecStanding::kInvalid || spec == SpecStanding::kSeveral) return kSpec;
  if (*state == JobState::kBlocked) return kStuck;
  if (*state == JobState::kKnownBad) return kBroken;
  if (*state == JobState::kDiffers) return kChanged;
  if (*state == JobState::kUnderWay) return kMoving;
  if (spec == SpecStanding::kNone) return kAlone;
  if (*state == JobState::kAbsent || *state == JobState::kStopped) return kIdle;
  return kWell;
}

bool Standing::IsPending() const {
  if (!state || spec == SpecStanding::kInvalid || spec == SpecStanding::kSeveral) return true;
  if (spec == SpecStanding::kNone) return false;
  switch (*state) {
    case JobState::kFinished:
    case JobState::kUnderWay:
    case JobState::kRunning:
      return false;
    default:
      return true;
  }
}

Standing StandingOf(const JobFacts& facts) {
  Standing standing;
  standing.spec = SpecOf(facts);
  if (standing.spec == SpecStanding::kInvalid) {
    standing.fault_place = repo::FaultPlace(facts.diagnostics, facts.path);
  }
  standing.state = StateOf(facts, standing.spec);
  if (!standing.state) return standing;
  standing.live = facts.JudgeLive();
  standing.groups = facts.evidence.Health(facts.live ? &*facts.live : nullptr);
  for (const GroupHealth& group : standing.groups) {
    standing.healthy += group.healthy;
    standing.wanted += group.wanted;
  }
  if (facts.spec && facts.live && facts.duplicates.empty()) {
    standing.images = CompareImages(facts.spec->images, *facts.live);
  }
  standing.differs = Differs(facts);
  if (facts.live) {
    Verdict judged = *standing.live;
    if (standing.state == JobState::kBlocked) judged.state = JobState::kBlocked;
    standing.troubles = TroublesOf(facts, judged);
  }
  return standing;
}

}  // namespace nmgr::rollout
