#include "nmgr/sync/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/letters.h"
#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"

namespace nmgr::sync {
namespace {

constexpr LocalSeconds kWindowDay = 86'400;
constexpr int kMostDaysAhead = 4 * 366;  // until the next 29th of February

struct Field {
  std::string_view name;
  int least;
  int most;
  std::array<std::string_view, 12> words;  // of the values from `least`
};

const Field kFields[] = {
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day of the month", 1, 31, {}},
    {"month",
     1,
     12,
     {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
    {"day of the week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
};

constexpr std::pair<std::string_view, std::string_view> kNicknames[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},  {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"}};

struct RowWord {
  std::string_view text;
  std::size_t at = 0;  // of its first byte in the row
};

// Between blanks; quotes may stand around several.
std::vector<RowWord> WordsOf(std::string_view row) {
  std::vector<RowWord> words;
  constexpr std::string_view kBetween = " \t\"'";
  for (std::size_t at = 0; (at = row.find_first_not_of(kBetween, at)) != row.npos;) {
    const std::size_t end = std::min(row.find_first_of(kBetween, at), row.size());
    words.push_back({row.substr(at, end - at), at});
    at = end;
  }
  return words;
}

Error WrongAt(std::size_t at, std::string what) {
  return {ErrorCode::kConfig, fmt::format("column {}: {}", at + 1, std::move(what)),
          "write it like: allow 0 22 * * mon-fri for 8h in Europe/Berlin"};
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  return EscapeControls(text.substr(0, kMost));
}

std::optional<int> ValueOf(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i) {
    if (!field.words[i].empty() && SameLetters(text, field.words[i])) {
      return field.least + static_cast<int>(i);
    }
  }
  const auto value = WholeNumber<int>(text);
  if (!value || text.front() == '-' || *value < field.least || *value > field.most) {
    return std::nullopt;
  }
  return value;
}

// One of a list: "*", "*/5", "7", "1-5", "1-30/2".
template <std::size_t N>
Expected<void> SetPart(const Field& field, std::string_view part, std::size_t at,
                       std::bitset<N>& into) {
  const auto wrong = [&](std::string_view text) {
    return WrongAt(at, fmt::format("\"{}\" is no {} from {} to {}", Shown(text), field.name,
                                   field.least, field.most));
  };
  const std::size_t slash = part.find('/');
  int step = 1;
  if (slash != part.npos) {
    const std::string_view text = part.substr(slash + 1);
    if (!TakeWhole(text, step) || step <= 0 || step > field.most) {
      return WrongAt(at + slash + 1,
                     fmt::format("\"{}\" is no step for the {}", Shown(text), field.name));
    }
  }
  const std::string_view range = part.substr(0, slash);
  int first = field.least;
  int last = field.most;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    const auto begin = ValueOf(field, range.substr(0, dash));
    const auto end = dash == range.npos ? begin : ValueOf(field, range.substr(dash + 1));
    if (!begin || !end) return wrong(range);
    first = *begin;
    last = dash == range.npos && slash != part.npos ? field.most : *end;
    if (first > last) {
      return WrongAt(at, fmt::format("\"{}\" ends before it begins", Shown(range)));
    }
  }
  for (int value = first; value <= last; value += step) {
    into.set(static_cast<std::size_t>(value) % N);  // Sunday is 0 and 7
  }
  return {};
}

template <std::size_t N>
Expected<void> SetField(const Field& field, const RowWord& word, std::bitset<N>& into) {
  std::size_t at = word.at;
  for (const std::string_view part : Split(word.text, ',')) {
    if (part.empty()) return WrongAt(at, fmt::format("a value for the {} is missing", field.name));
    TRY(SetPart(field, part, at, into));
    at += part.size() + 1;
  }
  return {};
}

// The beginnings on the local day that holds `day`, in the order of the instants.
std::vector<WallTime> BeginningsOn(const Window& window, LocalSeconds day) {
  std::vector<WallTime> beginnings;
  if (!window.begins.MatchesDay(FromLocalSeconds(day))) return beginnings;
  for (int hour = 0; hour < 24; ++hour) {
    for (int minute = 0; minute < 60; ++minute) {
      if (!window.begins.MatchesMinute(hour, minute)) continue;
      const TimeZone::Instants instants =
          window.zone.InstantsOf(day + (hour * 60 + minute) * LocalSeconds{60});
      const bool every = window.begins.IsEveryHour();
      if (instants.at.empty() && !every) beginnings.push_back(instants.after_gap);
      for (std::size_t i = 0; i < instants.at.size() && (i == 0 || every); ++i) {
        beginnings.push_back(instants.at[i]);
      }
    }
  }
  std::sort(beginnings.begin(), beginnings.end());
  return beginnings;
}

LocalSeconds DayOf(const Window& window, WallTime now) {
  const LocalSeconds local = window.zone.LocalOf(now);
  return local - (local % kWindowDay + kWindowDay) % kWindowDay;
}

std::string TimeText(const Window& window, WallTime time) {
  const LocalTime local = FromLocalSeconds(window.zone.LocalOf(time));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} {}", local.year, local.month, local.day,
                     local.hour, local.minute, window.zone.name());
}

bool MayNow(const std::vector<Window>& windows, WallTime now) {
  bool allows = true;
  bool allowed = false;
  for (const Window& window : windows) {
    const bool open = window.IsOpen(now);
    if (!window.allows && open) return false;
    if (!window.allows) continue;
    allowed = allowed || open;
    allows = false;
  }
  return allows || allowed;
}

// The times after `now` at which one of the windows begins or ends, one after another.
std::optional<WallTime> NextEdge(const std::vector<Window>& windows, WallTime now) {
  std::optional<WallTime> next;
  const auto take = [&next](WallTime time) {
    if (!next || time < *next) next = time;
  };
  for (const Window& window : windows) {
    if (const auto began = window.BeganAt(now)) take(*began + window.length);
    if (const auto begin = window.NextBegin(now)) take(*begin);
  }
  return next;
}

}  // namespace

Expected<Cron> Cron::Parse(std::string_view text) {
  std::vector<RowWord> words = WordsOf(text);
  for (const auto& [name, meaning] : kNicknames) {
    if (words.size() == 1 && SameLetters(words[0].text, name)) return Parse(meaning);
  }
  if (words.size() != std::size(kFields)) {
    return WrongAt(0,
                   "a cron expression has five fields: minute, hour, day of the month, month, "
                   "day of the week");
  }
  Cron cron;
  TRY(SetField(kFields[0], words[0], cron.minutes_));
  TRY(SetField(kFields[1], words[1], cron.hours_));
  TRY(SetField(kFields[2], words[2], cron.days_));
  TRY(SetField(kFields[3], words[3], cron.months_));
  TRY(SetField(kFields[4], words[4], cron.weekdays_));
  cron.any_day_ = words[2].text.starts_with('*');
  cron.any_weekday_ = words[4].text.starts_with('*');
  return cron;
}

bool Cron::MatchesDay(const LocalTime& day) const {
  if (!months_[day.month]) return false;
  const bool by_date = days_[day.day];
  const bool by_weekday = weekdays_[day.weekday];
  return any_day_ || any_weekday_ ? by_date && by_weekday : by_date || by_weekday;
}

Expected<Window> Window::Parse(std::string_view row, std::string_view default_zone,
                               FileSystem& files) {
  const std::vector<RowWord> words = WordsOf(row);
  Window window;
  window.text = row;
  if (words.empty()) return WrongAt(0, "a window is empty");
  window.allows = words[0].text == "allow";
  if (!window.allows && words[0].text != "deny") {
    return WrongAt(words[0].at,
                   fmt::format("\"{}\" is neither allow nor deny", Shown(words[0].text)));
  }
  const bool nickname = words.size() > 1 && words[1].text.starts_with('@');
  std::size_t next = 1 + (nickname ? 1 : std::size(kFields));
  if (words.size() <= next) return WrongAt(row.size(), "a window has five fields and a length");
  const std::size_t end = words[next - 1].at + words[next - 1].text.size();
  // Blanks in front keep the columns of the row.
  std::string expression(row.substr(0, end));
  std::fill_n(expression.begin(), words[1].at, ' ');
  TRY_ASSIGN(window.begins, Cron::Parse(expression));

  const auto skip = [&](std::string_view word) {
    if (next < words.size() && words[next].text == word) ++next;
  };
  skip("for");
  if (next == words.size()) return WrongAt(row.size(), "how long the window is open is missing");
  const auto length = ParseDuration(words[next].text);
  if (!length || *length < std::chrono::minutes(1) || *length > kLongest) {
    return WrongAt(words[next].at, fmt::format("\"{}\" is no length from 1m to {}h",
                                               Shown(words[next].text), kLongest.count()));
  }
  window.length = *length;
  ++next;
  skip("in");
  const bool has_zone = next < words.size();
  auto zone = TimeZone::Load(has_zone ? words[next].text : default_zone, files);
  if (!zone) {
    Error error = std::move(zone).error();
    error.message =
        fmt::format("column {}: {}", (has_zone ? words[next].at : row.size()) + 1, error.message);
    return error;
  }
  window.zone = *std::move(zone);
  if (has_zone && next + 1 < words.size()) {
    return WrongAt(words[next + 1].at,
                   fmt::format("\"{}\" is more than a window has", Shown(words[next + 1].text)));
  }
  return window;
}

std::optional<WallTime> Window::BeganAt(WallTime now) const {
  // A zone may be changed by more than a day: one more on each side.
  const LocalSeconds last = DayOf(*this, now) + kWindowDay;
  const LocalSeconds first = DayOf(*this, now - length) - kWindowDay;
  for (LocalSeconds day = last; day >= first; day -= kWindowDay) {
    const std::vector<WallTime> beginnings = BeginningsOn(*this, day);
    const auto after = std::upper_bound(beginnings.begin(), beginnings.end(), now);
    if (after == beginnings.begin()) continue;
    const WallTime began = *std::prev(after);
    return now < began + length ? std::optional(began) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<WallTime> Window::NextBegin(WallTime now) const {
  const LocalSeconds first = DayOf(*this, now) - kWindowDay;
  for (int i = 0; i <= kMostDaysAhead; ++i) {
    const std::vector<WallTime> beginnings = BeginningsOn(*this, first + i * kWindowDay);
    const auto after = std::upper_bound(beginnings.begin(), beginnings.end(), now);
    if (after != beginnings.end()) return *after;
  }
  return std::nullopt;
}

bool WindowOpen(const std::vector<Window>& windows, WallTime now) { return MayNow(windows, now); }

WindowState StateOf(const std::vector<Window>& windows, WallTime now) {
  constexpr int kMostEdges = 64;
  WindowState state;
  state.open = MayNow(windows, now);
  std::optional<WallTime> edge = NextEdge(windows, now);
  for (int i = 0; edge && i < kMostEdges && MayNow(windows, *edge) == state.open; ++i) {
    edge = NextEdge(windows, *edge);
  }
  state.next_change = edge;
  if (state.open) return state;
  const auto denying = std::find_if(windows.begin(), windows.end(), [now](const Window& window) {
    return !window.allows && window.IsOpen(now);
  });
  const bool denied = denying != windows.end();
  state.reason = denied ? fmt::format("the window \"{}\" denies it", Shown(denying->text))
                        : "no window that allows it is open";
  const bool opens = edge && MayNow(windows, *edge);
  if (opens) state.reason += fmt::format("; the next opens {}", TimeText(windows[0], *edge));
  return state;
}

Expected<std::vector<Window>> ParseWindows(const std::vector<std::string>& rows,
                                           std::string_view default_zone, FileSystem& files) {
  std::vector<Window> windows;
  for (const std::string& row : rows) {
    auto window = Window::Parse(row, default_zone, files);
    if (!window) {
      Error error = std::move(window).error();
      error.message = fmt::format("window \"{}\": {}", EscapeControls(row), error.message);
      return error;
    }
    windows.push_back(*std::move(window));
  }
  return windows;
}

}  // namespace nmgr::sync
