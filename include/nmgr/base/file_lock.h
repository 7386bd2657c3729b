// A lock among processes that the kernel gives back when its holder ends, whatever ends it (flock
// on a file; a file system without locks does without). Not for several threads at once.
#pragma once

#include <stop_token>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

class FileLock {
 public:
  explicit FileLock(Path path) : path_(std::move(path)) {}
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // Given back by the destructor.
  class Held {
   public:
    explicit Held(int fd) : fd_(fd) {}
    Held(Held&& other) noexcept;
    Held& operator=(Held&&) = delete;
    ~Held();
    // For ProcessOptions::kept_open; -1 where the file system has no locks.
    int descriptor() const { return fd_; }

   private:
    int fd_;
  };
  // Makes the file and missing folders (mode 0700). kIo, also where somebody else has held it for
  // all of `limit`; kInterrupted.
  Expected<Held> Acquire(Duration limit, const std::stop_token& stop = {});

 private:
  Expected<void> Open(TimePoint end);

  const Path path_;
  int file_ = -1;
  bool short_of_descriptors_ = false;  // waited for one in vain: not again
};

}  // namespace nmgr
