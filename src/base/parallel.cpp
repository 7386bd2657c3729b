#include "nmgr/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace nmgr {

void ParallelFor(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t)>& body) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min(threads, count);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) body(i);
  };
  if (threads <= 1) return work();
  std::vector<std::jthread> workers;
  workers.reserve(threads - 1);
  for (std::size_t i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
}

}  // namespace nmgr
