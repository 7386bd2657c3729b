// The pure half of the lease: events and times in, one step out.
#include <catch2/catch.hpp>
#include <string>

#include "nmgr/sync/lease.h"

namespace nmgr::sync {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BootTime kStart = BootTime(seconds(1000));

LeaseMachine Machine(double chance = 0.5) {
  return LeaseMachine(LeaseTerms{}, [chance] { return chance; });
}

// One that acquired at `sent`.
LeaseMachine Leading(BootTime sent = kStart) {
  LeaseMachine machine = Machine();
  machine.Read(LeaseAnswer::kDone, 7, sent);
  REQUIRE(machine.Next(sent, false).step == LeaseStep::kAcquire);
  machine.Acquired(LeaseAnswer::kDone, sent, "lock", sent + milliseconds(20));
  return machine;
}

TEST_CASE("a lease: it is read before it is tried, so that no end of another's is missed") {
  LeaseMachine machine = Machine();
  const LeaseAction first = machine.Next(kStart, false);
  CHECK(first.step == LeaseStep::kRead);
  CHECK(first.index == 0);
  machine.Read(LeaseAnswer::kDone, 7, kStart);
  CHECK(machine.Next(kStart, false).step == LeaseStep::kAcquire);
  machine.Acquired(LeaseAnswer::kTaken, kStart, "", kStart);
  const LeaseAction waits = machine.Next(kStart, false);
  CHECK(waits.step == LeaseStep::kRead);
  CHECK(waits.index == 7);
}

TEST_CASE("a lease: a standby never tries again while the variable stands as it was") {
  LeaseMachine machine = Machine();
  machine.Read(LeaseAnswer::kDone, 7, kStart);
  machine.Next(kStart, false);
  machine.Acquired(LeaseAnswer::kTaken, kStart, "", kStart);
  BootTime now = kStart;
  for (int i = 0; i < 1000; ++i) {
    now += seconds(60);
    const LeaseAction action = machine.Next(now, false);
    REQUIRE(action.step == LeaseStep::kRead);
    REQUIRE(action.index == 7);
    machine.Read(LeaseAnswer::kDone, 7, now);
  }
  SECTION("nor because a query failed") {
    for (int i = 0; i < 100; ++i) {
      machine.Read(LeaseAnswer::kFailed, 0, now);
      const LeaseAction pause = machine.Next(now, false);
      REQUIRE(pause.step == LeaseStep::kWait);
      REQUIRE(pause.until > now);
      REQUIRE(pause.until <= now + seconds(30));
      now = pause.until;
      REQUIRE(machine.Next(now, false).step == LeaseStep::kRead);
      REQUIRE(machine.Next(now, false).index == 7);
    }
  }
  SECTION("it does, after a pause of a second at most and another look, when it has moved") {
    machine.Read(LeaseAnswer::kDone, 9, now);
    const LeaseAction pause = machine.Next(now, false);
    CHECK(pause.step == LeaseStep::kWait);
    CHECK(pause.until == now + LeaseTerms{}.jitter / 2);
    now = pause.until;
    CHECK(machine.Next(now, false).index == 0);
    machine.Read(LeaseAnswer::kDone, 11, now);
    CHECK(machine.Next(now, false).step == LeaseStep::kAcquire);
    machine.Acquired(LeaseAnswer::kTaken, now, "", now);
    CHECK(machine.Next(now, false).index == 11);
  }
  SECTION("an index that went down counts as moved") {
    machine.Read(LeaseAnswer::kDone, 2, now);
    CHECK(machine.Next(now, false).step == LeaseStep::kWait);
  }
}

TEST_CASE("a lease: it is renewed every 5 s, and leads for 15 s after the last renewal was sent") {
  LeaseMachine machine = Leading();
  CHECK(machine.Leads(kStart));
  CHECK(machine.MayWrite(kStart));
  const LeaseAction waits = machine.Next(kStart + seconds(1), false);
  CHECK(waits.step == LeaseStep::kWait);
  CHECK(waits.until == kStart + seconds(5));
  const LeaseAction renews = machine.Next(kStart + seconds(5), false);
  CHECK(renews.step == LeaseStep::kRenew);
  CHECK(renews.id == "lock");
  CHECK(renews.until == kStart + seconds(15));
  const BootTime sent = kStart + seconds(5);
  // Answered late: what counts is when it was sent.
  machine.Renewed(LeaseAnswer::kDone, sent, sent + seconds(4));
  CHECK(machine.deadline() == sent + seconds(15));
  CHECK(machine.Next(sent + seconds(4), false).until == sent + seconds(5));
  CHECK(machine.MayWrite(sent + milliseconds(9'999)));
  CHECK_FALSE(machine.MayWrite(sent + seconds(10)));
  CHECK(machine.Leads(sent + milliseconds(14'999)));
  CHECK_FALSE(machine.Leads(sent + seconds(15)));
}

TEST_CASE("a lease: renewals that nobody answers are tried each second, until it is lost") {
  LeaseMachine machine = Leading();
  BootTime now = kStart + seconds(5);
  int tries = 0;
  while (machine.Leads(now)) {
    const LeaseAction action = machine.Next(now, false);
    if (action.step == LeaseStep::kRenew) {
      ++tries;
      REQUIRE(action.until == kStart + seconds(15));
      machine.Renewed(LeaseAnswer::kFailed, now, now);
    } else {
      REQUIRE(action.step == LeaseStep::kWait);
      REQUIRE(action.until > now);
      now = action.until;
    }
  }
  CHECK(tries == 10);
  CHECK(now == kStart + seconds(15));
  SECTION("then it asks whether it still has it, since nobody else can before 35 s") {
    for (int i = 0; i < 50; ++i) {
      const LeaseAction action = machine.Next(now, false);
      REQUIRE_FALSE(machine.Leads(now));
      REQUIRE_FALSE(machine.MayWrite(now));
      if (action.step == LeaseStep::kWait) {
        now = action.until;
        continue;
      }
      REQUIRE(action.step == LeaseStep::kRenew);
      machine.Renewed(LeaseAnswer::kFailed, now, now);
    }
    while (machine.Next(now, false).step != LeaseStep::kRenew) now = machine.Next(now, false).until;
    machine.Renewed(LeaseAnswer::kDone, now, now);
    CHECK(machine.MayWrite(now));
  }
  SECTION("and stands by where it has not") {
    while (machine.Next(now, false).step != LeaseStep::kRenew) now = machine.Next(now, false).until;
    machine.Renewed(LeaseAnswer::kTaken, now, now);
    CHECK_FALSE(machine.Leads(now));
    CHECK(machine.Next(now, false).step == LeaseStep::kWait);
    CHECK(machine.Next(now + seconds(1), false).step == LeaseStep::kRead);
  }
}

TEST_CASE("a lease: who was frozen past the deadline does not lead, whatever it does first") {
  LeaseMachine machine = Leading();
  const BootTime thawed = kStart + seconds(600);
  CHECK_FALSE(machine.Leads(thawed));
  CHECK_FALSE(machine.MayWrite(thawed));
  CHECK(machine.Next(thawed, false).step == LeaseStep::kRenew);
  CHECK_FALSE(machine.Leads(thawed));
  SECTION("an answer from before that comes only now does not help either") {
    machine.Renewed(LeaseAnswer::kDone, kStart + seconds(5), thawed);
    CHECK_FALSE(machine.Leads(thawed));
  }
  SECTION("nor an attempt that was granted while it was frozen") {
    LeaseMachine late = Machine();
    late.Read(LeaseAnswer::kDone, 7, kStart);
    late.Next(kStart, false);
    late.Acquired(LeaseAnswer::kDone, kStart, "lock", thawed);
    CHECK_FALSE(late.Leads(thawed));
    CHECK(late.Next(thawed, false).step == LeaseStep::kRenew);
  }
}

TEST_CASE("a lease: a lock that is taken ends it at once") {
  LeaseMachine machine = Leading();
  machine.Renewed(LeaseAnswer::kTaken, kStart + seconds(5), kStart + seconds(5));
  CHECK_FALSE(machine.Leads(kStart + seconds(5)));
}

TEST_CASE(
    "a lease: who leads more than its share leaves what it finds free to others for a while") {
  LeaseMachine machine = Machine();
  machine.Read(LeaseAnswer::kDone, 7, kStart);
  const LeaseAction yields = machine.Next(kStart, true);
  CHECK(yields.step == LeaseStep::kWait);
  CHECK(yields.until == kStart + seconds(15));
  const BootTime later = kStart + seconds(15);
  CHECK(machine.Next(later, true).step == LeaseStep::kRead);
  machine.Read(LeaseAnswer::kDone, 8, later);
  CHECK(machine.Next(later, true).step == LeaseStep::kAcquire);
  machine.Acquired(LeaseAnswer::kTaken, later, "", later);
  // Its leader has died or ended: whoever stands by takes it.
  machine.Read(LeaseAnswer::kDone, 12, later);
  const BootTime woken = machine.Next(later, true).until;
  CHECK(woken <= later + seconds(1));
  machine.Next(woken, true);
  machine.Read(LeaseAnswer::kDone, 12, woken);
  CHECK(machine.Next(woken, true).step == LeaseStep::kAcquire);
}

// One that waits for the end of another's.
LeaseMachine Watching() {
  LeaseMachine machine = Machine();
  machine.Read(LeaseAnswer::kDone, 7, kStart);
  machine.Next(kStart, false);
  machine.Acquired(LeaseAnswer::kTaken, kStart, "", kStart);
  return machine;
}

TEST_CASE("a lease: one that is given up is released, led no more at once, and watched then") {
  LeaseMachine machine = Leading();
  CHECK(machine.GiveUp());
  CHECK_FALSE(machine.Leads(kStart));
  CHECK_FALSE(machine.MayWrite(kStart));
  SECTION("a renewal that was under way does not bring it back") {
    machine.Renewed(LeaseAnswer::kDone, kStart + milliseconds(1), kStart + milliseconds(9));
    CHECK_FALSE(machine.Leads(kStart + milliseconds(9)));
  }
  const LeaseAction action = machine.Next(kStart, false);
  CHECK(action.step == LeaseStep::kRelease);
  CHECK(action.id == "lock");
  machine.Released();
  CHECK_FALSE(machine.GiveUp());
  CHECK(machine.Next(kStart, false).step == LeaseStep::kRead);
  machine.Read(LeaseAnswer::kDone, 9, kStart, LeaseCall::kAnother);
  const LeaseAction waits = machine.Next(kStart, false);
  CHECK(waits.step == LeaseStep::kRead);
  CHECK(waits.index == 9);
  CHECK(waits.until == kStart + seconds(15));
  SECTION("it is watched on when the other has taken it, without an attempt") {
    machine.Read(LeaseAnswer::kDone, 12, kStart + seconds(1), LeaseCall::kHeld);
    CHECK(machine.Next(kStart + seconds(1), false).step == LeaseStep::kRead);
    CHECK(machine.Next(kStart + seconds(1), false).index == 12);
    CHECK(machine.Next(kStart + seconds(90), false).step == LeaseStep::kRead);
  }
  SECTION("and taken back where the other has not, whatever its share is") {
    machine.Read(LeaseAnswer::kDone, 9, kStart + seconds(15), LeaseCall::kAnother);
    CHECK(machine.Next(kStart + seconds(15), true).step == LeaseStep::kAcquire);
  }
  SECTION("nothing is left of it where the daemon ends") {
    machine.Stop();
    CHECK(machine.Next(kStart, false).step == LeaseStep::kEnd);
  }
}

TEST_CASE("a lease: whom it is given to takes it at once, and others let that one go first") {
  LeaseMachine called = Watching();
  called.Read(LeaseAnswer::kDone, 9, kStart, LeaseCall::kThisCopy);
  CHECK(called.Next(kStart, true).step == LeaseStep::kAcquire);
  LeaseMachine other = Watching();
  other.Read(LeaseAnswer::kDone, 9, kStart, LeaseCall::kAnother);
  CHECK(other.Next(kStart, false).step == LeaseStep::kRead);
  CHECK(other.Next(kStart + seconds(14), false).step == LeaseStep::kRead);
  CHECK(other.Next(kStart + seconds(15), false).step == LeaseStep::kAcquire);
  SECTION("a standby that gives nothing up has nothing to give") { CHECK_FALSE(other.GiveUp()); }
}

TEST_CASE("a lease: one that is lost while it is given up is neither released nor kept") {
  LeaseMachine machine = Leading();
  CHECK(machine.GiveUp());
  machine.Renewed(LeaseAnswer::kTaken, kStart, kStart);
  CHECK(machine.Next(kStart, false).step == LeaseStep::kWait);
  CHECK(machine.Next(kStart + seconds(1), false).step == LeaseStep::kRead);
}

TEST_CASE("a lease: at the end it is given back, once, and led no more from that moment") {
  LeaseMachine machine = Leading();
  machine.Stop();
  CHECK_FALSE(machine.Leads(kStart));
  const LeaseAction action = machine.Next(kStart, false);
  CHECK(action.step == LeaseStep::kRelease);
  CHECK(action.id == "lock");
  machine.Released();
  CHECK(machine.Next(kStart, false).step == LeaseStep::kEnd);
  SECTION("a standby has nothing to give back") {
    LeaseMachine standby = Machine();
    standby.Stop();
    CHECK(standby.Next(kStart, false).step == LeaseStep::kEnd);
  }
  SECTION("an attempt that is granted after the stop is given back, too") {
    LeaseMachine late = Machine();
    late.Read(LeaseAnswer::kDone, 7, kStart);
    late.Next(kStart, false);
    late.Stop();
    late.Acquired(LeaseAnswer::kDone, kStart, "lock", kStart);
    CHECK_FALSE(late.Leads(kStart));
    CHECK(late.Next(kStart, false).step == LeaseStep::kRelease);
  }
}

TEST_CASE("a lease: its holder is read from whatever stands there") {
  const LeaseHolder me{"alloc", "http://10.0.0.1:8646", "1.0", "2026-11-26T18:00:00Z"};
  CHECK(HolderIn(ItemsOf(me))->address == me.address);
  CHECK_FALSE(HolderIn({}).has_value());
  CHECK_FALSE(HolderIn({{"holder", ""}, {"released_by", "alloc"}}).has_value());
  const auto hostile = HolderIn({{"holder", "\x1b[31m" + std::string(70'000, 'x')}});
  REQUIRE(hostile.has_value());
  CHECK(hostile->holder.size() <= 200);
  CHECK(hostile->holder.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace nmgr::sync
