// Windows as people write them, and the time zone data they are read with. The first byte chooses:
// 'z' a zone file, 'r' the rule at the end of one, anything else a window.
#include "fuzz/fuzz.h"
#include "nmgr/base/text.h"
#include "nmgr/base/time_zone.h"
#include "nmgr/sync/windows.h"

namespace nmgr::fuzz {
namespace {

constexpr std::int64_t kFirstInstant = 1'700'000'000;
constexpr std::int64_t kBetween = 86'400 * 97 + 1234;

std::string ZoneWithRule(std::string_view rule) {
  std::string head = "TZif2" + std::string(15, '\0') + std::string(19, '\0') + '\1';
  head += std::string(3, '\0') + '\4';
  const std::string block = std::string(6, '\0') + "UTC" + '\0';
  return head + block + head + block + '\n' + std::string(rule) + '\n';
}

void CheckZone(std::string_view bytes) {
  const auto zone = TimeZone::Parse("x", bytes);
  if (!zone) return;
  for (int i = 0; i < 20; ++i) {
    const WallTime time{std::chrono::seconds(kFirstInstant + i * kBetween)};
    const auto instants = zone->InstantsOf(zone->LocalOf(time));
    bool found = false;
    for (const WallTime at : instants.at) found = found || at == time;
    Require(found, "an instant whose local time is another's");
  }
}

void CheckWindow(std::string_view row) {
  const auto windows = sync::ParseWindows({std::string(row)}, "UTC", RealFileSystem());
  if (!windows) {
    Require(EscapeControls(windows.error().message) == windows.error().message,
            "a fault with controls");
    return;
  }
  const WallTime now{std::chrono::seconds(kFirstInstant)};
  const sync::WindowState state = sync::StateOf(*windows, now);
  Require(state.open == sync::WindowOpen(*windows, now), "two answers");
  Require(state.open == state.reason.empty(), "closed without a reason");
  if (state.next_change) Require(*state.next_change > now, "a change that has been");
}

}  // namespace

void Window(std::string_view text) {
  if (text.empty()) return;
  if (text.front() == 'z') return CheckZone(text.substr(1));
  if (text.front() == 'r') return CheckZone(ZoneWithRule(text.substr(1)));
  CheckWindow(text);
}

}  // namespace nmgr::fuzz
