#include "hcl/functions/ip_prefix.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nmgr::hcl::functions {
namespace {

constexpr int kIpv4Bits = 32;
constexpr int kIpv6Bits = 128;

std::optional<Uint128> ParseAddress(const std::string& text, int bits) {
  std::array<unsigned char, 16> bytes{};
  const int family = bits == kIpv4Bits ? AF_INET : AF_INET6;
  if (text.find('\0') != std::string::npos || inet_pton(family, text.c_str(), bytes.data()) != 1) {
    return std::nullopt;
  }
  Uint128 address = 0;
  for (int i = 0; i < bits / 8; ++i) address = address << 8U | bytes[static_cast<std::size_t>(i)];
  return address;
}

// Digits only; leading zeros are fine here.
std::optional<int> ParseLength(std::string_view text, int most) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  int length = 0;
  for (const char c : text) {
    length = length * 10 + (c - '0');
    if (length > most) return std::nullopt;
  }
  return length;
}

struct Run {
  std::size_t start = 0;
  std::size_t size = 0;
};

Run LongestZeros(const std::array<unsigned, 8>& groups) {
  Run longest;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Run run{i, 0};
    while (i < groups.size() && groups[i] == 0) {
      ++run.size;
      ++i;
    }
    if (run.size > longest.size && run.size > 1) longest = run;
  }
  return longest;
}

std::string FormatIpv6(Uint128 address) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = static_cast<unsigned>(address >> (112 - 16 * i)) & 0xFFFFU;
  }
  const Run zeros = LongestZeros(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (zeros.size > 0 && i == zeros.start) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

}  // namespace

Uint128 LowBits(int count) {
  if (count <= 0) return 0;
  return count >= kIpv6Bits ? ~Uint128{0} : (Uint128{1} << static_cast<unsigned>(count)) - 1;
}

Uint128 IpPrefix::HostMask() const { return LowBits(bits - length); }

std::optional<IpPrefix> ParseIpPrefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string address_text(text.substr(0, slash));
  IpPrefix prefix;
  prefix.bits = address_text.find(':') == std::string::npos ? kIpv4Bits : kIpv6Bits;
  const auto address = ParseAddress(address_text, prefix.bits);
  const auto length = ParseLength(text.substr(slash + 1), prefix.bits);
  if (!address || !length) return std::nullopt;
  prefix.length = *length;
  prefix.address = *address & ~prefix.HostMask();
  return prefix;
}

bool IsMappedIpv4(Uint128 address, int bits) {
  return bits == kIpv6Bits && address >> static_cast<unsigned>(kIpv4Bits) == 0xFFFF;
}

std::string FormatAddress(Uint128 address, int bits) {
  if (bits == kIpv6Bits && !IsMappedIpv4(address, bits)) return FormatIpv6(address);
  const auto low = static_cast<unsigned>(address);
  return fmt::format("{}.{}.{}.{}", low >> 24U, low >> 16U & 0xFFU, low >> 8U & 0xFFU, low & 0xFFU);
}

std::string FormatIpPrefix(const IpPrefix& prefix) {
  if (prefix.length < 0 || prefix.length > prefix.bits) return "<nil>";
  int length = prefix.length;
  if (IsMappedIpv4(prefix.address, prefix.bits))
    length = std::max(0, length - (kIpv6Bits - kIpv4Bits));
  return fmt::format("{}/{}", FormatAddress(prefix.address, prefix.bits), length);
}

}  // namespace nmgr::hcl::functions
