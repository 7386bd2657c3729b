#include "nmgr/base/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/descriptor.h"
#include "nmgr/base/numbers.h"

namespace nmgr {

ServiceManager::ServiceManager(std::string socket, std::string_view watchdog_us)
    : socket_(std::move(socket)) {
  const auto microseconds = WholeNumber<std::int64_t>(watchdog_us).value_or(0);
  if (microseconds > 0) watchdog_ = Duration(microseconds / 2000);
}

bool ServiceManager::Tell(std::string_view state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const Descriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return false;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  return ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&address),
                  length) == static_cast<ssize_t>(state.size());
}

}  // namespace nmgr
