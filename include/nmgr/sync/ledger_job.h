// What is remembered of one job of a source. Lost, it costs memory of failures, of who changed what
// and ownership for prune; never correctness: all else is computed again from git and Nomad.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/sync/follow.h"
#include "nmgr/sync/verdict.h"

namespace nmgr::sync {

// A job in Nomad: its namespace is never empty here.
struct JobKey {
  std::string name_space;
  std::string id;
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

// A spec that a leader of the source set out to register.
struct LedgerTry {
  std::string commit12;
  std::string hash16;  // of the flat spec
  // The job modify index that it was to replace; 0: the job was absent, or it is not known.
  std::uint64_t index = 0;
  friend bool operator==(const LedgerTry&, const LedgerTry&) = default;
};

// A job whose file was deleted along with more others than may go at once. It stays so until a
// person says that it may go or its file comes back, however few of the others are left then.
enum class Batch {
  kNone,
  kRefused,
  kConfirmed,
};
std::string_view WordOf(Batch batch);  // "refused"; "" of kNone
// Of a word that nobody knows kRefused: then a person is asked once more.
Batch BatchOf(std::string_view word);

// Whether it had ended when it was last seen. Nomad forgets what is dead by itself, after hours
// (job_gc_threshold): then it is absent, and nobody has purged it.
enum class Ended {
  kNo,
  kStopped,   // by a person
  kFinished,  // a batch
};
std::string_view WordOf(Ended ended);  // "stopped"; "" of kNo
Ended EndedOf(std::string_view word);  // kNo of a word that nobody knows

struct LedgerJob {
  Verdict verdict = Verdict::kInSync;
  Hold hold = Hold::kNone;
  // At which it was applied or found equal; "": never yet. Where nothing else changes it is noted
  // anew after kCommitKept only: a commit that touches one job does not write the rows of all.
  std::string commit12;
  WallTime commit_on{};  // the day of that
  std::string hash16;    // of the flat spec that was applied or found equal; "": never yet
  std::uint64_t applied_index = 0;  // the job modify index then; 0: never yet
  WallTime since{};                 // it has this verdict
  std::string bad_hash16;           // of a flat spec whose deployment failed; ""
  std::string path;                 // of its file, from the top of the repository
  // Stopped by us because its file was deleted, or about to be; or its stop was refused, and is
  // tried again.
  bool pruned = false;
  Ended ended = Ended::kNo;
  // For which hold a person has confirmed it, where that is still to be done: it is paused, no
  // window is open, or its register did not come to pass. A batch has its own word for it.
  Hold confirmed = Hold::kNone;
  std::optional<WallTime> drift_since;  // somebody else's change was seen
  // No file describes it: at the first fetch that showed it, and at how many (kSeenAbsent at most).
  std::optional<WallTime> absent_since;
  std::size_t fetches_absent = 0;
  Batch batch = Batch::kNone;
  // Registers that were begun and of which it is not known what became of them (sync/stale.h); the
  // oldest first, kMostTries at most.
  std::vector<LedgerTry> tries;
  // Of a flat spec whose register was last refused, for certain; "". Its try stays in `tries`, so
  // that the next attempts, which may land, need not be noted before each of them.
  std::string refused_hash16;
  FollowRow follow;    // a version of the registry instead of git's
  std::string reason;  // cut first where the ledger is full
  friend bool operator==(const LedgerJob&, const LedgerJob&) = default;

  // It went on running as it was last known. Whether a person stops it then, or the next attempt of
  // a copy that dies over it, is not told apart: either way it comes back with its file.
  bool WasStopRefused() const { return pruned && verdict == Verdict::kFailed; }
};

using LedgerJobs = std::map<JobKey, LedgerJob>;

// Long enough to be cheap, and short enough for git to look back over: a deletion is proved from
// the commit of the row on (sync/prune.h).
inline constexpr std::chrono::hours kCommitKept{7 * 24};
inline constexpr std::size_t kSeenAbsent = 2;  // fetches, before anything is pruned
inline constexpr std::size_t kMostTries = 3;
inline constexpr std::size_t kLedgerHash = 16;    // digits
inline constexpr std::size_t kLedgerCommit = 12;  // digits

}  // namespace nmgr::sync
