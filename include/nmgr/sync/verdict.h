// What the daemon says of a job: one word and a reason, the same on the page, in the API, in the
// ledger and in `nmgr sync status`.
//
// A verdict is about the repository beside the cluster, not about health: a job that runs badly as
// its spec says is in sync.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nmgr::sync {

enum class Verdict {
  kInSync,
  kWillApply,  // it differs and nothing holds it: by this sync, or in a dry run by the next one
  kApplying,
  kFailed,       // it was registered and did not become healthy, or Nomad refused it
  kKnownBad,     // the deployment of this very spec has failed before
  kFrozen,       // its file does not parse or evaluate: nothing is done about its job
  kHeld,         // something or somebody holds it: Hold says what
  kConflict,     // two sources, or two files of one source, name it: both are held
  kOrphan,       // the ledger has it and no file describes it any more; it goes on running
  kUnmanaged,    // Nomad has it and no source ever had
  kUnreachable,  // a question about it failed: nothing is known, so nothing is done
};

// Why a job is held.
enum class Hold {
  kNone,
  kStopped,     // somebody stopped it in Nomad
  kPurged,      // somebody purged it, and its spec is what it was
  kPaused,      // its source is paused
  kWindow,      // no window is open
  kDrift,       // somebody else changed it since
  kAdopt,       // it was there before us and differs from its spec
  kTooYoung,    // what it would take has not waited for long enough
  kPerson,      // `nmgr sync hold`
  kRolledBack,  // Nomad, `undo` or a person went back to an older version
  kPolicy,      // `apply` or `create` of its source does not take it
  kNamespace,   // its source may not name its namespace
  kProtected,   // [serve] protect names it, or it is the daemon itself
};

struct VerdictRow {
  Verdict verdict;
  std::string_view word;
};
// Every verdict once, in the order of the enumeration.
std::span<const VerdictRow> Verdicts();
std::string_view WordOf(Verdict verdict);                 // "in-sync"
std::optional<Verdict> VerdictOf(std::string_view word);  // nothing for another word

struct HoldRow {
  Hold hold;
  std::string_view word;
};
std::span<const HoldRow> Holds();
std::string_view WordOf(Hold hold);  // "too young"; "" of kNone
std::optional<Hold> HoldOf(std::string_view word);

// "held (drift)", "in-sync".
std::string Words(Verdict verdict, Hold hold);

// The command that releases a job whose source or whose state holds it; "" where none does. `job`:
// a SteeredName; quoted for a shell.
std::string ReleaseCommand(Verdict verdict, Hold hold, std::string_view source,
                           std::string_view job);

// Whether a person should look at it: everything but in-sync, will-apply and applying.
bool NeedsALook(Verdict verdict);

}  // namespace nmgr::sync
