#include "fake_nomad/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <utility>

namespace nmgr::fake {
namespace {

const Json kNull;
const std::string kEmpty;

constexpr std::array<std::pair<std::string_view, Nanos>, 7> kUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"µs", 1'000},
    {"ms", kMillisecond},
    {"s", kSecond},
    {"m", 60 * kSecond},
    {"h", 3600 * kSecond},
}};

// Takes one "12.5ms" off the front of `rest`.
bool TakePart(std::string_view& rest, double& total) {
  double number = 0;
  const std::size_t digits = rest.find_first_not_of("0123456789.");
  if (digits == 0 || digits == std::string_view::npos) return false;
  const auto read = std::from_chars(rest.data(), rest.data() + digits, number);
  if (read.ec != std::errc() || read.ptr != rest.data() + digits) return false;
  rest.remove_prefix(digits);
  const std::size_t length = std::min(rest.find_first_of("0123456789."), rest.size());
  for (const auto& unit : kUnits) {
    if (unit.first != rest.substr(0, length)) continue;
    total += number * static_cast<double>(unit.second);
    rest.remove_prefix(length);
    return true;
  }
  return false;
}

}  // namespace

const Json& Member(const Json& object, std::string_view key) {
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

const std::string& Text(const Json& object, std::string_view key) {
  const Json& value = Member(object, key);
  return value.is_string() ? value.get_ref<const std::string&>() : kEmpty;
}

std::int64_t Number(const Json& object, std::string_view key) {
  const Json& value = Member(object, key);
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

bool Flag(const Json& object, std::string_view key) {
  const Json& value = Member(object, key);
  return value.is_boolean() && value.get<bool>();
}

bool IsEmpty(const Json& value) {
  return value.is_null() || ((value.is_array() || value.is_object()) && value.empty());
}

std::string FormatTime(Nanos time) {
  const std::time_t seconds = time / kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string fraction = std::to_string(kSecond + time % kSecond).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text.data() + (fraction.empty() ? "" : "." + fraction) + "Z";
}

bool ParseGoDuration(std::string_view text, Nanos& duration, std::string& error) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") {
    duration = 0;
    return true;
  }
  double total = 0;
  bool good = !rest.empty();
  while (good && !rest.empty()) good = TakePart(rest, total);
  if (!good) {
    const bool bare = !text.empty() && text.find_first_not_of("0123456789.+-") == text.npos;
    error = std::string(bare ? "time: missing unit in duration \"" : "time: invalid duration \"") +
            std::string(text) + "\"";
    return false;
  }
  duration = static_cast<Nanos>(std::llround(negative ? -total : total));
  return true;
}

std::string FormatGoDuration(Nanos duration) {
  const auto decimal = [](Nanos value, Nanos unit, const char* name) {
    std::string text = std::to_string(value / unit);
    std::string fraction = std::to_string(unit + value % unit).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return text + (fraction.empty() ? "" : "." + fraction) + name;
  };
  if (duration == 0) return "0s";
  if (duration < kMillisecond) return decimal(duration, 1'000, "µs");
  if (duration < kSecond) return decimal(duration, kMillisecond, "ms");
  std::string text;
  const Nanos minutes = duration / (60 * kSecond);
  if (minutes >= 60) text += std::to_string(minutes / 60) + "h";
  if (minutes > 0) text += std::to_string(minutes % 60) + "m";
  return text + decimal(duration % (60 * kSecond), kSecond, "s");
}

}  // namespace nmgr::fake
