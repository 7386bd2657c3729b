#include "nmgr/base/boot_clock.h"

#include <ctime>

namespace nmgr {
namespace {

class SystemBootClock final : public BootClock {
 public:
  time_point Now() override {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
};

}  // namespace

BootClock& RealBootClock() {
  static SystemBootClock clock;
  return clock;
}

}  // namespace nmgr
