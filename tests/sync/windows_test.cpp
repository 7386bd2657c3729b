#include "nmgr/sync/windows.h"

#include <catch2/catch.hpp>

#include "nmgr/base/utc.h"

using namespace nmgr;
using namespace nmgr::sync;
using namespace std::chrono_literals;

namespace {

WallTime Clocked(const std::string& text) {
  const std::int64_t ns = ParseUtcNs(text + ":00Z");
  REQUIRE(ns != 0);
  return WallTime(std::chrono::nanoseconds(ns));
}

std::vector<Window> Rows(const std::vector<std::string>& rows, std::string_view zone = "UTC") {
  auto windows = ParseWindows(rows, zone, RealFileSystem());
  INFO((windows ? "" : windows.error().message));
  REQUIRE(windows);
  return *windows;
}

bool HasZones() {
  if (TimeZone::Load("Europe/Berlin", RealFileSystem())) return true;
  WARN("SKIPPED: this machine has no time zone database");
  return false;
}

std::string FaultOf(const std::string& row) {
  const auto windows = ParseWindows({row}, "UTC", RealFileSystem());
  INFO(row);
  REQUIRE_FALSE(windows.has_value());
  CHECK(windows.error().code == ErrorCode::kConfig);
  CHECK_FALSE(windows.error().hint.empty());
  return windows.error().message;
}

}  // namespace

TEST_CASE("without a window everything is allowed") {
  CHECK(WindowOpen({}, Clocked("2026-11-26T20:00")));
  CHECK_FALSE(StateOf({}, Clocked("2026-11-26T20:00")).next_change.has_value());
}

