#include "serve/storms.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace nmgr::serve {
namespace {

// Of IPv6 the first 64 bits: the rest is whatever its owner likes.
std::string NetworkOf(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  return {bytes.begin(), bytes.begin() + bytes.size() / 2};
}

}  // namespace

bool Storms::IsTooMany(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  if (shares_.size() >= kMostAddresses) {
    // Who has been silent for long enough to have all of it again need not be remembered.
    std::erase_if(shares_, [&](const auto& entry) {
      return std::chrono::duration<double>(now - entry.second.at).count() * kASecond >= kInARow;
    });
    if (shares_.size() >= kMostAddresses) shares_.erase(shares_.begin());
  }
  const auto [found, first] = shares_.try_emplace(NetworkOf(address));
  Share& share = found->second;
  if (!first) {
    const double seconds = std::chrono::duration<double>(now - share.at).count();
    share.left = std::min(kInARow, share.left + seconds * kASecond);
  }
  share.at = now;
  if (share.left < 1) return true;
  share.left -= 1;
  return false;
}

}  // namespace nmgr::serve
