// IP networks in CIDR notation, read and written as Go's net package does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nmgr::hcl::functions {

__extension__ using Uint128 = unsigned __int128;

struct IpPrefix {
  Uint128 address = 0;  // host bits are zero
  int length = 0;       // may leave 0..bits where arithmetic on prefixes does
  int bits = 32;        // 32 or 128

  Uint128 HostMask() const;
  Uint128 Last() const { return address | HostMask(); }
  bool Contains(Uint128 other) const { return (other & ~HostMask()) == address; }
};

// All ones below bit `count`.
Uint128 LowBits(int count);

// "10.0.0.5/8" becomes 10.0.0.0/8. Strict: four numbers without leading zeros, no zone.
std::optional<IpPrefix> ParseIpPrefix(std::string_view text);

// RFC 5952; an IPv4 address mapped into IPv6 is shown as IPv4.
std::string FormatAddress(Uint128 address, int bits);
// The same for the prefix; "<nil>" for a length that is none.
std::string FormatIpPrefix(const IpPrefix& prefix);

// Whether an IPv6 address is an IPv4 one in disguise (::ffff:1.2.3.4).
bool IsMappedIpv4(Uint128 address, int bits);

}  // namespace nmgr::hcl::functions
