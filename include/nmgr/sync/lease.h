// The lease of a source: which of several copies of the daemon may act for it. A lock on the
// variable lease/NAME; who holds it stands in its items.
//
// A lock of Nomad's fences nothing but its variable, and a copy that was frozen does not know for
// how long. So the holder judges by a clock of its own: it leads until `ttl` after it *sent* the
// last renewal that was granted, on a clock that goes on while the machine sleeps, and begins no
// write with less than `write_margin` of that left. Nomad itself gives the lock to nobody else
// before twice the TTL and the delay have passed.
//
// A standby costs nothing: it waits in a blocking query on the variable, and tries to acquire only
// when that has moved, since a refused attempt is an entry of Nomad's Raft log.
//
// Copies share many sources: one that leads fewer than its part asks the leader of a source for it
// (kHandOver in control/SOURCE, see LeaseShares), and that one gives the lease back with the name
// of who is to have it. That copy takes it at once, the others only when it has not after one TTL.
//
//   LeaseMachine   what to do next: pure, of events and times
//   Lease          carries it out in a thread of its own
//   FencedClient   a client whose writes need the lease (sync/fenced_client.h)
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "nmgr/base/boot_clock.h"
#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/variable_client.h"

namespace nmgr::sync {

struct LeaseTerms {
  Duration ttl{15'000};
  Duration delay{5'000};
  Duration renew_every{5'000};
  Duration write_margin{5'000};  // and the longest that a write may take
  Duration jitter{900};          // before an attempt, at most: a hand-over takes less than 1 s
  Duration longest_query{60'000};
  Duration longest_backoff{30'000};
};

enum class LeaseStep {
  kRead,     // the variable: past `index`, or at once where that is 0
  kWait,     // until `until`
  kAcquire,  // answers in Acquired()
  kRenew,    // the lock `id`, until the answer or `until`
  kRelease,  // the lock `id`
  kEnd,
};

struct LeaseAction {
  LeaseStep step = LeaseStep::kEnd;
  BootTime until = {};  // of kRead: the latest that it is of use, where it is not the beginning
  std::uint64_t index = 0;
  std::string id = {};
};

enum class LeaseAnswer {
  kDone,
  kTaken,   // somebody else's, or no longer ours
  kFailed,  // Nomad did not say
};

// What the variable says: who leads (or did, until it died), or who may have the lease next.
enum class LeaseCall { kHeld, kAnybody, kThisCopy, kAnother };

class LeaseMachine {
 public:
  // `chance`: a number from 0 up to 1, for the jitter.
  LeaseMachine(LeaseTerms terms, std::function<double()> chance)
      : terms_(terms), chance_(std::move(chance)) {}

  // What to do now. `over_share`: this copy leads more sources than it should, so that it waits for
  // one TTL before it takes another that it finds free when it comes. One whose leader ends or dies
  // waits for nobody's share.
  LeaseAction Next(BootTime now, bool over_share);

  // What came of it.
  void Read(LeaseAnswer answer, std::uint64_t index, BootTime now,
            LeaseCall call = LeaseCall::kHeld);
  void Acquired(LeaseAnswer answer, BootTime sent, const std::string& id, BootTime now);
  void Renewed(LeaseAnswer answer, BootTime sent, BootTime now);
  void Released();

  // Releases what it holds, and ends.
  void Stop() {
    stopping_ = true;
    deadline_ = {};
  }

  // Releases what it holds, and stands by. False where it holds nothing.
  bool GiveUp();

  bool Leads(BootTime now) const { return now < deadline_; }
  bool MayWrite(BootTime now) const { return now + terms_.write_margin < deadline_; }
  // Until when; the beginning of time while it does not lead.
  BootTime deadline() const { return deadline_; }

 private:
  enum class Phase {
    kPausing,   // until `until_`, then `then_`
    kLooking,   // reads the index that a refused attempt is to be waited from
    kTrying,    // to acquire
    kWatching,  // somebody else holds it: blocks on `index_`
    kYielding,  // the same for one TTL: it is free, and meant for another copy
    kHolding,   // leads, or did until its deadline passed and asks whether it still holds the lock
    kEnded,
  };

  void PauseFor(Duration pause, Phase then, BootTime now);
  void BackOff(Phase then, BootTime now);
  void Lose(BootTime now);

  LeaseTerms terms_;
  std::function<double()> chance_;
  Phase phase_ = Phase::kLooking;
  Phase then_ = Phase::kLooking;
  BootTime until_ = {};  // the end of a pause; the next renewal
  BootTime yields_until_ = {};
  BootTime deadline_ = {};
  std::uint64_t index_ = 0;
  std::string id_;
  bool stopping_ = false;
  bool giving_ = false;
  bool yields_ = true;  // the pause for being over its share is still to come
  int failures_ = 0;
};

// Who holds a lease.
struct LeaseHolder {
  std::string holder;   // an allocation's ID, or host and pid
  std::string address;  // of its page; ""
  std::string version;
  std::string since;  // UTC
};
nomad::VariableItems ItemsOf(const LeaseHolder& holder);
// Of whatever stands there, cut to a length that fits a line; nothing where it names nobody: then
// it was released. After a crash its last holder stands there until the next one acquires it.
std::optional<LeaseHolder> HolderIn(const nomad::VariableItems& items);

// Whether this copy may act for a source.
class Leadership {
 public:
  virtual ~Leadership() = default;
  virtual bool Leads() const = 0;
  // Whether a write that takes no longer than the margin may be begun.
  virtual bool MayWrite() const = 0;
  // Of the present reign: asked to stop as soon as it is over. One that was asked already where
  // this copy does not lead.
  virtual std::stop_token Reign() const = 0;
  // Who does, as far as it is known.
  virtual std::optional<LeaseHolder> Holder() const = 0;
  // Who did last, as far as it is known, before this copy's present reign; "" where that was nobody
  // else.
  virtual std::string TakenFrom() const { return {}; }
};

// For a single copy without variables (--no-lease).
class SoleLeadership final : public Leadership {
 public:
  explicit SoleLeadership(LeaseHolder self) : self_(std::move(self)) {}
  bool Leads() const override { return true; }
  bool MayWrite() const override { return true; }
  std::stop_token Reign() const override { return reign_.get_token(); }
  std::optional<LeaseHolder> Holder() const override { return self_; }

 private:
  LeaseHolder self_;
  std::stop_source reign_;
};

// Which copy leads which of the sources, as far as this copy knows from their leases, and which of
// them it should lead instead. Shared by all leases of a copy; thread-safe.
//
// Copies know each other by what they lead. One that leads less than its part (the sources divided
// by the copies, itself among them, rounded up) wants some of whoever leads at least two more; who
// is asked gives only to a copy that leads at least two fewer. So each hand-over makes the parts
// more equal, whatever two copies believe at the same time, and where they are equal to within one
// nothing moves.
class LeaseShares {
 public:
  explicit LeaseShares(std::size_t sources) : sources_(sources) {}

  // Where sources come and go while it runs.
  void SetSources(std::size_t sources);
  // What a lease says: that nobody holds it, where `holder` is "".
  void Note(const std::string& source, std::string holder, bool own);
  // A source that is no more.
  void Drop(const std::string& source);
  // Whether this copy leads more than the sources divided by the copies.
  bool OverShare() const;
  std::size_t Own() const;

  // The sources that this copy should lead instead of those who do; none as long as one has no
  // leader that is known. `chance`: a number from 0 up to 1, for which of several.
  std::vector<std::string> Wanted(const std::function<double()>& chance) const;
  // Whether this copy gives one of its sources to the copy that asks for it. From then on it counts
  // as that one's.
  bool Give(const std::string& source, const std::string& holder);

 private:
  struct Entry {
    std::string holder;
    bool own = false;
    bool given = false;  // to `holder`, which has not taken it yet
  };
  std::size_t OwnLocked() const;

  mutable std::mutex mutex_;
  std::size_t sources_;
  std::map<std::string, Entry> holders_;  // by source
};

struct LeaseOptions {
  std::string source;
  nomad::VariableRef variable;
  LeaseHolder self;  // `since` is filled in at each acquire
  LeaseTerms terms = {};
};

// Told from the thread of the lease; must not block.
// kWell: after kTrouble somebody else is seen to hold it.
enum class LeaseChange { kAcquired, kLost, kReleased, kTrouble, kWell };
using LeaseListener =
    std::function<void(const std::string& source, LeaseChange change, const std::string& why)>;

class Lease final : public Leadership {
 public:
  // All references must outlive it. A standby holds a connection of the client's pool for as long
  // as it waits, and a renewal that queues for one is late: a client of its own for the leases of a
  // copy, with a connection for each and a few to spare.
  Lease(nomad::VariableClient& client, LeaseOptions options, LeaseShares& shares,
        LeaseListener listener, Clock& clock = RealClock(), BootClock& boot = RealBootClock());
  // Releases it.
  ~Lease() override;

  // Ends the reign, gives the lease back (in seconds at most, also where Nomad is away), and ends.
  // The next copy leads at once: to be called when nothing of the reign is being written any more.
  void Stop();
  // The same without waiting for it: whether it has ended. From any thread.
  bool BeginStop();
  // Ends the reign at once, gives the lease back for `holder` to take, and stands by. To be called
  // when nothing of the reign is being written any more. False where this copy does not hold it.
  bool GiveUp(const std::string& holder);

  bool Leads() const override;
  bool MayWrite() const override;
  std::stop_token Reign() const override;
  std::optional<LeaseHolder> Holder() const override;
  std::string TakenFrom() const override;

 private:
  void Run(const std::stop_token& stop);
  void Carry(const LeaseAction& action, const std::stop_token& stop);
  void DoRead(const LeaseAction& action, const std::stop_token& stop);
  void DoAcquire();
  void DoRenew(const LeaseAction& action, const std::stop_token& stop);
  void DoRelease(const LeaseAction& action);
  // After whatever may have changed who leads.
  void Settle(const std::string& why);
  void Trouble(const Error& error);
  nomad::Call CallUntil(BootTime until, const std::stop_token& stop) const;

  nomad::VariableClient& client_;
  const LeaseOptions options_;
  LeaseShares& shares_;
  const LeaseListener listener_;
  Clock& clock_;
  BootClock& boot_;

  mutable std::mutex mutex_;
  LeaseMachine machine_;
  std::stop_source reign_;
  bool told_leading_ = false;
  std::string told_trouble_;
  std::optional<LeaseHolder> holder_;
  std::atomic<bool> ended_ = false;
  std::string last_other_;  // who has led it and is not this copy, since its last reign
  std::string taken_from_;
  std::string given_to_;  // of the release that is to come

  std::jthread thread_;
};

}  // namespace nmgr::sync
