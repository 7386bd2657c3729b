#include "nmgr/base/utc.h"

#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

namespace nmgr {

std::int64_t ParseUtcNs(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size() || !text.ends_with('Z')) return 0;
  std::array<int, 6> numbers{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t length = i == 0 ? 4 : 2;
    const char* begin = text.data() + at;
    if (std::from_chars(begin, begin + length, numbers[i]).ptr != begin + length) return 0;
    at += length;
    if (i + 1 < numbers.size() && text[at] != kForm[at]) return 0;
    if (i + 1 < numbers.size()) ++at;
  }
  std::int64_t fraction = 0;
  std::string_view rest = text.substr(at, text.size() - at - 1);
  if (rest.starts_with('.')) {
    std::int64_t unit = 100'000'000;
    for (const char c : rest.substr(1)) {
      if (c < '0' || c > '9') return 0;
      fraction += (c - '0') * unit;
      unit /= 10;
    }
  } else if (!rest.empty()) {
    return 0;
  }
  std::tm parts{};
  parts.tm_year = numbers[0] - 1900;
  parts.tm_mon = numbers[1] - 1;
  parts.tm_mday = numbers[2];
  parts.tm_hour = numbers[3];
  parts.tm_min = numbers[4];
  parts.tm_sec = numbers[5];
  if (numbers[0] < 1970 || numbers[0] > 2200) return 0;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000'000 + fraction;
}

}  // namespace nmgr
