#include "nmgr/base/clock.h"

#include <fmt/format.h>

#include <charconv>
#include <condition_variable>
#include <ctime>
#include <limits>
#include <mutex>

namespace nmgr {
namespace {

class SteadyClock final : public Clock {
 public:
  TimePoint Now() override { return std::chrono::steady_clock::now(); }
  WallTime Wall() override { return std::chrono::system_clock::now(); }
  void Sleep(Duration pause, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop, DeadlineAfter(Now(), pause), [] { return false; });
  }
};

// Milliseconds of one unit, 0 if it is none.
double UnitMilliseconds(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1e3;
  if (unit == "m") return 6e4;
  if (unit == "h") return 3.6e6;
  return 0;
}

}  // namespace

Clock& RealClock() {
  static SteadyClock clock;
  return clock;
}

TimePoint DeadlineAfter(TimePoint now, Duration limit) {
  const auto left = std::chrono::floor<Duration>(TimePoint::max() - now);
  return limit >= left ? TimePoint::max() : now + limit;
}

std::string UtcText(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() %
      1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     micros);
}

Expected<Duration> ParseDuration(std::string_view text) {
  const auto wrong = [&] {
    return Error{ErrorCode::kUsage, fmt::format("\"{}\" is not a time", text),
                 "write it like 90s, 5m or 1h30m"};
  };
  double total = 0;
  std::string_view rest = text;
  if (rest.empty()) return wrong();
  while (!rest.empty()) {
    double amount = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), amount, std::chars_format::fixed);
    if (error != std::errc() || rest[0] == '-' || !(amount >= 0)) return wrong();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::size_t length = std::min(rest.find_first_of("0123456789."), rest.size());
    const bool bare = rest.empty() && total == 0;
    const double unit = bare ? 1e3 : UnitMilliseconds(rest.substr(0, length));
    if (unit == 0) return wrong();
    total += amount * unit;
    rest.remove_prefix(length);
  }
  if (!(total < 1e15)) return wrong();
  return Duration(static_cast<Duration::rep>(total));
}

std::string FormatDuration(Duration duration) {
  const auto ms = duration.count();
  if (ms < 1000) return fmt::format("{}ms", ms);
  if (ms < 10'000 && ms % 1000 != 0) return fmt::format("{:.1f}s", static_cast<double>(ms) / 1e3);
  const auto s = ms / 1000;
  if (s < 60) return fmt::format("{}s", s);
  std::string out = s >= 3600 ? fmt::format("{}h", s / 3600) : "";
  if (s % 3600 / 60 != 0) out += fmt::format("{}m", s % 3600 / 60);
  if (s % 60 != 0) out += fmt::format("{}s", s % 60);
  return out;
}

}  // namespace nmgr
