#include "nmgr/base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/descriptor.h"
#include "nmgr/base/folders.h"
#include "nmgr/base/system.h"

namespace nmgr {
namespace {

bool HasNoLocks(int error) {
  return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
}

}  // namespace

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

FileLock::Held::Held(Held&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::Held::~Held() {
  if (fd_ >= 0) ::flock(fd_, LOCK_UN);
}

Expected<void> FileLock::Open(TimePoint end) {
  const bool once = short_of_descriptors_;
  while (file_ < 0) {
    TRY(MakeFolders(DirName(path_)));
    Descriptor file = OpenFile(path_, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (file.get() < 0) {
      const int error = errno;
      if (!IsOutOfDescriptors(error)) return SystemError(path_, error);
      if (once || std::chrono::steady_clock::now() > end) {
        short_of_descriptors_ = true;
        return SystemError(path_, error);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      continue;
    }
    file_ = file.get();
    file.Release();
  }
  return {};
}

Expected<FileLock::Held> FileLock::Acquire(Duration limit, const std::stop_token& stop) {
  const TimePoint end = DeadlineAfter(std::chrono::steady_clock::now(), limit);
  TRY(Open(end));
  std::chrono::microseconds pause{100};
  for (;;) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return Held(file_);
    if (HasNoLocks(errno)) return Held(-1);
    if (errno != EWOULDBLOCK && errno != EINTR) return SystemError(path_, errno);
    if (std::chrono::steady_clock::now() > end) {
      return Error{ErrorCode::kIo, fmt::format("{}: another nmgr has held the lock for {}", path_,
                                               FormatDuration(limit))};
    }
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::milliseconds{10}) pause *= 2;
  }
}

}  // namespace nmgr
