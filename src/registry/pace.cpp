#include "nmgr/registry/pace.h"

#include <algorithm>

namespace nmgr::registry {

Duration NextTurn(Duration interval, double chance) {
  const double factor = 0.9 + 0.2 * std::clamp(chance, 0.0, 1.0);
  return Duration(static_cast<Duration::rep>(static_cast<double>(interval.count()) * factor));
}

void HostPace::Note(const Heard& heard, TimePoint now) {
  const bool enough = heard.status == 429;
  const bool scarce = heard.pulls_left && *heard.pulls_left < kLeastPulls;
  if (!enough && !scarce) {
    if (heard.status >= 200 && heard.status < 300) rests_.erase(heard.host);
    return;
  }
  Rest& rest = rests_[heard.host];
  Duration pause = std::max(heard.retry_after, enough ? rest.next : kScarceRest);
  if (enough) rest.next = std::min(rest.next * 2, kLongestRest);
  pause = std::min(pause, kLongestRest);
  rest.until = std::max(rest.until, DeadlineAfter(now, pause));
}

TimePoint HostPace::NotBefore(std::string_view host) const {
  const auto found = rests_.find(host);
  return found == rests_.end() ? TimePoint{} : found->second.until;
}

}  // namespace nmgr::registry
