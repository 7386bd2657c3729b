#include "nmgr/sync/prune.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::sync {
namespace {

// What forbids every one of the source.
PruneBar BarOfSource(const PruneFacts& facts) {
  const std::pair<bool, PruneBar> bars[] = {
      {!facts.enabled, PruneBar::kSwitchedOff},
      {!facts.ledger_stands, PruneBar::kNoLedger},
      {!facts.fetched, PruneBar::kNotFetched},
      {!facts.follows.value_or(false), PruneBar::kRewritten},
      {facts.files == 0, PruneBar::kEmptySet},
      {!facts.unknown_faults.empty(), PruneBar::kUnknownFault},
      {facts.paused, PruneBar::kPaused},
      {!facts.window_open, PruneBar::kWindow},
      {!facts.settled, PruneBar::kUnsettled},
  };
  for (const auto& [holds, bar] : bars) {
    if (holds) return bar;
  }
  return PruneBar::kNothing;
}

bool MayBeOf(const FaultyFile& file, const PruneJob& job) {
  if (!job.path.empty() && file.path == job.path) return true;
  const bool same_space = file.name_space.empty() || file.name_space == job.key.name_space;
  return file.id == job.key.id && same_space;
}

bool IsFrozen(const PruneFacts& facts, const PruneJob& job) {
  return std::any_of(facts.faulty.begin(), facts.faulty.end(),
                     [&job](const FaultyFile& file) { return MayBeOf(file, job); });
}

// Until when it is to be absent still; nothing where that is not known.
std::optional<WallTime> GraceEnd(const PruneFacts& facts, const PruneJob& job) {
  if (!job.absent_since) return std::nullopt;
  return *job.absent_since + std::max(facts.grace, Duration(0));
}

bool IsGraceOver(const PruneFacts& facts, const PruneJob& job) {
  const auto end = GraceEnd(facts, job);
  // A clock that was set back says nothing of how long it was.
  return end && *job.absent_since <= facts.now && *end <= facts.now;
}

PruneBar BarOfJob(const PruneFacts& facts, const PruneJob& job) {
  const bool is_live = job.live && job.live->index != 0 && !job.live->stopped;
  const std::pair<bool, PruneBar> bars[] = {
      {facts.described.contains(job.key), PruneBar::kDescribed},
      {IsFrozen(facts, job), PruneBar::kFrozen},
      {job.applied_index == 0, PruneBar::kNotOurs},
      {job.path.empty(), PruneBar::kNoFile},
      {facts.paths.contains(job.path), PruneBar::kFileThere},
      {!job.follows.value_or(false), PruneBar::kRewritten},
      {!job.moved_to.empty(), PruneBar::kMoved},
      {!job.deleted, PruneBar::kNotProved},
      {job.is_protected, PruneBar::kProtected},
      {job.is_infra, PruneBar::kInfra},
      {!job.live, PruneBar::kUnreachable},
      {!is_live, PruneBar::kGone},
      {job.live && job.live->index != job.applied_index, PruneBar::kChanged},
      {job.is_held, PruneBar::kHeld},
      {job.fetches_absent < kSeenAbsent, PruneBar::kFetchedOnce},
      {!IsGraceOver(facts, job), PruneBar::kGrace},
  };
  for (const auto& [holds, bar] : bars) {
    if (holds) return bar;
  }
  return PruneBar::kNothing;
}

// Goes, or will when only time has passed: what is deleted at once counts at once, so that no set
// is taken away in small steps.
bool IsOnItsWay(PruneBar bar) {
  return bar == PruneBar::kNothing || bar == PruneBar::kFetchedOnce || bar == PruneBar::kGrace;
}

std::string ReasonOf(PruneBar bar, const PruneFacts& facts, const PruneJob& job,
                     std::size_t on_their_way) {
  switch (bar) {
    case PruneBar::kNothing:
      return fmt::format("{} was deleted in git", job.path);
    case PruneBar::kSwitchedOff:
      return "no file describes it, and its source does not prune";
    case PruneBar::kNoLedger:
      return "what the source has applied is not known: its ledger does not stand";
    case PruneBar::kNotFetched:
      return "the source was not fetched in this cycle";
    case PruneBar::kRewritten:
      return "the branch does not follow from the commit that was applied";
    case PruneBar::kEmptySet:
      return "the source has no specs at all any more";
    case PruneBar::kUnknownFault:
      return "which job a file describes is not known: " + SomeOf(facts.unknown_faults);
    case PruneBar::kPaused:
      return "its source is paused";
    case PruneBar::kWindow:
      return "no window is open";
    case PruneBar::kUnsettled:
      return "what goes before it in this sync was not begun";
    case PruneBar::kDescribed:
      return "a file describes it";
    case PruneBar::kFrozen:
      return "its file cannot be read";
    case PruneBar::kNotOurs:
      return "its source has never applied it";
    case PruneBar::kNoFile:
      return "from which file it came is not known";
    case PruneBar::kFileThere:
      return fmt::format("{} is still there, and not what describes it", job.path);
    case PruneBar::kMoved:
      return fmt::format("{} was moved to {}, and not deleted", job.path, job.moved_to);
    case PruneBar::kNotProved:
      return fmt::format("no commit since it was applied has deleted {}", job.path);
    case PruneBar::kProtected:
      return "it is protected";
    case PruneBar::kInfra:
      return "it is an infrastructure job";
    case PruneBar::kUnreachable:
      return "Nomad could not be asked about it";
    case PruneBar::kGone:
      return "it does not run";
    case PruneBar::kChanged:
      return "somebody has changed it since it was applied";
    case PruneBar::kHeld:
      return "somebody holds it";
    case PruneBar::kFetchedOnce:
      return fmt::format("{} was deleted in git, as one fetch has shown", job.path);
    case PruneBar::kGrace:
      return fmt::format("{} was deleted in git", job.path);
    case PruneBar::kTooMany:
      return fmt::format("{} of {} would be stopped at once; more than {} want to be confirmed",
                         on_their_way, Count(facts.managed, "job"), MostPruned(facts.managed));
  }
  return {};
}

}  // namespace

