// How the daemon's sources and jobs stand, as plain values: what the page, the API, the metrics and
// `nmgr sync status` show. Nothing here holds a secret: URLs have lost their user and password.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/sync/verdict.h"

namespace nmgr::sync {

// Where a source is in its sync.
enum class Phase {
  kStandby,  // another copy leads it
  kIdle,     // waits for its time, a hook, a control or Nomad
  kFetching,
  kReading,  // the checkout, and every spec evaluated
  kPlanning,
  kApplying,
  kBackoff,   // the last fetch failed; the last good commit stays in force
  kStopping,  // nothing new starts
};
std::string_view WordOf(Phase phase);  // "idle"

// One sync that has ended.
struct PastSync {
  WallTime at{};
  std::string commit;       // whole; "" where the fetch failed
  std::string result;       // "ok", "failed", "unreachable", "interrupted"
  std::size_t applied = 0;  // jobs
  std::string error;        // "" or one sentence
};

struct PauseStatus {
  std::string by;  // "" where nobody said
  WallTime at{};
  std::optional<WallTime> until;
  std::string why = {};
};
struct Pause;
PauseStatus StatusOf(const Pause& pause);

struct SourceStatus {
  std::string name;
  std::string url;
  std::string ref;      // "refs/heads/main", or a commit
  std::string commit;   // whole; "": nothing was fetched yet
  std::string subject;  // of the commit, escaped, first line
  std::string author;
  std::optional<WallTime> fetched_at;  // of the last fetch that succeeded
  std::optional<WallTime> applied_at;  // the end of the last sync of that commit
  Phase phase = Phase::kIdle;
  std::string error;  // of the last sync; ""
  std::string hint;   // what to do about it
  std::optional<WallTime> next_look;
  std::optional<PauseStatus> paused;
  bool leads = false;          // this copy does
  std::string leader;          // who does: an allocation, or host and pid; "" nobody
  std::string leader_address;  // of its page; ""
  std::map<Verdict, std::size_t> counts;
  std::vector<PastSync> history;  // the last kKeptSyncs, the newest first
};
inline constexpr std::size_t kKeptSyncs = 10;

struct JobStatus {
  std::string source;  // "" of an unmanaged job
  std::string name_space;
  std::string id;
  std::string path;  // from the top of the repository; "" without a file
  Verdict verdict = Verdict::kInSync;
  Hold hold = Hold::kNone;
  std::string reason;             // one sentence without a full stop; secrets are hidden
  std::string hint;               // what releases it: a whole command line, or ""
  std::string trouble;            // how badly it runs, where that is known; ""
  bool fails = false;             // in sync, and does not run: `up` would call it failed
  bool refused = false;           // frozen by Nomad's word, which may be another one later
  std::string commit;             // of its row of the ledger (LedgerJob::commit12)
  std::optional<WallTime> since;  // it has this verdict
  std::optional<WallTime> drift_since;
};

}  // namespace nmgr::sync
