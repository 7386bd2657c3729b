// Which jobs may be stopped because git no longer has them. Pure: the evidence comes from whoever
// asked git and Nomad.
//
// To stop what should run is the worst that the daemon can do, so nothing is inferred: a job is
// stopped only if every one of the conditions below is proved in this very cycle, and what is
// unknown counts against it. Pruning is off unless a source switches it on; nothing is ever purged.
//
// Of the source: it may prune; the ledger stands; its commit was fetched in this cycle and follows
// from the one that was applied; its set is not empty; it has no faulty file whose job is unknown.
// Of the job: the ledger has it for this source with the file it came from and the index of its
// last register; Nomad still has that index, and the job runs; the commit at which it was applied
// is an ancestor of this one, and the file is gone between them, not moved to where nobody looks;
// no file of any source describes it, and no faulty one may; it is neither infrastructure nor
// protected; it was absent for two fetches and for as long as the source says. Of all of them at
// once: at most a fifth of the source's jobs, or one; more need a person. What is to be registered
// goes first, and where that ends before its time nothing is stopped.
//
// More than these stay refused, each of them, until a person says that it may go or its file comes
// back (Batch, kept in the ledger): else those that were not confirmed would fit under the limit as
// soon as the others are gone. They are told apart at the first look that shows them, those that
// still wait for their grace too, and a person's word of them is kept as long as the evidence is.
// One that Nomad or git could not be asked about counts as one that goes.
//
// A file whose header cannot be read may describe any job, whatever it described before: it forbids
// all of it, of every source, since a job may have moved there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/path.h"
#include "nmgr/sync/ledger_job.h"

namespace nmgr::sync {

// A spec that does not parse or evaluate, and what is known of its job: by its header, the ledger
// or the history of its path.
struct FaultyFile {
  std::string path;
  std::string name_space;  // "": not known, so it may be any
  std::string id;          // "": not known, so it may be any job of its source
};

// What forbids that a job is pruned, the gravest first. kNothing: nothing does.
enum class PruneBar {
  kNothing,
  kSwitchedOff,
  kNoLedger,      // it is lost, unreadable or could not be written
  kNotFetched,    // what the source is now is not known
  kRewritten,     // the commit does not follow from the applied one, or it is not known whether
  kEmptySet,      // the source has no spec at all any more
  kUnknownFault,  // any job may be the one of a faulty file
  kPaused,
  kWindow,
  kUnsettled,  // what goes before it in this sync was not begun, or nothing could be decided
  kDescribed,  // a file of this or of another source describes it
  kFrozen,     // a faulty file is its own
  kNotOurs,    // the ledger has no register of this source for it
  kNoFile,     // from which file it came is not known
  kFileThere,  // the file is there, so the job was moved or the source looks elsewhere
  kMoved,      // much the same text stands elsewhere, where no good file of the source is
  kNotProved,  // git does not show that a commit since has deleted it
  kProtected,
  kInfra,
  kUnreachable,  // Nomad could not be asked
  kGone,         // Nomad does not have it, or it is stopped: there is nothing to do
  kChanged,      // somebody has registered it since
  kHeld,         // a person holds it
  kFetchedOnce,  // it was missing for one fetch only
  kGrace,
  kTooMany,  // or one that was, and that no person has confirmed
};

// One job that the ledger has for the source and that its commit may no longer describe.
struct PruneJob {
  JobKey key;
  std::uint64_t applied_index = 0;  // of its last register or of what was found equal; 0: none
  Path path;                        // of its file then; "": not known
  std::optional<bool> follows;      // from the commit it was applied at; nothing: not known
  bool deleted = false;             // proved: a commit since has deleted that path
  Path moved_to;                    // and its text stands there now; "": nowhere
  bool is_infra = false;
  bool is_protected = false;
  bool is_held = false;
  // Nomad's answer in this cycle. Nothing: it could not be asked.
  struct Live {
    std::uint64_t index = 0;  // job modify index; 0: there is no such job
    bool stopped = false;
  };
  std::optional<Live> live;
  std::size_t fetches_absent = 0;        // that succeeded, one after another, this one included
  std::optional<WallTime> absent_since;  // of the first of them
  Batch batch = Batch::kNone;            // as the ledger has it
};

struct PruneFacts {
  bool enabled = false;
  bool ledger_stands = false;
  bool fetched = false;         // in this cycle, and the whole tree was read
  std::optional<bool> follows;  // from the applied commit; nothing: not known
  bool paused = false;
  bool window_open = true;
  bool settled = true;             // everything that was to be registered has been begun
  std::size_t files = 0;           // spec files of the source, good or faulty
  std::vector<FaultyFile> faulty;  // of all sources
  // Faulty files whose job is not known, with the fault: of this source, and of every other.
  std::vector<std::string> unknown_faults;
  std::set<JobKey> described;  // by good files of any source
  std::set<Path> paths;        // every file of this source's commit
  std::size_t managed = 0;     // jobs of the source that the ledger has
  Duration grace{600'000};
  WallTime now{};
  std::set<JobKey> confirmed;  // of which a person has said that they may go
  std::vector<PruneJob> jobs;
};

struct PruneVerdict {
  JobKey key;
  PruneBar bar = PruneBar::kSwitchedOff;
  std::string reason;             // one sentence without a full stop, for people
  std::optional<WallTime> until;  // with kGrace and kFetchedOnce
  Batch batch = Batch::kNone;     // to be kept
  bool IsOrphan() const;          // nothing describes it: it is shown as one, pruned or not
  bool MayGo() const { return bar == PruneBar::kNothing; }
};

// One for each of facts.jobs, in their order.
std::vector<PruneVerdict> DecidePrune(const PruneFacts& facts);

// How many jobs may be pruned at once without a person: a fifth of what the source has, at least 1.
std::size_t MostPruned(std::size_t managed);

}  // namespace nmgr::sync
