// What becomes of one job in a sync: evidence of the repository, of Nomad, of the ledger and of the
// people who steer goes in, a verdict with its reason and whether it is registered comes out. Pure:
// the whole of the daemon's judgement stands here, the first row of the table that holds counts.
//
//   two sources or two files name it         conflict     neither is applied
//   the daemon itself, or `protect`          held         protected
//   a namespace that is not its source's     held         namespace
//   its file has faults                      frozen       never stopped, never registered
//   a question failed                        unreachable  never taken for "absent"
//   Nomad refuses the spec                   frozen       with Nomad's words
//   a person holds it                        held         by hand
//   stopped in Nomad                         held         stopped, until it is confirmed by name;
//                                                         what we pruned ourselves comes back
//   absent, and the ledger knows it          held         purged, until its spec changes,
//                                                         `create = "always"`, or it is confirmed
//   absent                                   applied      unless `create = "never"`
//   runs as its spec says                    in-sync      adopted, whoever registered it
//   differs, known bad                       known-bad    until the spec changes or `retry`
//   differs, as an earlier commit has it     applied      what landed late (sync/stale.h)
//   differs, nobody knows it                 held         adopt, until confirmed or always
//   differs, spec as it was applied, or      held         drift: warn, repair or ignore
//   as it was begun by a leader that died
//   before it saw what became of it, and
//   changed since
//   differs, spec has changed                applied      also over a person's change
//
// What would be applied passes the gates: `apply`, pause, window. A job that is held keeps what the
// ledger has of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/rollout/state.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/prune.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/verdict.h"

namespace nmgr::sync {

// How the reason of a job begins that is in sync and does not run well.
inline constexpr std::string_view kNotWell = "as its spec says, but ";

// How people steer one job of a source (control/NAME).
struct JobSteering {
  bool held = false;     // `nmgr sync hold`
  std::string held_by;   // "" where nobody said
  std::string held_why;  // likewise
  // A confirm covers what was shown as waiting when it was given, and nothing that came later.
  bool confirmed = false;        // by name: what was stopped, purged or changed by hand too
  bool confirmed_prune = false;  // by name: that it is stopped, since its file is gone
  bool confirmed_set = false;    // as one of those that waited for adoption, or to be stopped
  bool retried = false;          // a bad spec is tried once more
  bool unfollowed = false;       // no tag of the registry in place of git's (sync/follow.h)
};

// What holds for all jobs of a source in a sync.
struct Gates {
  std::string paused;  // "by ann until 18:00"; "": it is not
  bool is_paused = false;
  bool window_open = true;
  std::string window;  // why not: the row that denies, or when it opens
  // Git may not lead from the commits of the ledger to this one (a forced push, a lost mirror).
  bool new_history = false;
};

struct JobCase {
  std::string name;     // what it is shown as
  std::string steered;  // how `nmgr sync` is told of it (SteeredName)

  // The repository.
  std::string path;                        // from its top
  std::string fault;                       // where and why its file cannot be used; ""
  std::vector<std::string> other_files;    // of this source, that name it too
  std::vector<std::string> other_sources;  // that name it too
  std::string hash16;                      // of the flat spec; "" of one with a fault
  bool namespace_allowed = true;
  bool is_protected = false;

  // Nomad.
  std::string unreachable;                               // the question that failed; ""
  std::string refused;                                   // what Nomad has against the spec; ""
  rollout::JobState state = rollout::JobState::kAbsent;  // with the plan, known bad or not
  std::uint64_t live_index = 0;                          // 0: absent
  std::vector<std::uint64_t> failed_registers;           // whose deployment failed: their indexes
  bool images_differ = false;
  std::string difference;  // in what it differs: "image of web: a:1 -> a:2"; or ""
  std::string stale;       // the commit whose register landed late and is live; ""
  std::string trouble;     // how it runs, where not well: "failed: group web runs 0 of 1"

  std::optional<LedgerJob> row;
  JobSteering steering;
};

struct Decision {
  Verdict verdict = Verdict::kInSync;
  Hold hold = Hold::kNone;
  std::string reason;
  std::string hint;    // what releases it: a command line
  bool apply = false;  // register it; `verdict` is then will-apply
  LedgerJob row;       // what is to be kept, as long as nothing is applied
};

Decision Decide(const JobCase& job, const Source& source, const Gates& gates,
                const std::string& commit, WallTime now);

// A job of the ledger that no file names any more, and what Nomad says of it: it goes on running,
// and is told why, or is stopped (`apply`) where nothing forbids that. What is neither named nor
// there, was stopped by somebody else, or is another source's now, is forgotten: nothing then; what
// we stopped is remembered as long as Nomad does, so that it comes back with its file.
std::optional<Decision> DecideOrphan(const PruneJob& job, const PruneVerdict& prune,
                                     const LedgerJob& row, const Source& source, WallTime now);

// How `nmgr sync` is told of a job: with its namespace where the ID alone would be read as
// something else.
std::string SteeredName(const JobKey& job, std::string_view default_namespace);

// The command that helps with an orphan whose row this is; "" where time alone does.
// LedgerJob::hold of an orphan is what holds it back, which its verdict does not show.
std::string OrphanCommand(const LedgerJob& row, const JobKey& key, std::string_view source);

}  // namespace nmgr::sync