std::size_t MostPruned(std::size_t managed) {
  constexpr std::size_t kShare = 5;
  return std::max<std::size_t>(1, managed / kShare);
}

bool PruneVerdict::IsOrphan() const {
  return bar != PruneBar::kDescribed && bar != PruneBar::kFrozen;
}

std::vector<PruneVerdict> DecidePrune(const PruneFacts& facts) {
  const PruneBar of_source = BarOfSource(facts);
  std::vector<PruneVerdict> verdicts;
  for (const PruneJob& job : facts.jobs) {
    const PruneBar of_job = BarOfJob(facts, job);
    const bool is_described = of_job == PruneBar::kDescribed || of_job == PruneBar::kFrozen;
    const bool source_speaks = of_source != PruneBar::kNothing && !is_described;
    verdicts.push_back({job.key, source_speaks ? of_source : of_job, {}, {}});
  }
  const auto on_their_way = static_cast<std::size_t>(
      std::count_if(verdicts.begin(), verdicts.end(),
                    [](const PruneVerdict& verdict) { return IsOnItsWay(verdict.bar); }));
  const bool too_many = on_their_way > MostPruned(facts.managed);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    PruneVerdict& verdict = verdicts[i];
    const bool confirmed = facts.confirmed_all || facts.confirmed.contains(verdict.key);
    if (verdict.bar == PruneBar::kNothing && too_many && !confirmed) {
      verdict.bar = PruneBar::kTooMany;
    }
    verdict.reason = ReasonOf(verdict.bar, facts, facts.jobs[i], on_their_way);
    if (verdict.bar == PruneBar::kGrace || verdict.bar == PruneBar::kFetchedOnce) {
      verdict.until = GraceEnd(facts, facts.jobs[i]);
    }
  }
  return verdicts;
}

}  // namespace nmgr::sync
