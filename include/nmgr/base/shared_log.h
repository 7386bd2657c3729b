// A file of lines that several processes append to at the same time, and that one of them may
// replace by a shorter one that says the same.
//
// Changes are made under a lock that the kernel gives back when its process ends, whatever ends it
// (flock on PATH.lock; a file system without locks does without). A line is there as a whole or not
// at all: what a kill or a full disk left of one is cut off by the next change. Not for several
// threads at once, but for Sync.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"
#include "nmgr/base/file_lock.h"
#include "nmgr/base/path.h"

namespace nmgr {

class SharedLog {
 public:
  explicit SharedLog(Path path);
  ~SharedLog();
  SharedLog(const SharedLog&) = delete;
  SharedLog& operator=(const SharedLog&) = delete;

  const Path& path() const { return path_; }

  // Held by one process at a time; given back by the destructor.
  using Lock = FileLock::Held;
  // Creates missing folders (mode 0700) and waits for at most ten seconds. kIo.
  Expected<Lock> Acquire();

  // Makes the file, and missing folders (mode 0700): for one that a single process writes, which
  // needs no lock. kConflict where there is one of that name.
  Expected<void> Create();

  // Whole lines that this object has not given yet, and what stands behind the last line break.
  // `anew`: the file is another one than before, so that they are all there are. An absent file is
  // an empty one.
  struct News {
    std::string lines;
    std::string half;
    bool anew = false;
  };
  Expected<News> Read();

  // With the lock, after Read(). Every line with its end.
  Expected<void> Append(std::string_view lines);
  Expected<void> Replace(std::string_view lines);

  // Puts `after`, which is as long, where `before` stands first: that takes no room on a full disk.
  // kNotFound where it does not stand in the first 64 KiB.
  Expected<void> Amend(std::string_view before, std::string_view after);

  // Returns when what was appended before is on the disk. From any thread; those that come at the
  // same time share one wait.
  Expected<void> Sync();

 private:
  struct State;
  Expected<void> Follow(bool& anew);
  Expected<void> Open(int flags);

  const Path path_;
  std::unique_ptr<State> state_;
};

}  // namespace nmgr
