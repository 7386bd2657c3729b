#include "nmgr/base/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace nmgr;

TEST_CASE("every item is worked on once, on no more threads than asked for") {
  std::vector<std::atomic<int>> visits(1000);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  ParallelFor(visits.size(), 3, [&](std::size_t i) {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    ++visits[i];
    --running;
  });
  for (const auto& count : visits) CHECK(count == 1);
  CHECK(most <= 3);
}

TEST_CASE("one item or one thread stays in the caller's thread, none does nothing") {
  const auto caller = std::this_thread::get_id();
  ParallelFor(1, 8, [&](std::size_t) { CHECK(std::this_thread::get_id() == caller); });
  std::vector<std::size_t> order;
  ParallelFor(4, 1, [&](std::size_t i) { order.push_back(i); });
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3});
  ParallelFor(0, 4, [&](std::size_t) { FAIL("no item to work on"); });
}
