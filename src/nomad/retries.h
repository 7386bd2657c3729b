// When a question is asked again that was not answered: how long to pause, and when to give up.
#pragma once

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
  explicit Retries(const Call& call) : call_(call) {}

  const Call& call() const { return call_; }
  TimePoint::duration elapsed() const { return RealClock().Now() - start_; }

  // A single question about a server that is away gives up after a while. A wait lasts until its
  // own deadline, and so does whoever was told to come back later.
  bool EndsEarly(const Failure& failure) const { return End(failure) < call_.deadline; }

  // False where it is too late, or the stop token ended it.
  bool Pause(const Failure& failure);

 private:
  TimePoint End(const Failure& failure) const;

  const Call& call_;
  const TimePoint start_ = RealClock().Now();
  Duration pause_{50};  // doubled each time
};

}  // namespace nmgr::nomad
