// Who may go on posting hooks that prove nothing: an address has some in a row and then one a
// second. What is proved is never counted, so that nobody's storm keeps a forge out, whoever it
// shares an address with.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "nmgr/base/clock.h"

namespace nmgr::serve {

// Thread-safe; bounded, whatever addresses come.
class Storms {
 public:
  static constexpr double kInARow = 30;
  static constexpr double kASecond = 1;
  static constexpr std::size_t kMostAddresses = 1024;

  // `clock` must outlive it.
  explicit Storms(Clock& clock) : clock_(clock) {}

  // Notes one more of `address`, of IPv6 of its network. Whether that is too many.
  bool IsTooMany(const std::string& address);

 private:
  struct Share {
    double left = kInARow;
    TimePoint at;
  };

  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Share> shares_;
};

}  // namespace nmgr::serve
