#include "nmgr/registry/tags.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::registry {
namespace {

constexpr std::size_t kMostDigits = 18;  // of a number that 64 bits hold
// A first number of as many digits is a year or a date.
constexpr std::size_t kDateDigits = 4;

struct Version {
  std::string shape;  // each number as '#', or as '@' where it is a date
  std::vector<std::uint64_t> numbers;
};

std::optional<Version> ReadVersion(std::string_view tag) {
  Version version;
  const bool has_v = tag.size() > 1 && (tag[0] == 'v' || tag[0] == 'V') && IsAsciiDigit(tag[1]);
  if (!has_v && (tag.empty() || !IsAsciiDigit(tag[0]))) return std::nullopt;
  for (std::size_t at = 0; at < tag.size();) {
    if (!IsAsciiDigit(tag[at])) {
      version.shape += tag[at++];
      continue;
    }
    std::string_view rest = tag.substr(at);
    const auto number = TakeTagNumber(rest);
    if (!number) return std::nullopt;
    const std::size_t end = tag.size() - rest.size();
    const bool date = version.numbers.empty() && end - at >= kDateDigits;
    version.shape += date ? '@' : '#';
    version.numbers.push_back(*number);
    at = end;
  }
  return version;
}

}  // namespace

std::optional<std::uint64_t> TakeTagNumber(std::string_view& text) {
  std::uint64_t number = 0;
  std::size_t digits = 0;
  while (digits < text.size() && IsAsciiDigit(text[digits])) {
    number = number * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
    if (digits > kMostDigits) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool IsVersion(std::string_view tag) { return ReadVersion(tag).has_value(); }

std::vector<std::string> NewerTags(std::string_view tag, const std::vector<std::string>& tags) {
  const std::optional<Version> own = ReadVersion(tag);
  if (!own) return {};
  std::vector<std::pair<std::vector<std::uint64_t>, std::string>> newer;
  for (const std::string& other : tags) {
    std::optional<Version> version = ReadVersion(other);
    if (!version || version->shape != own->shape || version->numbers <= own->numbers) continue;
    newer.emplace_back(std::move(version->numbers), other);
  }
  std::sort(newer.begin(), newer.end(), std::greater<>());
  newer.erase(std::unique(newer.begin(), newer.end()), newer.end());
  std::vector<std::string> names;
  for (auto& [numbers, name] : newer) names.push_back(std::move(name));
  return names;
}

}  // namespace nmgr::registry
