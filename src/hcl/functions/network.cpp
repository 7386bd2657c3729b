// cidrhost and its relatives; the arithmetic is ip_prefix.h.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "hcl/functions/ip_prefix.h"
#include "hcl/functions/support.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::int64_t kMostNewBits = 32;

FunctionError BadPrefix(std::string_view text) {
  return Fault(fmt::format("invalid CIDR expression: invalid CIDR address: {}", text));
}

std::uint64_t Magnitude(std::int64_t number) {
  return number < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(number)
                    : static_cast<std::uint64_t>(number);
}

// The low bits of `address` replaced by `number` shifted left, as Go's big integers do it: a
// negative number sets every bit above and then loses its sign. Nothing where the result has too
// many bits.
std::optional<Uint128> InsertNumber(const IpPrefix& prefix, std::int64_t number,
                                    std::int64_t shift) {
  const std::uint64_t magnitude = Magnitude(number);
  if (magnitude == 0) return prefix.address;
  if (std::bit_width(magnitude) + shift > 128) return std::nullopt;
  const Uint128 shifted = Uint128{magnitude} << static_cast<unsigned>(shift);
  const Uint128 result =
      number < 0 ? ((shifted - 1) & ~prefix.address) + 1 : prefix.address | shifted;
  if (result > LowBits(prefix.bits)) return std::nullopt;
  return result;
}

FunctionResult CidrHost(const FunctionCall& call) {
  const auto number = call.arguments[1].as_number().ToInt64();
  if (!number) return Fault(std::string(kNotAnInteger));
  const std::string_view text = call.arguments[0].as_string();
  const auto prefix = ParseIpPrefix(text);
  if (!prefix) return BadPrefix(text);

  // Negative numbers count from the end.
  const Uint128 most = prefix->HostMask();
  const bool from_end = *number < 0;
  const Uint128 distance = from_end ? Magnitude(*number) - 1 : Magnitude(*number);
  if (distance > most) {
    return Fault(fmt::format("prefix of {} does not accommodate a host numbered {}", prefix->length,
                             *number));
  }
  const Uint128 host = from_end ? most - distance : distance;
  if (!IsMappedIpv4(prefix->address, prefix->bits)) {
    return Value::Of(FormatAddress(prefix->address | host, prefix->bits));
  }
  // An IPv4 address within IPv6: Nomad's client puts the number at the wrong end.
  constexpr unsigned kWrongEnd = 96;
  return Value::Of(FormatAddress(prefix->address | host << kWrongEnd, prefix->bits));
}

FunctionResult CidrNetmask(const FunctionCall& call) {
  const std::string_view text = call.arguments[0].as_string();
  const auto prefix = ParseIpPrefix(text);
  if (!prefix) return BadPrefix(text);
  return Value::Of(FormatAddress(LowBits(prefix->bits) & ~prefix->HostMask(), prefix->bits));
}

FunctionResult CidrSubnet(const FunctionCall& call) {
  const auto new_bits = call.arguments[1].as_number().ToInt64();
  const auto number = call.arguments[2].as_number().ToInt64();
  if (!new_bits || !number) return Fault(std::string(kNotAnInteger));
  const std::string_view text = call.arguments[0].as_string();
  const auto prefix = ParseIpPrefix(text);
  if (!prefix) return BadPrefix(text);
  if (*new_bits > kMostNewBits) return Fault("may not extend prefix by more than 32 bits");

  // No prefix is longer than 128 bits: a shorter extension ends where that one does.
  constexpr std::int64_t kFewestNewBits = -256;
  const std::int64_t length = prefix->length + std::max(*new_bits, kFewestNewBits);
  if (length > prefix->bits) {
    return Fault(fmt::format("insufficient address space to extend prefix of {} by {}",
                             prefix->length, *new_bits));
  }
  const bool fits = *new_bits < 0 || Magnitude(*number) < std::uint64_t{1}
                                                              << static_cast<unsigned>(*new_bits);
  const auto address =
      fits ? InsertNumber(*prefix, *number, prefix->bits - length) : std::optional<Uint128>();
  if (!address) {
    return Fault(fmt::format("prefix extension of {} does not accommodate a subnet numbered {}",
                             *new_bits, *number));
  }
  return Value::Of(
      FormatIpPrefix({*address, length < 0 ? -1 : static_cast<int>(length), prefix->bits}));
}

FunctionOutcome<int> SubnetLength(const IpPrefix& base, const Value& new_bits,
                                  std::size_t argument) {
  const auto bits = new_bits.as_number().ToInt64();
  if (!bits) return ArgumentFault(argument, std::string(kNotAnInteger));
  if (*bits < 1) return ArgumentFault(argument, "must extend prefix by at least one bit");
  if (*bits > kMostNewBits) {
    return ArgumentFault(argument, "may not extend prefix by more than 32 bits");
  }
  const int length = base.length + static_cast<int>(*bits);
  if (length > base.bits) {
    return ArgumentFault(
        argument, fmt::format("would extend prefix to {} bits, which is too long for an {} address",
                              length, base.bits == 32 ? "IPv4" : "IPv6"));
  }
  return length;
}

FunctionResult CidrSubnets(const FunctionCall& call) {
  const std::string_view text = call.arguments[0].as_string();
  const auto base = ParseIpPrefix(text);
  if (!base) return ArgumentFault(0, BadPrefix(text).message);

  Values subnets;
  // Each begins right after the one before it, at the next border of its own size.
  Uint128 last = (base->address - 1) & LowBits(base->bits);
  std::string before;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const auto length = SubnetLength(*base, call.arguments[i], i);
    if (!length) return length.error();
    IpPrefix next{0, *length, base->bits};
    next.address = ((last | next.HostMask()) + 1) & LowBits(base->bits);
    // The address 0 is taken for an overflow even where the base begins with it.
    const bool overflow = next.address == 0 || IsMappedIpv4(base->address, base->bits);
    if (overflow || !base->Contains(next.address)) {
      return ArgumentFault(i, fmt::format("not enough remaining address space for a subnet with a "
                                          "prefix of {} bits{}",
                                          *length, before.empty() ? "" : " after " + before));
    }
    last = next.Last();
    before = FormatIpPrefix(next);
    subnets.push_back(Value::Of(before));
  }
  return Value::List(Type::String(), std::move(subnets));
}

Function OfPrefix(std::string_view name, std::string_view summary,
                  std::vector<Parameter> parameters, FunctionResult (*call)(const FunctionCall&)) {
  parameters.insert(parameters.begin(), StringParameter("prefix"));
  return TextFunction(kNetworkFamily, name, summary, std::move(parameters), call);
}

}  // namespace

std::vector<Function> NetworkFunctions() {
  return {
      OfPrefix("cidrhost",
               "The address of a host by its number in a network; negative numbers count "
               "from the end.",
               {NumberParameter("hostnum")}, CidrHost),
      OfPrefix("cidrnetmask", "The netmask of a network.", {}, CidrNetmask),
      OfPrefix("cidrsubnet", "A subnet by its number, with a prefix longer by some bits.",
               {NumberParameter("newbits"), NumberParameter("netnum")}, CidrSubnet),
      Function{.name = "cidrsubnets",
               .family = kNetworkFamily,
               .summary = "Consecutive subnets, each with a prefix longer by some bits.",
               .parameters = {StringParameter("prefix")},
               .variadic = NumberParameter("newbits"),
               .static_type = Type::List(Type::String()),
               .call = CidrSubnets},
  };
}

}  // namespace nmgr::hcl::functions
