// How often registries are asked by who asks them for ever. Pure: times go in, times come out.
//
// One question for each image and interval, a tenth more or less. A host that has had enough (429)
// is left alone for as long as it says, at least a minute, each time in a row twice as long, at
// most six hours; one that has fewer than kLeastPulls left to give, for an hour at least. What
// nobody answers is asked again at its next turn.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "nmgr/base/clock.h"
#include "nmgr/registry/client.h"

namespace nmgr::registry {

// When the next question about one image is due. `chance`: from 0 up to 1.
Duration NextTurn(Duration interval, double chance);

// Which hosts are to be left alone, and until when.
class HostPace {
 public:
  static constexpr Duration kFirstRest{60'000};
  static constexpr Duration kScarceRest{3'600'000};
  static constexpr Duration kLongestRest{6 * 3'600'000};

  void Note(const Heard& heard, TimePoint now);
  // The beginning of time where it may be asked at once.
  TimePoint NotBefore(std::string_view host) const;

 private:
  struct Rest {
    TimePoint until{};
    Duration next = kFirstRest;
  };
  std::map<std::string, Rest, std::less<>> rests_;
};

}  // namespace nmgr::registry
