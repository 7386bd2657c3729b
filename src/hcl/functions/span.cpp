// A time span as Go writes it: "1h30m".
#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "hcl/functions/support.h"
#include "hcl/functions/timestamp.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 63U;  // of nanoseconds, sign apart

std::optional<std::uint64_t> FindUnit(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits = {
      {{"ns", 1},
       {"us", 1'000},
       {"\u00b5s", 1'000},  // micro sign
       {"\u03bcs", 1'000},  // Greek mu
       {"ms", 1'000'000},
       {"s", 1'000'000'000},
       {"m", 60'000'000'000},
       {"h", 3'600'000'000'000}}};
  for (const auto& [unit, nanoseconds] : kUnits) {
    if (unit == name) return nanoseconds;
  }
  return std::nullopt;
}

std::string_view TakeDigits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && IsAsciiDigit(text[size])) ++size;
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

std::optional<std::uint64_t> WholeNumber(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (number > kMost / 10) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (number > kMost) return std::nullopt;
  }
  return number;
}

// `digits` after a point, in units; cut to whole nanoseconds by way of a double, as Go does.
std::uint64_t Fraction(std::string_view digits, std::uint64_t unit) {
  std::uint64_t number = 0;
  double scale = 1;
  for (const char c : digits) {
    if (number > (kMost - 1) / 10) break;
    const std::uint64_t next = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (next > kMost) break;
    number = next;
    scale *= 10;
  }
  return static_cast<std::uint64_t>(static_cast<double>(number) *
                                    (static_cast<double>(unit) / scale));
}

}  // namespace

FunctionOutcome<std::int64_t> ParseSpan(std::string_view text) {
  const auto fault = [text](std::string_view why) {
    return Fault(fmt::format("time: {} {}", why, Quote(text)));
  };
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  if (rest == "0") return std::int64_t{0};
  if (rest.empty()) return fault("invalid duration");

  std::uint64_t total = 0;
  while (!rest.empty()) {
    const std::string_view whole_digits = TakeDigits(rest);
    std::string_view fraction_digits;
    if (!rest.empty() && rest[0] == '.') {
      rest.remove_prefix(1);
      fraction_digits = TakeDigits(rest);
    }
    const auto whole = WholeNumber(whole_digits);
    if ((whole_digits.empty() && fraction_digits.empty()) || !whole)
      return fault("invalid duration");

    const std::string_view name = rest.substr(0, rest.find_first_of(".0123456789"));
    if (name.empty()) return fault("missing unit in duration");
    const auto unit = FindUnit(name);
    if (!unit) return fault(fmt::format("unknown unit {} in duration", Quote(name)));
    rest.remove_prefix(name.size());
    if (*whole > kMost / *unit) return fault("invalid duration");
    const std::uint64_t part = *whole * *unit + Fraction(fraction_digits, *unit);
    if (part > kMost || total + part > kMost) return fault("invalid duration");
    total += part;
  }
  if (negative) return static_cast<std::int64_t>(-total);
  if (total == kMost) return fault("invalid duration");
  return static_cast<std::int64_t>(total);
}

}  // namespace nmgr::hcl::functions
