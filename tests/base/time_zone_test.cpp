#include "nmgr/base/time_zone.h"

#include <catch2/catch.hpp>

#include "base/time_zone_rule.h"
#include "nmgr/base/utc.h"

using namespace nmgr;

namespace {

WallTime Utc(const std::string& text) {
  const std::int64_t ns = ParseUtcNs(text);
  REQUIRE(ns != 0);
  return WallTime(std::chrono::nanoseconds(ns));
}

std::string Shown(WallTime time) { return UtcText(time).substr(0, 16); }

std::string Big(std::int64_t number, int width) {
  std::string bytes;
  for (int i = width - 1; i >= 0; --i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xFFU);
  }
  return bytes;
}

// A file with these changes {seconds, offset}, and the rule after them.
std::string ZoneFile(const std::vector<std::pair<std::int64_t, std::int32_t>>& changes,
                     const std::string& rule, std::int32_t first_offset) {
  const auto head = [](std::size_t count, std::size_t kinds) {
    std::string bytes = "TZif2" + std::string(15, '\0') + Big(0, 4) + Big(0, 4) + Big(0, 4);
    return bytes + Big(static_cast<std::int64_t>(count), 4) +
           Big(static_cast<std::int64_t>(kinds), 4) + Big(4, 4);
  };
  std::string file = head(0, 1) + Big(0, 4) + std::string(2, '\0') + "UTC" + '\0';
  file += head(changes.size(), changes.size() + 1);
  for (const auto& change : changes) file += Big(change.first, 8);
  for (std::size_t i = 0; i < changes.size(); ++i) file += static_cast<char>(i + 1);
  file += Big(first_offset, 4) + std::string(2, '\0');
  for (const auto& change : changes) file += Big(change.second, 4) + std::string(2, '\0');
  return file + "ABC" + '\0' + '\n' + rule + '\n';
}

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TimeZone Berlin() { return TimeZone::Parse("Europe/Berlin", ZoneFile({}, kBerlin, 3600)).value(); }

}  // namespace

TEST_CASE("UTC needs no database and has no gaps") {
  const TimeZone utc;
  CHECK(utc.name() == "UTC");
  CHECK(FromLocalSeconds(utc.LocalOf(Utc("2026-03-29T01:30:00Z"))).hour == 1);
  CHECK(utc.InstantsOf(ToLocalSeconds(2026, 3, 29, 2, 30)).at ==
        std::vector<WallTime>{Utc("2026-03-29T02:30:00Z")});
  CHECK(TimeZone::Load("UTC", RealFileSystem()).value().name() == "UTC");
}

TEST_CASE("the local clock is read by the rule after the last change") {
  const TimeZone zone = Berlin();
  const auto hour = [&zone](const char* time) {
    return FromLocalSeconds(zone.LocalOf(Utc(time))).hour;
  };
  CHECK(hour("2026-01-15T12:00:00Z") == 13);
  CHECK(hour("2026-07-15T12:00:00Z") == 14);
  CHECK(hour("2026-03-29T00:59:59Z") == 1);
  CHECK(hour("2026-03-29T01:00:00Z") == 3);
  CHECK(hour("2026-10-25T00:59:59Z") == 2);
  CHECK(hour("2026-10-25T01:00:00Z") == 2);
  CHECK(hour("2026-10-25T02:00:00Z") == 3);
  CHECK(hour("2140-07-15T12:00:00Z") == 14);
  CHECK(FromLocalSeconds(zone.LocalOf(Utc("2026-12-31T23:30:00Z"))).year == 2027);
}

TEST_CASE("a time that is skipped has no instant, one that is repeated has two") {
  const TimeZone zone = Berlin();
  const auto gap = zone.InstantsOf(ToLocalSeconds(2026, 3, 29, 2, 30));
  CHECK(gap.at.empty());
  CHECK(gap.after_gap == Utc("2026-03-29T01:00:00Z"));
  CHECK(zone.InstantsOf(ToLocalSeconds(2026, 3, 29, 2, 0)).at.empty());
  CHECK(zone.InstantsOf(ToLocalSeconds(2026, 3, 29, 3, 0)).at ==
        std::vector<WallTime>{Utc("2026-03-29T01:00:00Z")});
  CHECK(zone.InstantsOf(ToLocalSeconds(2026, 3, 29, 1, 59)).at ==
        std::vector<WallTime>{Utc("2026-03-29T00:59:00Z")});
  const auto twice = zone.InstantsOf(ToLocalSeconds(2026, 10, 25, 2, 30));
  CHECK(twice.at ==
        std::vector<WallTime>{Utc("2026-10-25T00:30:00Z"), Utc("2026-10-25T01:30:00Z")});
  CHECK(zone.InstantsOf(ToLocalSeconds(2026, 10, 25, 3, 0)).at ==
        std::vector<WallTime>{Utc("2026-10-25T02:00:00Z")});
}

TEST_CASE("every instant is found again by its local time") {
  const TimeZone zone = Berlin();
  for (WallTime time = Utc("2026-03-28T00:00:00Z"); time < Utc("2026-10-27T00:00:00Z");
       time += std::chrono::minutes(17)) {
    const auto found = zone.InstantsOf(zone.LocalOf(time)).at;
    INFO(Shown(time));
    REQUIRE(std::find(found.begin(), found.end(), time) != found.end());
  }
}

