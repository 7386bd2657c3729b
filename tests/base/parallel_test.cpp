#include "nmgr/base/parallel.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <stop_token>
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

TEST_CASE("after a stop request no further item is started") {
  std::stop_source source;
  std::atomic<int> visits{0};
  const auto body = [&](std::size_t) {
    if (++visits == 5) source.request_stop();
  };
  ParallelFor(1000, 4, body, source.get_token());
  CHECK(visits >= 5);
  CHECK(visits < 5 + 4);
  visits = 0;
  ParallelFor(1000, 1, body, source.get_token());
  CHECK(visits == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// A sanitizer's shadow needs more address space than any limit leaves.
TEST_CASE("where no thread can be started the work is done all the same") {
  const pid_t child = ::fork();
  if (child == 0) {
    long pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const auto bytes = static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
    const rlimit limit{bytes + (8U << 20U), bytes + (8U << 20U)};
    ::setrlimit(RLIMIT_AS, &limit);
    std::atomic<int> visits{0};
    ParallelFor(200, 64, [&](std::size_t) { ++visits; });
    ::_exit(visits == 200 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
#endif
