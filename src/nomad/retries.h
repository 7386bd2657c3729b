// When a question is asked again that was not answered: how long to pause, and when to give up.
#pragma once

#include <optional>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/client.h"

namespace nmgr::nomad {

// How an attempt went wrong, as far as asking again goes.
struct Failure {
  bool leaderless = false;  // a Nomad that just now has no leader
  Error error;
  bool passing = false;    // nobody is there just now: helps soon
  bool throttled = false;  // 429
  bool untouched = false;  // nothing can have been done: a write may be sent again
  bool lasting = false;    // not Nomad's word on the question: only who is patient asks again
  Duration retry_after{0};
};

// Sleeps as the real clock does; false where the stop token ended it.
bool Sleep(Duration pause, const std::stop_token& stop);

// The pauses between the attempts of one question, and when they end. `call` must outlive it.
class Retries {
 public:
  Retries(const Call& call, Duration window) : call_(call), window_(window) {}

  const Call& call() const { return call_; }
  TimePoint::duration elapsed() const { return RealClock().Now() - start_; }
  // Since the first attempt failed, which a blocking query may do late.
  TimePoint::duration failing() const {
    return failing_since_ ? RealClock().Now() - *failing_since_ : TimePoint::duration{0};
  }

  // False where it is too late, or the stop token ended it.
  bool Pause(const Failure& failure);

 private:
  // Who was told to come back later has until the deadline, as who is patient.
  TimePoint End(const Failure& failure) const;

  const Call& call_;
  const Duration window_;
  std::optional<TimePoint> failing_since_;
  const TimePoint start_ = RealClock().Now();
  Duration pause_{50};  // doubled each time
};

}  // namespace nmgr::nomad
