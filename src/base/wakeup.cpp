#include "nmgr/base/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

namespace nmgr {

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Wakeup::~Wakeup() {
  if (fd_ >= 0) ::close(fd_);
}

void Wakeup::Wake() const { ::eventfd_write(fd_, 1); }

bool Wakeup::Wait(int other, Duration limit) const {
  std::array<pollfd, 2> fds{pollfd{fd_, POLLIN, 0}, pollfd{other, POLLIN, 0}};
  ::poll(fds.data(), fds.size(), static_cast<int>(limit.count()));
  eventfd_t ignored = 0;
  return ::eventfd_read(fd_, &ignored) == 0;
}

}  // namespace nmgr
