#include "nmgr/base/parallel.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "nmgr/base/log.h"
#include "nmgr/base/text.h"

namespace nmgr {
namespace {

// Evaluating the deepest text that is allowed takes below 1 MiB where the compiler optimises; plain
// and instrumented builds take several times that.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::size_t kStackSize = std::size_t{2} << 20U;
#else
constexpr std::size_t kStackSize = std::size_t{16} << 20U;
#endif

using Work = std::function<void()>;

void* RunWork(void* work) {
  (*static_cast<const Work*>(work))();
  return nullptr;
}

// Threads with a stack of their own size; joined by the destructor.
class Workers {
 public:
  explicit Workers(const Work& work) : work_(work) {
    ::pthread_attr_init(&attributes_);
    ::pthread_attr_setstacksize(&attributes_, kStackSize);
  }
  ~Workers() {
    for (const pthread_t worker : workers_) ::pthread_join(worker, nullptr);
    ::pthread_attr_destroy(&attributes_);
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False where the system allows no more of them.
  bool Add() {
    pthread_t worker{};
    if (::pthread_create(&worker, &attributes_, &RunWork, const_cast<Work*>(&work_)) != 0) {
      return false;
    }
    workers_.push_back(worker);
    return true;
  }

 private:
  const Work& work_;
  pthread_attr_t attributes_{};
  std::vector<pthread_t> workers_;
};

}  // namespace

void ParallelFor(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t)>& body, const std::stop_token& stop) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min(threads, count);
  std::atomic<std::size_t> next{0};
  const Work work = [&] {
    while (!stop.stop_requested()) {
      const std::size_t i = next++;
      if (i >= count) return;
      body(i);
    }
  };
  if (threads <= 1) return work();
  Workers workers(work);
  for (std::size_t started = 1; started < threads; ++started) {
    if (workers.Add()) continue;
    LogDebug("no more than {} can be started", Count(started, "thread"));
    break;
  }
  work();
}

}  // namespace nmgr
