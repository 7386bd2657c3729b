#include "nmgr/webhook/deliveries.h"

#include <catch2/catch.hpp>

#include "webhook/senders.h"

using namespace nmgr;
using namespace nmgr::webhook;
using namespace std::chrono_literals;

namespace {

class HandClock : public Clock {
 public:
  TimePoint Now() override { return now; }
  WallTime Wall() override { return {}; }
  void Sleep(Duration pause, std::stop_token) override { now += pause; }
  TimePoint now{1h};
};

}  // namespace

TEST_CASE("a delivery is remembered for a day, by receiver") {
  HandClock clock;
  Deliveries seen(clock);
  CHECK(seen.IsFirst("a", "1"));
  CHECK_FALSE(seen.IsFirst("a", "1"));
  CHECK(seen.IsFirst("b", "1"));
  CHECK(seen.IsFirst("a1", ""));
  CHECK(seen.IsFirst("a1", ""));
  clock.now += 24h - 1ms;
  CHECK_FALSE(seen.IsFirst("a", "1"));
  clock.now += 1ms;
  CHECK(seen.IsFirst("a", "1"));
}

TEST_CASE("the last 1,024 deliveries are remembered") {
  HandClock clock;
  Deliveries seen(clock);
  for (std::size_t i = 0; i <= Deliveries::kMost; ++i) {
    CHECK(seen.IsFirst("a", std::to_string(i)));
  }
  CHECK_FALSE(seen.IsFirst("a", "1"));
  CHECK_FALSE(seen.IsFirst("a", std::to_string(Deliveries::kMost)));
  CHECK(seen.IsFirst("a", "0"));
  CHECK(seen.IsFirst("a", "1"));  // the oldest now, gone for "0"
}

TEST_CASE("a delivery that could not be passed on counts when it comes again") {
  HandClock clock;
  Deliveries seen(clock);
  CHECK(seen.IsFirst("a", "1"));
  seen.Forget("a", "1");
  seen.Forget("a", "2");
  CHECK(seen.IsFirst("a", "1"));
  CHECK_FALSE(seen.IsFirst("a", "1"));
}

TEST_CASE("what is delivered twice is ignored the second time") {
  HandClock clock;
  Deliveries seen(clock);
  for (const testing::Sent& sent : testing::AllSamples()) {
    Result first = sent.Receive();
    Result second = sent.Receive();
    const auto& pushes = first.pushes;
    const bool has_id =
        pushes.empty() ? !first.images[0].delivery.empty() : !pushes[0].delivery.empty();
    const std::size_t events = first.pushes.size() + first.images.size();
    seen.DropRepeated(first);
    seen.DropRepeated(second);
    INFO(sent.receiver.name);
    CHECK(first.pushes.size() + first.images.size() == events);
    CHECK(first.outcome == Outcome::kAccepted);
    CHECK(second.outcome == (has_id ? Outcome::kIgnored : Outcome::kAccepted));
    CHECK(second.status == 202);
  }
}
