// What a service manager (systemd, Type=notify) is told: one datagram each to the socket that it
// named in the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"

namespace nmgr {

class ServiceManager {
 public:
  // `socket`: NOTIFY_SOCKET, "@" for an abstract one; "": nobody is told anything. `watchdog_us`:
  // WATCHDOG_USEC.
  ServiceManager(std::string socket, std::string_view watchdog_us);

  // "READY=1", "STATUS=...", "STOPPING=1", "WATCHDOG=1"; whether somebody took it. Never blocks.
  bool Tell(std::string_view state) const;

  // How often it wants to hear that we are alive: half of what it waits for. Nothing: it does not.
  std::optional<Duration> watchdog() const { return watchdog_; }

 private:
  const std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace nmgr
