// Time zones by their IANA name, from the database of the system, without touching the zone of the
// process.
//
// The local clock skips times when it goes forward and repeats them when it goes back; who asks for
// an instant by local time is told which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"

namespace nmgr {

// A day of the calendar, and the time of day.
struct LocalTime {
  int year = 1970;
  int month = 1;    // 1 to 12
  int day = 1;      // 1 to 31
  int weekday = 4;  // 0: Sunday
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Seconds since 1970 by the local clock, as if it had never been changed.
using LocalSeconds = std::int64_t;
LocalSeconds ToLocalSeconds(int year, int month, int day, int hour = 0, int minute = 0);
LocalTime FromLocalSeconds(LocalSeconds seconds);

class TimeZone {
 public:
  TimeZone() = default;  // UTC, which needs no database

  // kConfig where `name` is none, or the system does not have it.
  static Expected<TimeZone> Load(std::string_view name, FileSystem& files);

  // Of the bytes of a TZif file (RFC 8536); kInvalid for anything else.
  static Expected<TimeZone> Parse(std::string name, std::string_view bytes);

  const std::string& name() const { return name_; }

  LocalSeconds LocalOf(WallTime time) const;

  // When the local clock shows `local`, ascending: one instant as a rule; two where it is repeated;
  // none where it is skipped, and then `after_gap` is the first instant that is not.
  struct Instants {
    std::vector<WallTime> at;
    WallTime after_gap{};
  };
  Instants InstantsOf(LocalSeconds local) const;

 private:
  struct Change {
    std::int64_t at = 0;      // seconds since 1970, UTC
    std::int32_t offset = 0;  // from then on: local minus UTC
  };
  std::int32_t OffsetAt(std::int64_t seconds) const;

  std::string name_ = "UTC";
  std::int32_t first_offset_ = 0;
  std::vector<Change> changes_;  // ascending
};

}  // namespace nmgr
