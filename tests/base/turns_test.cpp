#include "nmgr/base/turns.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace nmgr {
namespace {

TEST_CASE("no more than the bound have a turn at once, and all come to theirs") {
  Turns turns(3);
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        Turns::Turn turn = turns.Take({});
        const int now = ++at_once;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --at_once;
        if (++done % 2 == 0) turn.Give();  // the others at their end
      });
    }
  }
  CHECK(done == 20);
  CHECK(most <= 3);
}

TEST_CASE("who is to stop waits for no turn, and takes none away") {
  Turns turns(1);
  Turns::Turn held = turns.Take({});
  std::stop_source stop;
  std::jthread waits([&] { turns.Take(stop.get_token()).Give(); });
  stop.request_stop();
  waits.join();
  held.Give();
  held.Give();
  Turns::Turn first = turns.Take({});
  std::stop_source over;
  over.request_stop();
  Turns::Turn none = turns.Take(over.get_token());
  none = std::move(first);
  none.Give();
  turns.Take({}).Give();
}

}  // namespace
}  // namespace nmgr