TEST_CASE("a zone that leaves out a whole day has no time on it") {
  // Samoa went over the date line at the end of the 29th of December 2011.
  const std::int64_t change = ParseUtcNs("2011-12-30T10:00:00Z") / 1'000'000'000;
  const TimeZone zone =
      TimeZone::Parse("x", ZoneFile({{change, 14 * 3600}}, "<+14>-14", -10 * 3600)).value();
  const auto skipped = zone.InstantsOf(ToLocalSeconds(2011, 12, 30, 12, 0));
  CHECK(skipped.at.empty());
  CHECK(skipped.after_gap == Utc("2011-12-30T10:00:00Z"));
  CHECK(zone.InstantsOf(ToLocalSeconds(2011, 12, 29, 23, 59)).at.size() == 1);
  CHECK(zone.InstantsOf(ToLocalSeconds(2011, 12, 31, 0, 0)).at ==
        std::vector<WallTime>{Utc("2011-12-30T10:00:00Z")});
}

TEST_CASE("rules of every form are read") {
  struct Row {
    const char* rule;
    int year;
    const char* first;
    const char* second;
  };
  const Row rows[] = {
      {"EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00", "2026-11-01T06:00"},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", 2026, "2026-04-04T16:00", "2026-10-03T16:00"},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", 2026, "2026-03-29T01:00", "2026-10-25T01:00"},
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00", "2026-10-25T01:00"},
      {"AAA3BBB2:30,J60/0,J300/1:30:30", 2024, "2024-03-01T03:00", "2024-10-27T04:00"},
      {"AAA0BBB,59/0,299/0", 2024, "2024-02-29T00:00", "2024-10-25T23:00"},
  };
  for (const Row& row : rows) {
    INFO(row.rule);
    const auto rule = TimeZoneRule::Parse(row.rule);
    REQUIRE(rule);
    const auto changes = rule->ChangesOf(row.year);
    REQUIRE(changes.size() == 2);
    CHECK(Shown(WallTime(std::chrono::seconds(changes[0].first))) == row.first);
    CHECK(Shown(WallTime(std::chrono::seconds(changes[1].first))) == row.second);
  }
  CHECK(TimeZoneRule::Parse("<+0530>-5:30")->standard() == 19'800);
  CHECK(TimeZoneRule::Parse("UTC0")->ChangesOf(2026).empty());
  for (const char* wrong :
       {"", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M1.1.0",
        "CET-1CEST,M3.6.0,M1.1.0", "CET-1CEST,M3.5.7,M1.1.0", "CET-1CEST,J0,J1",
        "CET-1CEST,M3.5.0,M10.5.0x", "CET-999", "<CET-1", "CET-1CEST,J366,J1"}) {
    INFO(wrong);
    CHECK_FALSE(TimeZoneRule::Parse(wrong).has_value());
  }
}

TEST_CASE("names that are no zone are refused without a look at the disk") {
  for (const char* name :
       {"", "Berlin", "../../etc/passwd", "/etc/passwd", "Europe/../passwd", "Europe/",
        "Europe//Berlin", "Europe/Berlin ", "europe\n", "posixrules/x"}) {
    INFO(name);
    const auto zone = TimeZone::Load(name, RealFileSystem());
    REQUIRE_FALSE(zone.has_value());
    CHECK(zone.error().code == ErrorCode::kConfig);
  }
}

TEST_CASE("broken zone files are refused") {
  const std::string good = ZoneFile({{0, 3600}, {10, 7200}}, kBerlin, 0);
  REQUIRE(TimeZone::Parse("x", good));
  const std::size_t rule = good.find("CET");
  for (std::size_t length = 0; length < rule - 1; ++length) {
    INFO(length);
    CHECK_FALSE(TimeZone::Parse("x", good.substr(0, length)).has_value());
  }
  CHECK_FALSE(TimeZone::Parse("x", ZoneFile({{10, 0}, {10, 1}}, "", 0)).has_value());
  CHECK_FALSE(TimeZone::Parse("x", ZoneFile({{0, 999'999}}, "", 0)).has_value());
  CHECK_FALSE(TimeZone::Parse("x", ZoneFile({}, "nonsense", 0)).has_value());
}

TEST_CASE("the zones of this machine agree with the C library") {
  const auto zone = TimeZone::Load("America/New_York", RealFileSystem());
  if (!zone) {
    WARN("SKIPPED: this machine has no time zone database");
    return;
  }
  CHECK(FromLocalSeconds(zone->LocalOf(Utc("2026-07-04T12:00:00Z"))).hour == 8);
  CHECK(FromLocalSeconds(zone->LocalOf(Utc("2026-12-04T12:00:00Z"))).hour == 7);
  CHECK(zone->InstantsOf(ToLocalSeconds(2026, 3, 8, 2, 30)).at.empty());
  CHECK(zone->InstantsOf(ToLocalSeconds(2026, 11, 1, 1, 30)).at.size() == 2);
  CHECK(FromLocalSeconds(zone->LocalOf(Utc("2090-07-04T12:00:00Z"))).hour == 8);
}
