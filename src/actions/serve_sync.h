// What `serve` does for one source, once or again and again: fetch, read, sync.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/sync/cycle.h"
#include "nmgr/sync/ledger_store.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/status.h"
#include "nmgr/sync/tree.h"

namespace nmgr::actions {

// What `serve` was told that cannot be: no source, a secret that others may read, no folder.
Expected<void> CheckServe(Env& env);

// Mirrors and checkouts.
Expected<Path> ServeFolder(Env& env);

// A source with what is known of it from one sync to the next.
struct Followed {
  const sync::Source* source = nullptr;
  std::unique_ptr<sync::Trees> trees;
  std::unique_ptr<sync::Tree> tree;  // of the last commit that could be read; null: none yet
  sync::SourceStatus status;
  std::vector<sync::JobStatus> jobs;
  std::string not_kept;  // why the ledger holds less than is known; ""
};

// How the trees of a source are read.
sync::TreeOptions TreeOptionsOf(const Env& env);

// Those of the config file.
std::vector<Followed> Follow(Env& env, const Path& folder);
// `source` must outlive it.
Followed FollowOne(Env& env, const sync::Source& source, const Path& folder);

// What this machine and this nmgr must be able to do for a source, before it is begun with: its
// credential's files, its windows, its switches.
Expected<void> CheckSource(Env& env, const sync::Source& source);

// Asks the remote, and reads the tree where the commit is another one.
enum class Look {
  kNew,     // there is a tree to be synced that was not there before
  kSame,    // the remote has what `tree` is
  kAgain,   // so it has, and a file outside of it has moved: it was read again
  kFailed,  // status.error says why; `tree` is still that of the last good commit, or null
};
Look FetchAndRead(Env& env, Followed& followed);

// With the hint, where a line is all there is room for.
std::string Told(const Error& error);

class SourcePushes;

// What a sync takes beside its tree. Not owned.
struct SyncMeans {
  sync::LedgerStore* ledgers = nullptr;
  rollout::PlanMemory* memory = nullptr;  // null: everything is asked
  const sync::Claims* claims = nullptr;
  nomad::JobClient* jobs = nullptr;  // whose writes are this source's
  std::function<std::unique_ptr<rollout::Progress>()> progress;
  // How people steer the source, asked once a sync.
  sync::Gates gates;
  std::function<sync::JobSteering(const sync::JobKey& job)> steering;
  // Whether they have stayed its hand since then: why the job is left alone; "": it is not. Asked
  // before each register and stop, from several threads.
  std::function<std::string(const sync::JobKey& job)> veto;
  std::function<void(std::string_view text)> warn;
  std::function<void()> planned;  // as sync::SyncOptions has it; may be null
  std::stop_token stop;           // nothing new starts
  bool fetched = false;  // the remote answered in this cycle, and the tree is of its commit
  SourcePushes* pushes = nullptr;  // what images mean for it
};

struct SourceSync {
  std::vector<rollout::Rollout> runs;
  sync::LedgerJobs before;  // what was known when it began
  ExitCode code = kDone;
  bool decided = false;      // every job has its verdict, and what was to be done has been begun
  std::optional<Error> end;  // why it ended before, unless somebody ended it
};

// One sync of a tree that was read; rows of the ledger go in and out unless it is a dry run.
SourceSync SyncSource(Env& env, Followed& followed, const SyncMeans& means);

// Whether a job is not where it should be, and may be another time without git or Nomad moving.
bool NeedsAnother(const Followed& followed);

// Of several codes the one that says most: an interruption, what stands for the whole run, a
// failure, pending changes.
ExitCode Worse(ExitCode a, ExitCode b);

// One sync of every source, and the end.
// `alone`: without variables (--no-lease).
ExitCode ServeOnce(Env& env, bool alone);

}  // namespace nmgr::actions
