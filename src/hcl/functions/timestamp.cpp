#include "hcl/functions/timestamp.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "hcl/functions/support.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

std::chrono::sys_days DaysOf(const Timestamp& time) {
  return std::chrono::year(static_cast<int>(time.year)) / time.month / time.day;
}

bool IsRealDate(const Timestamp& time) {
  const std::chrono::year_month_day date =
      std::chrono::year(static_cast<int>(time.year)) / time.month / time.day;
  return date.ok();
}

// Takes a text apart from the left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  // A number of `least` to `most` digits; as many as there are.
  std::optional<int> TakeNumber(std::size_t least, std::size_t most) {
    std::size_t size = 0;
    int number = 0;
    for (; size < most && size < rest_.size() && IsAsciiDigit(rest_[size]); ++size) {
      number = number * 10 + (rest_[size] - '0');
    }
    if (size < least) return std::nullopt;
    rest_.remove_prefix(size);
    return number;
  }

  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Digits after a separator as nanoseconds; without the separator and a digit, 0 and nothing
  // taken.
  std::int64_t TakeFraction(std::string_view separators) {
    if (rest_.size() < 2 || separators.find(rest_[0]) == std::string_view::npos ||
        !IsAsciiDigit(rest_[1])) {
      return 0;
    }
    rest_.remove_prefix(1);
    std::int64_t fraction = 0;
    std::int64_t unit = kNanosecondsPerSecond;
    for (; !rest_.empty() && IsAsciiDigit(rest_[0]); rest_.remove_prefix(1)) {
      unit /= 10;
      fraction += unit * (rest_[0] - '0');
    }
    return fraction;
  }

  // "Z" or a sign, hours and minutes up to these.
  std::optional<int> TakeOffset(int most_hours, int most_minutes) {
    if (Take('Z')) return 0;
    const int sign = Take('+') ? 1 : Take('-') ? -1 : 0;
    const auto hours = TakeNumber(2, 2);
    if (sign == 0 || !hours || *hours > most_hours || !Take(':')) return std::nullopt;
    const auto minutes = TakeNumber(2, 2);
    if (!minutes || *minutes > most_minutes) return std::nullopt;
    return sign * (*hours * 60 + *minutes) * 60;
  }

  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// One field of a strict timestamp and what must follow it.
struct FieldRule {
  std::string_view name;
  std::size_t digits;
  int least;
  int most;
  char next;  // '\0': nothing in particular
};

FunctionError NotRfc3339(std::string_view why) {
  return Fault(fmt::format("not a valid RFC3339 timestamp: {}", why));
}

FunctionOutcome<int> TakeField(Cursor& cursor, const FieldRule& rule) {
  if (cursor.rest().empty()) return NotRfc3339(fmt::format("end of string before {}", rule.name));
  const std::string found(cursor.rest());
  const auto number = cursor.TakeNumber(rule.digits, rule.digits);
  if (!number) return NotRfc3339(fmt::format("cannot use {} as {}", Quote(found), rule.name));
  if (*number < rule.least || *number > rule.most) {
    return NotRfc3339(
        fmt::format("{} must be between {} and {} inclusive", rule.name, rule.least, rule.most));
  }
  if (rule.next == '\0' || cursor.Take(rule.next)) return *number;
  if (rule.next == 'T') return NotRfc3339("missing required time introducer 'T'");
  return NotRfc3339(fmt::format("'{}' is expected after the {}", rule.next, rule.name));
}

}  // namespace

FunctionOutcome<Timestamp> ParseRfc3339(std::string_view text) {
  constexpr std::array<FieldRule, 6> kRules = {{{"year", 4, 0, 9999, '-'},
                                                {"month", 2, 1, 12, '-'},
                                                {"day of month", 2, 1, 31, 'T'},
                                                {"hour", 2, 0, 23, ':'},
                                                {"minute", 2, 0, 59, ':'},
                                                {"second", 2, 0, 59, '\0'}}};
  Cursor cursor(text);
  std::array<int, kRules.size()> fields{};
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    const FunctionOutcome<int> field = TakeField(cursor, kRules[i]);
    if (!field) return field.error();
    fields[i] = *field;
  }
  Timestamp time{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]};
  if (!IsRealDate(time)) return NotRfc3339("day out of range");
  time.nanosecond = cursor.TakeFraction(".");
  if (cursor.rest().empty()) return NotRfc3339("end of string before UTC offset");
  const std::string offset_text(cursor.rest());
  const auto offset = cursor.TakeOffset(23, 59);
  if (!offset) return NotRfc3339(fmt::format("cannot use {} as UTC offset", Quote(offset_text)));
  if (!cursor.rest().empty()) return NotRfc3339("extra text after the UTC offset");
  time.offset = *offset;
  return time;
}

