// What one copy of the daemon needs to act for one source: whether it leads, a client whose writes
// need that, what is remembered, and how people steer. With variables, or for a single copy
// without.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actions/serve_sync.h"
#include "nmgr/actions/action.h"
#include "nmgr/sync/control.h"
#include "nmgr/sync/cycle.h"
#include "nmgr/sync/fenced_client.h"
#include "nmgr/sync/fenced_variables.h"
#include "nmgr/sync/lease.h"
#include "nmgr/sync/ledger_store.h"
#include "nmgr/sync/source.h"
#include "nmgr/sync/windows.h"

namespace nmgr::actions {

// Who this copy is, for leases: its allocation, or host and pid.
sync::LeaseHolder SelfOf(const Env& env);

class ServeDesk {
 public:
  struct Options {
    bool alone = false;       // no variables: nobody else leads, nobody steers
    bool reads_only = false;  // no lease either: nothing is written
    Path folder;              // of the local ledgers then
    Duration jitter = sync::LeaseTerms{}.jitter;
    std::function<void()> wake = [] {};  // something of lease or control has moved
    // What keeps people from steering it; from any thread.
    std::function<void(const std::string& text)> warn = [](const std::string&) {};
  };

  // All must outlive it.
  ServeDesk(Env& env, const sync::Source& source, sync::LeaseShares& shares, Options options);
  ~ServeDesk();
  ServeDesk(const ServeDesk&) = delete;
  ServeDesk& operator=(const ServeDesk&) = delete;

  const sync::Leadership& lease() const { return *lease_; }

  // Why the lease cannot be had, where that is known; "".
  std::string trouble() const;
  // Who leads it; nothing where that is only remembered. `reigns`: this copy does.
  std::optional<sync::LeaseHolder> KnownLeader(bool reigns) const;

  // Nothing is known any more that another copy may have changed; from now on control is watched.
  // The status that was left there, or nothing.
  std::optional<sync::SourceStatus> BeginReign(sync::SourceStatus& status);
  void EndReign();

  sync::Control control() const;
  // Reads it once, where it is not watched.
  Expected<void> ReadControl();
  // What stands there now; nothing where nothing does, or nobody can say. What `status` does not
  // know yet is taken over from it.
  std::optional<sync::SourceStatus> Recall(sync::SourceStatus& status);
  // What of it was carried out. Not in a dry run. What a pause or a window holds back waits until
  // it ends, but for what is confirmed: that stands in the ledger (`kept`), where it is bound to
  // the jobs that waited.
  void MarkHandled(const sync::Control& seen, const sync::Gates& gates, bool kept);
  // Gives the lease to the copy that asks for it, where that is to have it: its ID, or "". To be
  // called when nothing is being written for the source.
  std::string HandOver(sync::LeaseShares& shares);
  // When a window opens or closes next, the pause ends or the drift of one of `jobs` is repaired:
  // to look again then.
  std::optional<WallTime> NextTurn(const std::vector<sync::JobStatus>& jobs) const;
  void WriteStatus(const sync::SourceStatus& status);

  // What a sync takes of it: where it writes, and how people and the time steer it now, which
  // `status` then shows. `control` must outlive it; progress, memory, claims and the stop token are
  // the caller's.
  SyncMeans MeansOf(const sync::Control& control, sync::SourceStatus& status);

  // Gives the lease back.
  void Stop();
  // The same without waiting for it.
  void BeginStop();

 private:
  nomad::Call CallNow() const;
  void NoControl(const Error& error);
  // Writes down that it was carried out, and what stands there then is what is known.
  Expected<void> Mark(const std::vector<std::pair<sync::TriggerKey, std::string>>& handled);

  Env& env_;
  const sync::Source& source_;
  const Options options_;
  std::unique_ptr<sync::Leadership> LeaseNow(sync::LeaseShares& shares);

  mutable std::mutex mutex_;
  sync::Control control_;
  std::string trouble_;
  std::string told_control_;  // why people cannot steer it
  std::unique_ptr<sync::Leadership> lease_;
  sync::FencedClient client_;
  sync::FencedVariables variables_;  // of what only the leader writes
  const std::vector<sync::Window> windows_;
  std::unique_ptr<sync::LedgerStore> ledgers_;
  std::unique_ptr<sync::StatusVariable> status_;
  std::unique_ptr<sync::ControlWatch> watch_;
  // Before the lease goes.
  std::optional<Interruption::Hold> hold_;
};

}  // namespace nmgr::actions
