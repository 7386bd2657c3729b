// An open file, and what its functions share. Private to base.
#pragma once

#include <unistd.h>

#include <utility>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }

  int get() const { return fd_; }
  void Release() { fd_ = -1; }  // somebody else closes it
  int Close() {
    const int result = fd_ < 0 ? 0 : ::close(fd_);
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

// open(2), close-on-exec. Where all descriptors are taken it waits for a moment, in which other
// threads may give some back.
Descriptor OpenFile(const Path& path, int flags, int mode = 0);

// "PATH: reason"; kNotFound for what is not there, else kIo.
Error SystemError(const Path& path, int error);

}  // namespace nmgr