std::optional<Timestamp> ParseYamlTimestamp(std::string_view text) {
  Cursor cursor(text);
  const auto year = cursor.TakeNumber(4, 4);
  if (!year || !cursor.Take('-')) return std::nullopt;
  const auto month = cursor.TakeNumber(1, 2);
  if (!month || !cursor.Take('-')) return std::nullopt;
  const auto day = cursor.TakeNumber(1, 2);
  if (!day) return std::nullopt;
  Timestamp time{*year, *month, *day};
  if (!IsRealDate(time)) return std::nullopt;
  if (cursor.rest().empty()) return time;

  const bool zoned = cursor.Take('T') || cursor.Take('t');
  if (!zoned && !cursor.Take(' ')) return std::nullopt;
  while (!zoned && cursor.Take(' ')) {
  }
  const auto hour = cursor.TakeNumber(1, 2);
  if (!hour || *hour > 23 || !cursor.Take(':')) return std::nullopt;
  const auto minute = cursor.TakeNumber(1, 2);
  if (!minute || *minute > 59 || !cursor.Take(':')) return std::nullopt;
  const auto second = cursor.TakeNumber(1, 2);
  if (!second || *second > 59) return std::nullopt;
  time.hour = *hour;
  time.minute = *minute;
  time.second = *second;
  time.nanosecond = cursor.TakeFraction(".,");
  if (zoned) {
    const auto offset = cursor.TakeOffset(24, 60);
    if (!offset) return std::nullopt;
    time.offset = *offset;
  }
  if (!cursor.rest().empty()) return std::nullopt;
  return time;
}

std::string FormatOffset(int offset, bool colon) {
  const int minutes = std::abs(offset) / 60;
  return fmt::format("{}{:02}{}{:02}", offset < 0 ? "-" : "+", minutes / 60, colon ? ":" : "",
                     minutes % 60);
}

std::string FormatRfc3339(const Timestamp& time) {
  return fmt::format("{}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", time.year < 0 ? "-" : "",
                     std::abs(time.year), time.month, time.day, time.hour, time.minute, time.second,
                     time.offset == 0 ? "Z" : FormatOffset(time.offset, true));
}

int Weekday(const Timestamp& time) {
  return static_cast<int>(std::chrono::weekday(DaysOf(time)).c_encoding());
}

Timestamp AddSpan(const Timestamp& time, std::int64_t nanoseconds) {
  const auto floor_divide = [](std::int64_t& value, std::int64_t by) {
    std::int64_t quotient = value / by;
    value %= by;
    if (value < 0) {
      value += by;
      --quotient;
    }
    return quotient;
  };
  std::int64_t seconds = floor_divide(nanoseconds, kNanosecondsPerSecond);
  nanoseconds += time.nanosecond;
  seconds += floor_divide(nanoseconds, kNanosecondsPerSecond);
  seconds += time.hour * 3600 + time.minute * 60 + time.second;
  const std::int64_t days = floor_divide(seconds, kSecondsPerDay);

  const std::chrono::year_month_day date(DaysOf(time) + std::chrono::days(days));
  Timestamp sum = time;
  sum.year = static_cast<int>(date.year());
  sum.month = static_cast<int>(static_cast<unsigned>(date.month()));
  sum.day = static_cast<int>(static_cast<unsigned>(date.day()));
  sum.hour = static_cast<int>(seconds / 3600);
  sum.minute = static_cast<int>(seconds / 60 % 60);
  sum.second = static_cast<int>(seconds % 60);
  sum.nanosecond = nanoseconds;
  return sum;
}

}  // namespace nmgr::hcl::functions
