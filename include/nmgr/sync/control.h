// control/NAME: what people and hooks ask of the copy that leads a source. Written by `nmgr sync`
// with the operator's own token, by webhooks and by the few POST endpoints; the leader holds one
// blocking query on it. So nothing is forwarded between copies, a request survives a fail-over, and
// who may steer is decided by Nomad's ACL.
//
//   sync            requested 2026-…Z commit=… by=… force=yes   the latest replaces the one before
//   pause           paused 2026-…Z by=… until=… | why
//   confirm         requested 2026-…Z by=… jobs=1a2b3c4d,…      all that waited to be confirmed
//   then confirm:NS/ID   requested 2026-…Z by=… for=prune            the same of one job
//   retry:NS/ID, unfollow:NS/ID                                 requested 2026-…Z by=…
//   hold:NS/ID      held 2026-…Z by=… | why
//   image:HOST/REPOSITORY:TAG   requested 2026-…Z by=…          a push that another copy heard of
//   hand-over       requested 2026-…Z by=COPY                   a copy that leads too few (lease.h)
//
// A trigger (everything but `pause` and `hold`) has an ID, the time at which it was requested, to
// the microsecond. The leader carries it out and marks it (`handled=…`) in the same place: it is to
// be done as long as it is not marked, so one that is marked late is done twice, never lost. Marked
// ones stay for people to look at, until the variable is full: then the oldest go, and never a
// pause or a hold.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/variable_client.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/variable_watch.h"

namespace nmgr::sync {

inline constexpr std::size_t kMostControl = 16'384;  // bytes of keys and values

enum class TriggerKind { kSync, kConfirmAll, kConfirm, kRetry, kUnfollow, kImage, kHandOver };
std::string_view WordOf(TriggerKind kind);  // "sync", "confirm", "confirm", "retry", ...

// What is triggered: of kSync, kConfirmAll and kHandOver the whole source, and `job` is empty; of
// kImage
// `job` is {HOST, REPOSITORY:TAG}.
struct TriggerKey {
  TriggerKind kind = TriggerKind::kSync;
  JobKey job = {};
  friend auto operator<=>(const TriggerKey&, const TriggerKey&) = default;
};

struct Trigger {
  std::string id;            // when it was requested, UTC to the microsecond
  std::string by;            // a person's name, a receiver, the copy that asks; ""
  std::string commit;        // of kSync: the one that was announced; ""
  bool force = false;        // of kSync: passes windows
  std::string handled = {};  // when; "": not yet
  // Of kConfirmAll: the jobs that its writer was shown as waiting (JobMark), so that it covers no
  // others, whenever it is read.
  std::vector<std::string> jobs = {};
  // Of kConfirm: what the job was shown as waiting for: kForPrune, kForSpec; "": nobody said.
  std::string purpose = {};

  friend bool operator==(const Trigger&, const Trigger&) = default;
};

struct Pause {
  std::string by;
  WallTime at{};
  std::optional<WallTime> until;  // then it ends by itself
  std::string why = {};

  bool Holds(WallTime now) const { return !until || now < *until; }
  friend bool operator==(const Pause&, const Pause&) = default;
};

struct JobHold {
  std::string by;
  WallTime at{};
  std::string why;
  friend bool operator==(const JobHold&, const JobHold&) = default;
};

struct Control {
  std::map<TriggerKey, Trigger> triggers;
  std::optional<Pause> pause;
  std::map<JobKey, JobHold> holds;

  // Those that wait, the oldest first.
  std::vector<std::pair<TriggerKey, Trigger>> Waiting() const;
  bool PausedAt(WallTime now) const { return pause && pause->Holds(now); }
  friend bool operator==(const Control&, const Control&) = default;
};

// Triggers that nobody can read are left out of what is decoded, and their keys told in `strange`;
// they are gone with the next write. A pause or a hold holds whatever stands in it.
Control DecodeControl(const nomad::VariableItems& items, std::vector<std::string>* strange = {});
// kRejected where pauses, holds and what waits are larger than the bound: release something.
Expected<nomad::VariableItems> EncodeControl(const Control& control,
                                             std::size_t most = kMostControl);

inline constexpr std::string_view kForPrune = "prune";  // to be stopped, since its file is gone
inline constexpr std::string_view kForSpec = "spec";    // to be registered as its file says

// Stands for a job in a list of many: eight digits.
std::string JobMark(const JobKey& job);

// The ID of a trigger that is requested now.
std::string TriggerId(WallTime now);

// The sync that somebody asks for and that is not handled.
std::optional<Trigger> AskedSync(const Control& control);

// What SameCommit can tell from others: 7 to 64 hexadecimal digits.
bool IsCommitName(std::string_view text);

// Whether two commits, whole or cut, are the same.
bool SameCommit(std::string_view a, std::string_view b);

// What somebody made larger than the bound may become smaller, so that it can be released at all.
//
// Reads the variable, has `change` change it, and writes it where that made a difference; once more
// where somebody else wrote in between. kConflict after several times; what was in doubt is settled
// by reading. `change` may be called several times, and refuses with an error. A dry run returns
// what would be written, or why it could not be.
Expected<Control> ChangeControl(nomad::VariableClient& client, const nomad::VariableRef& ref,
                                const std::function<Expected<void>(Control& control)>& change,
                                const nomad::Call& call, bool dry_run = false);

// Requests a sync. Two requests for the same commit that wait are one, so a storm of hooks is one
// write. One that names no commit counts by itself: the one that waits may be under way, and have
// looked before there was what this one is about.
void RequestSync(Control& control, Trigger trigger);

// Asks for a look at an image; of more than kMostImages that wait the oldest goes, whose turn comes
// all the same.
inline constexpr std::size_t kMostImages = 32;
void RequestImage(Control& control, const TriggerKey& key, Trigger trigger);

// Asks the leader for its lease, for the copy `by`; the latest counts.
void RequestHandOver(Control& control, const std::string& by, WallTime now);

// Who asks for the lease and is not answered; "". One that has waited for too long may be gone, and
// is nobody.
std::string HandOverTo(const Control& control, WallTime now);

// Marks what was carried out; a trigger that was requested again meanwhile goes on waiting. That of
// an image is taken away: it is of no interest to people; so is which jobs a confirm was for.
void MarkHandled(Control& control, const TriggerKey& key, const std::string& id, WallTime now);

// Holds the blocking query of the leader, in a thread of its own, and tells of each change; once at
// the beginning too. The control is laid out where there is none (variable_watch.h).
class ControlWatch {
 public:
  // Called in the thread of the watch. With an error where Nomad did not say, or refused to have
  // the variable laid out; once each time.
  using Listener = std::function<void(const Expected<Control>& control)>;

  // `client` must outlive it. `lays`: false in a dry run.
  ControlWatch(nomad::VariableClient& client, nomad::VariableRef ref, Listener listener,
               bool lays = true, Clock& clock = RealClock());
  ~ControlWatch();

 private:
  Expected<VariableWatch::Answer> Ask(const nomad::BlockingQuery& query, const nomad::Call& call);

  nomad::VariableClient& client_;
  const nomad::VariableRef ref_;
  const Listener listener_;
  Control now_;                         // of the thread alone
  std::optional<Control> told_;         // of the thread alone
  std::optional<VariableWatch> watch_;  // last: its thread uses the others
};

}  // namespace nmgr::sync
