#include "nmgr/net/http_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "nmgr/base/system.h"
#include "nmgr/net/http_connection.h"

namespace nmgr::net {

namespace {

// A socket, and the pair of descriptors that wakes who waits for it.
constexpr int kDescriptorsOfConnection = 3;
// For what else a run has open meanwhile: record, journal and marks with their locks, files that
// specs read, a name that is looked up.
constexpr int kDescriptorsOfOthers = 10;

// With few descriptors fewer than are wanted, but two, so that a wait is not in everybody's way.
int AffordableConnections(int wanted) {
  const int affordable = (DescriptorsLeft() - kDescriptorsOfOthers) / kDescriptorsOfConnection;
  return std::min(wanted, std::max(affordable, 2));
}

}  // namespace

const char* MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

class HttpTransport::Pool {
 public:
  Pool(const Setup& setup, int max_connections)
      : setup_(setup), slots_(std::max(1, max_connections)), free_slots_(slots_) {}

  // Waits for a free connection; nothing where the caller's deadline or stop token came first.
  std::unique_ptr<Connection> Take(const HttpRequest& request) {
    std::unique_lock lock(mutex_);
    const auto is_free = [&] { return free_slots_ > (request.is_held ? Spared() : 0); };
    const bool free = request.deadline == TimePoint::max()
                          ? changed_.wait(lock, request.stop, is_free)
                          : changed_.wait_until(lock, request.stop, request.deadline, is_free);
    if (!free || request.stop.stop_requested()) return nullptr;
    --free_slots_;
    if (idle_.empty()) {
      lock.unlock();
      return std::make_unique<Connection>(setup_);
    }
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (!request.changes_state) return connection;
    // curl would open another one before it closes the kept one.
    lock.unlock();
    connection.reset();
    return std::make_unique<Connection>(setup_);
  }

  // Where there is no descriptor for `connection`: one slot fewer from now on, so that its user
  // takes one of the others. False where there are none.
  bool Retire(std::unique_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    const bool others = slots_ - free_slots_ > 1 || !idle_.empty();
    if (slots_ == 1 || !others) return false;
    --slots_;
    connection.reset();
    return true;
  }

  int MostHeld() {
    const std::lock_guard lock(mutex_);
    return slots_ - Spared();
  }

  void CloseIdle() {
    std::vector<std::unique_ptr<Connection>> idle;
    const std::lock_guard lock(mutex_);
    idle.swap(idle_);
  }

  void Give(std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(connection));
      ++free_slots_;
    }
    changed_.notify_all();
  }

 private:
  // With the mutex.
  int Spared() const { return slots_ < 4 ? slots_ / 2 : std::min(slots_ / 4, 4); }

  const Setup& setup_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int slots_;
  int free_slots_;                                 // of these
  std::vector<std::unique_ptr<Connection>> idle_;  // the last one used is the first one taken
};

HttpTransport::HttpTransport(Endpoint endpoint, int max_connections)
    : setup_(MakeSetup(std::move(endpoint))),
      pool_(std::make_unique<Pool>(*setup_, AffordableConnections(max_connections))) {}

HttpTransport::~HttpTransport() = default;

int HttpTransport::MostHeld() const { return pool_->MostHeld(); }

tl::expected<HttpAnswer, TransportError> HttpTransport::Send(const HttpRequest& request) {
  std::unique_ptr<Connection> connection;
  tl::expected<HttpAnswer, TransportError> result;
  do {
    connection = pool_->Take(request);
    if (connection == nullptr) {
      if (request.stop.stop_requested()) {
        return tl::unexpected(TransportError{Fault::kStopped, "interrupted", false});
      }
      return tl::unexpected(TransportError{Fault::kDeadline, "the time limit passed", false});
    }
    result = connection->Send(request);
  } while (!result && result.error().fault == Fault::kNoDescriptors && pool_->Retire(connection));
  // Those that wait for nobody hold some; others give theirs back before long.
  constexpr int kAttempts = 100;
  constexpr std::chrono::milliseconds kPause{20};
  const auto is_short = [&result] {
    return !result && result.error().fault == Fault::kNoDescriptors;
  };
  const int attempts = short_of_descriptors_ ? 2 : kAttempts;
  for (int attempt = 1; attempt < attempts && is_short() && !request.stop.stop_requested();
       ++attempt) {
    pool_->CloseIdle();
    connection.reset();
    std::this_thread::sleep_for(kPause);
    connection = std::make_unique<Connection>(*setup_);
    result = connection->Send(request);
  }
  short_of_descriptors_ = is_short();
  pool_->Give(std::move(connection));
  return result;
}

tl::expected<HttpAnswer, TransportError> HttpTransport::Stream(const HttpRequest& request) const {
  return Connection(*setup_).Send(request);
}

tl::expected<std::unique_ptr<Connection>, TransportError> HttpTransport::Open(
    const HttpRequest& request) const {
  auto connection = std::make_unique<Connection>(*setup_);
  if (auto opened = connection->Open(request); !opened) {
    return tl::unexpected(std::move(opened).error());
  }
  return connection;
}

}  // namespace nmgr::net