TEST_CASE("a window is open from its beginning to its end") {
  const auto windows = Rows({"allow 0 22 * * mon-fri for 8h"});  // the 26th is a Thursday
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-26T21:59")));
  CHECK(WindowOpen(windows, Clocked("2026-11-26T22:00")));
  CHECK(WindowOpen(windows, Clocked("2026-11-27T05:59")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-27T06:00")));
  CHECK(WindowOpen(windows, Clocked("2026-11-28T05:59")));        // Friday's
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-28T22:00")));  // Saturday
}

TEST_CASE("one that denies wins") {
  const auto windows = Rows({"allow 0 * * * * for 1h", "deny 0 12 26 11 * for 1h"});
  CHECK(WindowOpen(windows, Clocked("2026-11-26T11:59")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-26T12:00")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-26T12:59")));
  CHECK(WindowOpen(windows, Clocked("2026-11-26T13:00")));
  // Alone it leaves everything else allowed.
  const auto deny = Rows({"deny 0 12 26 11 * for 1h"});
  CHECK(WindowOpen(deny, Clocked("2026-11-26T11:59")));
  CHECK_FALSE(WindowOpen(deny, Clocked("2026-11-26T12:30")));
}

TEST_CASE("one of several that allow is enough") {
  const auto windows = Rows({"allow 0 1 * * * 1h", "allow 0 3 * * * 1h"});
  CHECK(WindowOpen(windows, Clocked("2026-11-26T01:30")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-26T02:30")));
  CHECK(WindowOpen(windows, Clocked("2026-11-26T03:30")));
}

TEST_CASE("windows that overlap themselves stay open") {
  const auto windows = Rows({"allow 0 0 * * * for 48h"});
  CHECK(WindowOpen(windows, Clocked("2026-11-26T23:59")));
  const auto long_one = Rows({"allow 0 0 1 * * for 240h"});
  CHECK(WindowOpen(long_one, Clocked("2026-11-10T23:59")));
  CHECK_FALSE(WindowOpen(long_one, Clocked("2026-11-11T00:00")));
}

TEST_CASE("cron expressions mean what cron means by them") {
  struct Row {
    const char* cron;
    const char* begins;
    const char* other;
  };
  const Row rows[] = {
      {"*/15 * * * *", "2026-11-26T07:45", "2026-11-26T07:46"},
      {"5-10/5 * * * *", "2026-11-26T07:10", "2026-11-26T07:15"},
      {"30/10 * * * *", "2026-11-26T07:50", "2026-11-26T07:20"},
      {"0 8,20 * * *", "2026-11-26T20:00", "2026-11-26T21:00"},
      {"0 0 31 * *", "2026-12-31T00:00", "2026-11-30T00:00"},
      {"0 0 29 2 *", "2028-02-29T00:00", "2026-03-01T00:00"},
      {"0 0 * JAN,nov *", "2026-11-26T00:00", "2026-12-26T00:00"},
      {"0 0 * * 0", "2026-11-29T00:00", "2026-11-30T00:00"},
      {"0 0 * * 7", "2026-11-29T00:00", "2026-11-30T00:00"},
      {"0 0 * * fri-7", "2026-11-28T00:00", "2026-11-26T00:00"},
      {"0 0 13 * fri", "2026-11-27T00:00", "2026-11-26T00:00"},  // either day will do
      {"0 0 13 * fri", "2026-12-13T00:00", "2026-12-14T00:00"},
      {"0 0 */2 * fri", "2026-11-27T00:00", "2026-11-20T00:00"},  // with a star both
      {"@daily", "2026-11-26T00:00", "2026-11-26T01:00"},
      {"@Hourly", "2026-11-26T05:00", "2026-11-26T05:01"},
      {"@weekly", "2026-11-29T00:00", "2026-11-28T00:00"},
  };
  for (const Row& row : rows) {
    const auto windows = Rows({"allow " + std::string(row.cron) + " for 1m"});
    INFO(row.cron);
    CHECK(WindowOpen(windows, Clocked(row.begins)));
    CHECK_FALSE(WindowOpen(windows, Clocked(row.other)));
  }
}

TEST_CASE("quotes, for and in may stand or not") {
  for (const char* row : {"allow 0 1 * * * 1h", "allow \"0 1 * * *\" for 60m in UTC",
                          "  allow '0 1 * * *' 3600 UTC", "allow\t0 1 * * *\tfor 1h"}) {
    CHECK(WindowOpen(Rows({row}), Clocked("2026-11-26T01:59")));
    CHECK_FALSE(WindowOpen(Rows({row}), Clocked("2026-11-26T02:00")));
  }
}

TEST_CASE("a window has the clock of its zone, else the daemon's") {
  if (!HasZones()) return;
  const auto windows = Rows({"allow 0 22 * * * for 1h in Europe/Berlin"});
  CHECK(WindowOpen(windows, Clocked("2026-11-26T21:00")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-11-26T22:00")));
  CHECK(WindowOpen(windows, Clocked("2026-07-26T20:00")));
  const auto by_default = Rows({"allow 0 22 * * * for 1h"}, "America/New_York");
  CHECK(WindowOpen(by_default, Clocked("2026-11-27T03:30")));
  CHECK(by_default[0].zone.name() == "America/New_York");
}

TEST_CASE("a beginning that the clock skips comes right after the gap, for its whole length") {
  if (!HasZones()) return;
  const auto windows = Rows({"allow 30 2 * * * for 2h in Europe/Berlin"});
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-03-29T00:59")));
  CHECK(WindowOpen(windows, Clocked("2026-03-29T01:00")));  // 03:00
  CHECK(WindowOpen(windows, Clocked("2026-03-29T02:59")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-03-29T03:00")));
  // Of every hour, what is skipped is left out.
  const auto hourly = Rows({"allow 30 * * * * for 10m in Europe/Berlin"});
  CHECK(WindowOpen(hourly, Clocked("2026-03-29T00:35")));
  CHECK_FALSE(WindowOpen(hourly, Clocked("2026-03-29T01:05")));
  CHECK(WindowOpen(hourly, Clocked("2026-03-29T01:35")));
}

TEST_CASE("a beginning that the clock shows twice comes the first time") {
  if (!HasZones()) return;
  const auto windows = Rows({"allow 30 2 * * * for 20m in Europe/Berlin"});
  CHECK(WindowOpen(windows, Clocked("2026-10-25T00:30")));  // 02:30, for the first time
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-10-25T00:50")));
  CHECK_FALSE(WindowOpen(windows, Clocked("2026-10-25T01:30")));
  const auto longer = Rows({"allow 30 2 * * * for 2h in Europe/Berlin"});
  CHECK(WindowOpen(longer, Clocked("2026-10-25T02:29")));
  CHECK_FALSE(WindowOpen(longer, Clocked("2026-10-25T02:30")));
  // Of every hour, what comes twice begins twice.
  const auto hourly = Rows({"allow 30 * * * * for 10m in Europe/Berlin"});
  CHECK(WindowOpen(hourly, Clocked("2026-10-25T00:35")));
  CHECK(WindowOpen(hourly, Clocked("2026-10-25T01:35")));
}

TEST_CASE("it is told why nothing is allowed, and from when on it is") {
  const auto windows = Rows({"allow 0 22 * * * for 2h", "deny 0 22 27 11 * for 1h"});
  const WindowState closed = StateOf(windows, Clocked("2026-11-26T12:00"));
  CHECK_FALSE(closed.open);
  CHECK(closed.next_change == Clocked("2026-11-26T22:00"));
  CHECK(closed.reason == "no window that allows it is open; the next opens 2026-11-26 22:00 UTC");
  const WindowState open = StateOf(windows, Clocked("2026-11-26T22:30"));
  CHECK(open.open);
  CHECK(open.reason.empty());
  CHECK(open.next_change == Clocked("2026-11-27T00:00"));
  const WindowState denied = StateOf(windows, Clocked("2026-11-27T22:30"));
  CHECK_FALSE(denied.open);
  CHECK(denied.next_change == Clocked("2026-11-27T23:00"));
  CHECK(denied.reason.find("\"deny 0 22 27 11 * for 1h\" denies it") != std::string::npos);
  const WindowState never = StateOf(Rows({"allow 0 0 30 2 * for 1h"}), Clocked("2026-11-26T12:00"));
  CHECK_FALSE(never.open);
  CHECK_FALSE(never.next_change.has_value());
}

TEST_CASE("the next change is where it changes, seen minute by minute") {
  const auto windows = Rows({"allow 0 6 * * 1-5 for 90m", "allow 30 6 * * * for 3h",
                             "deny 0 7 * * * for 30m", "deny 15 9 26 11 * for 1h"});
  const WallTime begin = Clocked("2026-11-25T00:00");
  bool before = WindowOpen(windows, begin);
  WallTime since = begin;
  for (WallTime now = begin + 1min; now < begin + 72h; now += 1min) {
    const bool open = WindowOpen(windows, now);
    if (open == before) continue;
    REQUIRE(StateOf(windows, since).next_change == now);
    REQUIRE(StateOf(windows, now - 1min).next_change == now);
    since = now;
    before = open;
  }
  CHECK(since > begin);
}

TEST_CASE("what is wrong with a window is told with its place") {
  CHECK(FaultOf("") == "window \"\": column 1: a window is empty");
  CHECK(FaultOf("maybe 0 1 * * * 1h").find("column 1: \"maybe\" is neither allow nor deny") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 25 * * * for 1h").find("column 9: \"25\" is no hour from 0 to 23") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 1,2,x * * * 1h").find("column 13: \"x\" is no hour") != std::string::npos);
  CHECK(FaultOf("allow 0 1,, * * * 1h").find("column 11: a value for the hour is missing") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 20-4 * * * 1h").find("column 9: \"20-4\" ends before it begins") !=
        std::string::npos);
  CHECK(FaultOf("allow */0 1 * * * 1h").find("column 9: \"0\" is no step for the minute") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 1 * * *").find("column 16: a window has five fields and a length") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 1 * * * for").find("column 20: how long") != std::string::npos);
  CHECK(FaultOf("allow 0 1 * * * for 10s").find("column 21: \"10s\" is no length") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 1 * * * for 9999h").find("column 21") != std::string::npos);
  CHECK(FaultOf("allow 0 1 * * * for 1h in Mars/Base").find("column 27: \"Mars/Base\"") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 1 * * * for 1h in UTC x").find("column 31: \"x\" is more") !=
        std::string::npos);
  CHECK(FaultOf("allow 0 1 * * \x1b[31m 1h").find('\x1b') == std::string::npos);
  for (const char* row :
       {"allow -1 1 * * * 1h", "allow 60 1 * * * 1h", "allow +5 1 * * * 1h", "allow 5- 1 * * * 1h",
        "allow 0 1 0 * * 1h", "allow 0 1 32 * * 1h", "allow 0 1 * 13 * 1h", "allow 0 1 * * 8 1h",
        "allow 0 1 * * monday 1h", "allow @reboot 1h", "allow 0 1 * * * -1h", "allow * * * *",
        "allow 99999999999 1 * * * 1h", "allow 1/ 1 * * * 1h", "allow L 1 * * * 1h"}) {
    CHECK(FaultOf(row).find("column ") != std::string::npos);
  }
}
