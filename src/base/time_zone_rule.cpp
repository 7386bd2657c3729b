#include "base/time_zone_rule.h"

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/base/time_zone.h"

namespace nmgr {
namespace {

constexpr std::int32_t kRuleHour = 3600;
constexpr std::int64_t kRuleDay = 86'400;
constexpr int kMostHours = 167;  // RFC 8536 allows as much in the time of a change

bool IsLeap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

}  // namespace

class TimeZoneRule::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  bool Take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool Name() {
    const bool quoted = Take('<');
    std::size_t length = 0;
    while (length < text_.size() && IsOfName(text_[length], quoted)) ++length;
    if (length < 3) return false;
    text_.remove_prefix(length);
    return !quoted || Take('>');
  }
  bool Number(int most, int& into) {
    if (text_.empty() || !IsAsciiDigit(text_.front())) return false;
    into = 0;
    while (!text_.empty() && IsAsciiDigit(text_.front()) && into <= most) {
      into = into * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return into <= most;
  }
  // [+-]hh[:mm[:ss]]
  bool Time(std::int32_t& into) {
    const bool minus = Take('-');
    if (!minus) Take('+');
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (!Number(kMostHours, hours)) return false;
    if (Take(':') && !Number(59, minutes)) return false;
    if (Take(':') && !Number(59, seconds)) return false;
    into = (hours * 60 + minutes) * 60 + seconds;
    if (minus) into = -into;
    return true;
  }
  // ",M3.5.0/2"
  bool ReadDate(Date& date) {
    if (!Take(',')) return false;
    if (Take('M')) {
      date.kind = Date::Kind::kWeekday;
      const bool read = Number(12, date.month) && Take('.') && Number(5, date.week) && Take('.') &&
                        Number(6, date.day);
      if (!read || date.month == 0 || date.week == 0) return false;
    } else {
      date.kind = Take('J') ? Date::Kind::kJulian : Date::Kind::kZeroBased;
      if (!Number(365, date.day)) return false;
      if (date.kind == Date::Kind::kJulian && date.day == 0) return false;
    }
    return !Take('/') || Time(date.time);
  }

 private:
  static bool IsOfName(char c, bool quoted) {
    if (IsAsciiLetter(c)) return true;
    return quoted && (IsAsciiDigit(c) || c == '+' || c == '-');
  }
  std::string_view text_;
};

std::optional<TimeZoneRule> TimeZoneRule::Parse(std::string_view text) {
  Reader reader(text);
  TimeZoneRule rule;
  // The offsets of this form are what is to be added to get UTC.
  if (!reader.Name() || !reader.Time(rule.standard_)) return std::nullopt;
  rule.standard_ = -rule.standard_;
  if (reader.AtEnd()) return rule;
  rule.has_summer_ = true;
  rule.summer_ = rule.standard_ + kRuleHour;
  if (!reader.Name()) return std::nullopt;
  Reader ahead = reader;
  if (!ahead.Take(',')) {
    if (!reader.Time(rule.summer_)) return std::nullopt;
    rule.summer_ = -rule.summer_;
  }
  if (!reader.ReadDate(rule.begin_) || !reader.ReadDate(rule.end_) || !reader.AtEnd()) {
    return std::nullopt;
  }
  return rule;
}

// Days since 1970.
std::int64_t TimeZoneRule::DayOf(const Date& date, int year) {
  const std::int64_t first = ToLocalSeconds(year, 1, 1) / kRuleDay;
  if (date.kind == Date::Kind::kZeroBased) return first + date.day;
  if (date.kind == Date::Kind::kJulian) {  // without the 29th of February
    constexpr int kLastOfFebruary = 59;
    return first + date.day - 1 + (IsLeap(year) && date.day > kLastOfFebruary ? 1 : 0);
  }
  const LocalSeconds start = ToLocalSeconds(year, date.month, 1);
  const int weekday = FromLocalSeconds(start).weekday;
  const int next = date.month == 12 ? 1 : date.month + 1;
  const LocalSeconds end = ToLocalSeconds(date.month == 12 ? year + 1 : year, next, 1);
  std::int64_t day = start / kRuleDay + (date.day - weekday + 7) % 7 + 7 * (date.week - 1);
  while (day >= end / kRuleDay) day -= 7;
  return day;
}

std::vector<std::pair<std::int64_t, std::int32_t>> TimeZoneRule::ChangesOf(int year) const {
  if (!has_summer_) return {};
  std::vector<std::pair<std::int64_t, std::int32_t>> changes = {
      {DayOf(begin_, year) * kRuleDay + begin_.time - standard_, summer_},
      {DayOf(end_, year) * kRuleDay + end_.time - summer_, standard_}};
  std::sort(changes.begin(), changes.end());
  return changes;
}

}  // namespace nmgr
