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
      {job.is_protected, PruneBar::kProtected},
      {job.is_infra, PruneBar::kInfra},
      {!job.live, PruneBar::kUnreachable},
      {!is_live, PruneBar::kGone},
      {job.live && job.live->index != job.applied_index, PruneBar::kChanged},
      // Git is asked about what the others leave.
      {!job.follows.value_or(false), PruneBar::kRewritten},
      {!job.moved_to.empty(), PruneBar::kMoved},
      {!job.deleted, PruneBar::kNotProved},
      {job.is_held, PruneBar::kHeld},
      {job.fetches_absent < kSeenAbsent, PruneBar::kFetchedOnce},
      {!IsGraceOver(facts, job), PruneBar::kGrace},
  };
  for (const auto& [holds, bar] : bars) {
    if (holds) return bar;
  }
  return PruneBar::kNothing;
}

// What passes, and says nothing of what is to go.
bool IsPassing(PruneBar of_source) {
  return of_source == PruneBar::kNothing || of_source == PruneBar::kNoLedger ||
         of_source == PruneBar::kNotFetched || of_source == PruneBar::kPaused ||
         of_source == PruneBar::kWindow || of_source == PruneBar::kUnsettled;
}

// Goes, or will when only time has passed or somebody answers: what is deleted at once counts at
// once, so that no set is taken away in small steps.
bool IsOnItsWay(PruneBar bar, const PruneJob& job) {
  return bar == PruneBar::kNothing || bar == PruneBar::kFetchedOnce || bar == PruneBar::kGrace ||
         bar == PruneBar::kUnreachable || (bar == PruneBar::kRewritten && !job.follows);
}

// `on_its_way`: nothing that lasts forbids it.
Batch BatchAfter(const PruneJob& job, bool on_its_way, bool too_many, bool confirmed) {
  if (!on_its_way) return job.batch == Batch::kConfirmed ? Batch::kRefused : job.batch;
  const Batch before = job.batch == Batch::kNone && too_many ? Batch::kRefused : job.batch;
  return before == Batch::kRefused && confirmed ? Batch::kConfirmed : before;
}

std::string DeletedWords(const PruneJob& job) {
  return fmt::format("{} was deleted in git", job.path);
}

// Why it wants to be confirmed; "" where it does not.
std::string BatchWords(const PruneFacts& facts, Batch batch, std::size_t on_their_way) {
  if (batch != Batch::kRefused) return {};
  const std::size_t most = MostPruned(facts.managed);
  if (on_their_way <= most) {
    return "it was one of too many to go at once; each wants to be confirmed";
  }
  return fmt::format("{} of {} would be stopped at once; more than {} want to be confirmed",
                     on_their_way, Count(facts.managed, "job"), most);
}

std::string ReasonOf(PruneBar bar, const PruneFacts& facts, const PruneJob& job) {
  switch (bar) {
    case PruneBar::kNothing:
    case PruneBar::kGrace:
    case PruneBar::kTooMany:
      return DeletedWords(job);
    case PruneBar::kSwitchedOff:
      return "no file describes it, and its source does not prune";
    case PruneBar::kNoLedger:
      return "what the source has applied is not known: its ledger does not stand";
    case PruneBar::kNotFetched:
      return "the remote is asked before anything is stopped: it goes after the next fetch that "
             "succeeds";
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
      return DeletedWords(job) + ", as one fetch has shown";
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
  std::vector<bool> on_their_way;
  for (const PruneJob& job : facts.jobs) {
    const PruneBar of_job = BarOfJob(facts, job);
    const bool is_described = of_job == PruneBar::kDescribed || of_job == PruneBar::kFrozen;
    // What passes is not said of a job that something else keeps for good.
    const bool lasts = of_job != PruneBar::kNothing && !IsOnItsWay(of_job, job);
    const bool source_speaks =
        of_source != PruneBar::kNothing && !is_described && !(IsPassing(of_source) && lasts);
    verdicts.push_back({job.key, source_speaks ? of_source : of_job, {}, {}});
    on_their_way.push_back(IsPassing(of_source) && IsOnItsWay(of_job, job));
  }
  const auto count =
      static_cast<std::size_t>(std::count(on_their_way.begin(), on_their_way.end(), true));
  const bool too_many = count > MostPruned(facts.managed);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    PruneVerdict& verdict = verdicts[i];
    const PruneJob& job = facts.jobs[i];
    const bool confirmed = facts.confirmed.contains(verdict.key);
    verdict.batch = BatchAfter(job, on_their_way[i], too_many, confirmed);
    if (verdict.bar == PruneBar::kNothing && verdict.batch == Batch::kRefused) {
      verdict.bar = PruneBar::kTooMany;
    }
    const bool waits = verdict.bar == PruneBar::kGrace || verdict.bar == PruneBar::kFetchedOnce;
    verdict.reason = ReasonOf(verdict.bar, facts, job);
    if (waits) verdict.until = GraceEnd(facts, job);
    const std::string why = BatchWords(facts, verdict.batch, count);
    if (why.empty() || !(waits || verdict.bar == PruneBar::kTooMany)) continue;
    verdict.reason += ", and " + why;
  }
  return verdicts;
}

}  // namespace nmgr::sync
