// Which deliveries have been seen: senders repeat what they had no answer to, by the same ID.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "nmgr/base/clock.h"
#include "nmgr/webhook/receive.h"

namespace nmgr::webhook {

// The last kMost of them, for kKept each. Thread-safe. To be asked only about what is proved: else
// anybody could fill it.
class Deliveries {
 public:
  static constexpr std::size_t kMost = 1024;
  static constexpr std::chrono::hours kKept{24};

  explicit Deliveries(Clock& clock) : clock_(clock) {}

  // Whether it is the first of this receiver; it is remembered then. An empty one always is.
  bool IsFirst(std::string_view receiver, std::string_view delivery);

  // Forgets it, where what it announced could not be passed on: its repetition counts.
  void Forget(std::string_view receiver, std::string_view delivery);

  // Takes out of `result` what was seen before; `ignored` where nothing is left.
  void DropRepeated(Result& result);

 private:
  static std::string Key(std::string_view receiver, std::string_view delivery);

  Clock& clock_;
  std::mutex mutex_;
  std::deque<std::pair<TimePoint, std::string>> in_order_;
  std::unordered_set<std::string> seen_;
};

}  // namespace nmgr::webhook
