// The rule at the end of a TZif file that holds for all time after its last change, in the form of
// the TZ variable: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX, and RFC 8536 3.3.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nmgr {

class TimeZoneRule {
 public:
  // Nothing for what is no such rule.
  static std::optional<TimeZoneRule> Parse(std::string_view text);

  std::int32_t standard() const { return standard_; }

  // The changes of one year: when, in seconds since 1970, and the offset from then on. None without
  // summer time.
  std::vector<std::pair<std::int64_t, std::int32_t>> ChangesOf(int year) const;

 private:
  struct Date {
    enum class Kind { kJulian, kZeroBased, kWeekday } kind = Kind::kWeekday;
    int day = 0;  // of the year, or of the week
    int month = 0;
    int week = 0;
    std::int32_t time = 7200;  // of the day, by the clock that holds before
  };
  class Reader;

  static std::int64_t DayOf(const Date& date, int year);

  std::int32_t standard_ = 0;
  std::int32_t summer_ = 0;
  bool has_summer_ = false;
  Date begin_, end_;
};

}  // namespace nmgr
