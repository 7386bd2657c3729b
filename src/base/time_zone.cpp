#include "nmgr/base/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/time_zone_rule.h"
#include "nmgr/base/path.h"
#include "nmgr/base/text.h"

namespace nmgr {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo";
constexpr std::size_t kLargestZone = 256U << 10U;
constexpr std::int32_t kLargestOffset = 26 * 3600;
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2200;  // up to which the rule of a zone is laid out

// Takes big-endian numbers from the front.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::string_view Take(std::size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::int64_t Number(std::size_t width) {
    std::uint64_t number = 0;
    const std::string_view bytes = Take(width);
    for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
    if (width == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(number));
    return static_cast<std::int64_t>(number);
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

struct Counts {
  std::size_t universal = 0, standard = 0, leaps = 0, changes = 0, kinds = 0, letters = 0;

  std::size_t Size(std::size_t width) const {
    return changes * (width + 1) + kinds * 6 + letters + leaps * (width + 4) + standard + universal;
  }
};

// The head of one of the two blocks: the version of the file.
int TakeHead(ByteReader& reader, Counts& counts) {
  if (reader.Take(4) != "TZif") return -1;
  const std::string_view version = reader.Take(16).substr(0, 1);
  for (std::size_t* const count : {&counts.universal, &counts.standard, &counts.leaps,
                                   &counts.changes, &counts.kinds, &counts.letters}) {
    *count = static_cast<std::size_t>(reader.Number(4)) & 0xFFFFFFFFU;
    if (*count > kLargestZone) return -1;
  }
  if (!reader.ok() || counts.kinds == 0) return -1;
  return version == std::string_view("\0", 1) ? 1 : version[0] - '0';
}

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > 64 || !IsAsciiLetter(name.front())) return false;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return IsAsciiLetter(c) || IsAsciiDigit(c) || c == '_' || c == '-' || c == '+' || c == '/';
  });
  return plain && name.find("//") == name.npos && !name.ends_with('/');
}

std::int64_t SecondsOf(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

WallTime AtSeconds(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

}  // namespace

LocalSeconds ToLocalSeconds(int year, int month, int day, int hour, int minute) {
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  return ::timegm(&parts);
}

LocalTime FromLocalSeconds(LocalSeconds seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_wday,
          parts.tm_hour,        parts.tm_min,     parts.tm_sec};
}

Expected<TimeZone> TimeZone::Load(std::string_view name, FileSystem& files) {
  if (name == "UTC" || name == "Etc/UTC") return TimeZone();
  const std::string shown = EscapeControls(name);
  const auto none = [&shown] {
    return Error{ErrorCode::kConfig, fmt::format("\"{}\" is no time zone of this machine", shown),
                 "write it like UTC or Europe/Berlin; the package tzdata brings them"};
  };
  if (!IsZoneName(name)) return none();
  const auto bytes = files.ReadFile(JoinPath(kDatabase, name), kLargestZone);
  if (!bytes) return none();
  Expected<TimeZone> zone = Parse(std::string(name), *bytes);
  if (!zone) return none();
  return zone;
}

Expected<TimeZone> TimeZone::Parse(std::string name, std::string_view bytes) {
  const Error broken{
      ErrorCode::kInvalid, fmt::format("the data of time zone {} are broken", name), {}};
  ByteReader reader(bytes);
  Counts counts;
  const int version = TakeHead(reader, counts);
  if (version < 1) return broken;
  std::size_t width = 4;
  if (version >= 2) {  // the same again with 64 bits
    reader.Take(counts.Size(width));
    width = 8;
    if (TakeHead(reader, counts) < 2) return broken;
  }
  if (counts.Size(width) > reader.rest().size()) return broken;

  TimeZone zone;
  zone.name_ = std::move(name);
  for (std::size_t i = 0; i < counts.changes; ++i) zone.changes_.push_back({reader.Number(width)});
  const std::string_view kinds = reader.Take(counts.changes);
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < counts.kinds; ++i) {
    offsets.push_back(static_cast<std::int32_t>(reader.Number(4)));
    reader.Take(2);
    if (offsets.back() > kLargestOffset || offsets.back() < -kLargestOffset) return broken;
  }
  reader.Take(counts.letters + counts.leaps * (width + 4) + counts.standard + counts.universal);
  for (std::size_t i = 0; i < counts.changes; ++i) {
    const auto kind = static_cast<unsigned char>(kinds[i]);
    if (kind >= offsets.size()) return broken;
    if (i > 0 && zone.changes_[i - 1].at >= zone.changes_[i].at) return broken;
    zone.changes_[i].offset = offsets[kind];
  }
  zone.first_offset_ = offsets[0];
  if (!reader.ok()) return broken;
  std::string_view footer = reader.rest();
  if (version < 2 || !footer.starts_with('\n')) return zone;
  footer = footer.substr(1, footer.find('\n', 1) - 1);
  if (footer.empty()) return zone;
  const auto rule = TimeZoneRule::Parse(footer);
  if (!rule) return broken;
  if (zone.changes_.empty()) zone.first_offset_ = rule->standard();
  for (int year = kFirstYear; year <= kLastYear; ++year) {
    for (const auto& [at, offset] : rule->ChangesOf(year)) {
      const bool later = zone.changes_.empty() || zone.changes_.back().at < at;
      if (later) zone.changes_.push_back({at, offset});
    }
  }
  return zone;
}

std::int32_t TimeZone::OffsetAt(std::int64_t seconds) const {
  const auto next =
      std::upper_bound(changes_.begin(), changes_.end(), seconds,
                       [](std::int64_t at, const Change& change) { return at < change.at; });
  return next == changes_.begin() ? first_offset_ : std::prev(next)->offset;
}

LocalSeconds TimeZone::LocalOf(WallTime time) const {
  const std::int64_t seconds = SecondsOf(time);
  return seconds + OffsetAt(seconds);
}

TimeZone::Instants TimeZone::InstantsOf(LocalSeconds local) const {
  Instants instants;
  // Every offset that holds within the largest one of it.
  const auto first =
      std::lower_bound(changes_.begin(), changes_.end(), local - 2 * std::int64_t{kLargestOffset},
                       [](const Change& change, std::int64_t at) { return change.at < at; });
  std::int32_t offset = first == changes_.begin() ? first_offset_ : std::prev(first)->offset;
  std::int64_t since = INT64_MIN / 2;
  for (auto change = first;; ++change) {
    const bool last = change == changes_.end();
    const std::int64_t until = last ? INT64_MAX / 2 : change->at;
    const std::int64_t at = local - offset;
    if (at >= since && at < until) instants.at.push_back(AtSeconds(at));
    if (last || at < since || change->at > local + 2 * std::int64_t{kLargestOffset}) break;
    // The clock goes forward over it.
    if (local - offset >= until && local - change->offset < until) {
      instants.after_gap = AtSeconds(until);
    }
    since = until;
    offset = change->offset;
  }
  return instants;
}

}  // namespace nmgr
