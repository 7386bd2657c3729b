#include "nmgr/sync/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nmgr/base/text.h"

namespace nmgr::sync {
namespace {

constexpr std::array kVerdicts = {
    VerdictRow{Verdict::kInSync, "in-sync"},
    VerdictRow{Verdict::kWillApply, "will-apply"},
    VerdictRow{Verdict::kApplying, "applying"},
    VerdictRow{Verdict::kFailed, "failed"},
    VerdictRow{Verdict::kKnownBad, "known-bad"},
    VerdictRow{Verdict::kFrozen, "frozen"},
    VerdictRow{Verdict::kHeld, "held"},
    VerdictRow{Verdict::kConflict, "conflict"},
    VerdictRow{Verdict::kOrphan, "orphan"},
    VerdictRow{Verdict::kUnmanaged, "unmanaged"},
    VerdictRow{Verdict::kUnreachable, "unreachable"},
};

constexpr std::array kHolds = {
    HoldRow{Hold::kNone, ""},
    HoldRow{Hold::kStopped, "stopped"},
    HoldRow{Hold::kPurged, "purged"},
    HoldRow{Hold::kPaused, "paused"},
    HoldRow{Hold::kWindow, "window"},
    HoldRow{Hold::kDrift, "drift"},
    HoldRow{Hold::kAdopt, "adopt"},
    HoldRow{Hold::kTooYoung, "too young"},
    HoldRow{Hold::kPerson, "by hand"},
    HoldRow{Hold::kRolledBack, "rolled back"},
    HoldRow{Hold::kPolicy, "policy"},
    HoldRow{Hold::kNamespace, "namespace"},
    HoldRow{Hold::kProtected, "protected"},
};

}  // namespace

std::span<const VerdictRow> Verdicts() { return kVerdicts; }

std::string_view WordOf(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict)).word;
}

std::optional<Verdict> VerdictOf(std::string_view word) {
  const auto found = std::find_if(kVerdicts.begin(), kVerdicts.end(),
                                  [&](const VerdictRow& row) { return row.word == word; });
  if (found == kVerdicts.end()) return std::nullopt;
  return found->verdict;
}

std::span<const HoldRow> Holds() { return kHolds; }

std::string_view WordOf(Hold hold) { return kHolds.at(static_cast<std::size_t>(hold)).word; }

std::optional<Hold> HoldOf(std::string_view word) {
  const auto found = std::find_if(kHolds.begin(), kHolds.end(),
                                  [&](const HoldRow& row) { return row.word == word; });
  if (found == kHolds.end()) return std::nullopt;
  return found->hold;
}

std::string Words(Verdict verdict, Hold hold) {
  if (verdict != Verdict::kHeld || hold == Hold::kNone) return std::string(WordOf(verdict));
  return fmt::format("{} ({})", WordOf(verdict), WordOf(hold));
}

std::string ReleaseCommand(Verdict verdict, Hold hold, std::string_view source,
                           std::string_view job) {
  const auto of_job = [&](std::string_view verb) {
    return fmt::format("nmgr sync {} {} {}", verb, source, ShellWord(job));
  };
  if (verdict == Verdict::kKnownBad) return of_job("retry");
  switch (hold) {
    case Hold::kStopped:
    case Hold::kPurged:
    case Hold::kDrift:
    case Hold::kAdopt:
      return of_job("confirm");
    case Hold::kPerson:
      return of_job("release");
    case Hold::kPaused:
      return fmt::format("nmgr sync resume {}", source);
    case Hold::kWindow:
      return fmt::format("nmgr sync now {} --force", source);
    default:
      return {};
  }
}

bool NeedsALook(Verdict verdict) {
  return verdict != Verdict::kInSync && verdict != Verdict::kWillApply &&
         verdict != Verdict::kApplying;
}

}  // namespace nmgr::sync
