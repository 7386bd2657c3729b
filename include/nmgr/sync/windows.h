// When a source may change the cluster: windows that allow and windows that deny, each a cron
// expression for its beginnings, a length, and a time zone. Pure.
//
//   allow 0 22 * * mon-fri for 8h in Europe/Berlin
//   deny  0 0 24 12 *      for 72h
//
// Without a window that allows everything is allowed; with some, one of them must be open. One that
// denies and is open wins over all of them. "for" and "in" may be left out; the expression may
// stand in quotes; a row without a zone has the one of the daemon.
//
// The five fields are those of cron(5): minute, hour, day of the month, month, day of the week (0
// and 7 are Sunday, names in any case); '*', lists, ranges, steps. Where both days are restricted,
// either will do. @hourly, @daily, @weekly, @monthly and @yearly stand for theirs.
//
// A window lasts for its length of real time from its beginning. When the local clock skips the
// time of a beginning, it begins right after the gap; when the clock shows it twice, the first time
// alone counts. Of an expression for every hour what is skipped is left out, and what comes twice
// begins twice, as cron has it.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/file_system.h"
#include "nmgr/base/time_zone.h"

namespace nmgr::sync {

// The beginnings, by the local clock.
class Cron {
 public:
  // kConfig; the message names the field and its column (1 is the first byte of `text`).
  static Expected<Cron> Parse(std::string_view text);

  bool MatchesDay(const LocalTime& day) const;
  bool MatchesMinute(int hour, int minute) const { return hours_[hour] && minutes_[minute]; }
  bool IsEveryHour() const { return hours_.all(); }

 private:
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = true;  // that field begins with '*'
  bool any_weekday_ = true;
};

struct Window {
  bool allows = true;
  Cron begins;
  Duration length{0};  // at least a minute, at most kLongest
  TimeZone zone;
  std::string text;  // as it was written

  static constexpr std::chrono::hours kLongest{31 * 24};

  // kConfig; the message tells where in `row`.
  static Expected<Window> Parse(std::string_view row, std::string_view default_zone,
                                FileSystem& files);

  // The last beginning at or before `now`, if it is not longer ago than the length.
  std::optional<WallTime> BeganAt(WallTime now) const;
  bool IsOpen(WallTime now) const { return BeganAt(now).has_value(); }
  // The first beginning after `now`; nothing where there is none within four years.
  std::optional<WallTime> NextBegin(WallTime now) const;
};

struct WindowState {
  bool open = true;
  std::string reason;  // not open: one sentence without a full stop
  // When it may be otherwise next, if that comes within a year: to look again then.
  std::optional<WallTime> next_change;
};

WindowState StateOf(const std::vector<Window>& windows, WallTime now);
bool WindowOpen(const std::vector<Window>& windows, WallTime now);

// Each of the rows; the error is of the first that is wrong.
Expected<std::vector<Window>> ParseWindows(const std::vector<std::string>& rows,
                                           std::string_view default_zone, FileSystem& files);

}  // namespace nmgr::sync
