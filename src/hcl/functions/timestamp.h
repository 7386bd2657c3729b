// Points in time with their offset from UTC, as texts of RFC 3339 and of YAML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/hcl/functions/function.h"

namespace nmgr::hcl::functions {

// A civil time. Every member is within its range.
struct Timestamp {
  std::int64_t year = 0;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t nanosecond = 0;
  int offset = 0;  // seconds east of UTC
};

// RFC 3339 by the letter ("2018-01-04T23:12:01.5+05:30"); the message says what is wrong with
// `text`.
FunctionOutcome<Timestamp> ParseRfc3339(std::string_view text);

// The forms that YAML's plain scalars may have: shorter fields, "t" or a blank before the time, a
// date alone.
std::optional<Timestamp> ParseYamlTimestamp(std::string_view text);

// To the second; the offset as "Z" or "+05:30".
std::string FormatRfc3339(const Timestamp& time);
std::string FormatOffset(int offset, bool colon);

int Weekday(const Timestamp& time);  // Sunday is 0

// A span like "1h30m", "-1.5s", "250ms" in nanoseconds.
FunctionOutcome<std::int64_t> ParseSpan(std::string_view text);
Timestamp AddSpan(const Timestamp& time, std::int64_t nanoseconds);

}  // namespace nmgr::hcl::functions
