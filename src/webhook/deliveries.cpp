#include "nmgr/webhook/deliveries.h"

#include <algorithm>

#include "nmgr/base/keyed_hash.h"

namespace nmgr::webhook {

std::string Deliveries::Key(std::string_view receiver, std::string_view delivery) {
  return Packed(receiver, delivery);
}

bool Deliveries::IsFirst(std::string_view receiver, std::string_view delivery) {
  if (delivery.empty()) return true;
  const std::scoped_lock lock(mutex_);
  const TimePoint now = clock_.Now();
  while (!in_order_.empty() && now - in_order_.front().first >= kKept) {
    seen_.erase(in_order_.front().second);
    in_order_.pop_front();
  }
  std::string key = Key(receiver, delivery);
  if (!seen_.insert(key).second) return false;
  in_order_.emplace_back(now, std::move(key));
  if (in_order_.size() > kMost) {
    seen_.erase(in_order_.front().second);
    in_order_.pop_front();
  }
  return true;
}

void Deliveries::Forget(std::string_view receiver, std::string_view delivery) {
  const std::scoped_lock lock(mutex_);
  const std::string key = Key(receiver, delivery);
  if (seen_.erase(key) == 0) return;
  std::erase_if(in_order_, [&key](const auto& entry) { return entry.second == key; });
}

void Deliveries::DropRepeated(Result& result) {
  const auto repeated = [&](const auto& event) {
    return !IsFirst(result.receiver, event.delivery);
  };
  const std::size_t dropped =
      std::erase_if(result.pushes, repeated) + std::erase_if(result.images, repeated);
  if (dropped == 0 || !result.pushes.empty() || !result.images.empty()) return;
  result.outcome = Outcome::kIgnored;
  result.why = "it was delivered before";
}

}  // namespace nmgr::webhook
