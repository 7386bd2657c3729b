// Timestamps: shifted, and written in a format.
#include <fmt/format.h>

#include <array>
#include <string>

#include "hcl/functions/support.h"
#include "hcl/functions/timestamp.h"
#include "nmgr/base/text.h"

namespace nmgr::hcl::functions {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

FunctionResult TimeAdd(const FunctionCall& call) {
  const auto time = ParseRfc3339(call.arguments[0].as_string());
  if (!time) return time.error();
  const auto span = ParseSpan(call.arguments[1].as_string());
  if (!span) return span.error();
  return Value::Of(FormatRfc3339(AddSpan(*time, *span)));
}

// The end of the quoted text at the start of `text`; a doubled quote inside stands for one.
std::size_t QuotedEnd(std::string_view text) {
  if (text.substr(0, 2) == "''") return 2;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '\'') continue;
    if (text.substr(i + 1, 1) != "'") return i + 1;
    ++i;
  }
  return text.size();
}

// The next piece of a date format: a quoted text, a verb (one letter repeated), or literal text.
std::string_view NextPiece(std::string_view format) {
  if (format[0] == '\'') return format.substr(0, QuotedEnd(format));
  std::size_t end = 1;
  if (IsAsciiLetter(format[0])) {
    while (end < format.size() && format[end] == format[0]) ++end;
  } else {
    while (end < format.size() && format[end] != '\'' && !IsAsciiLetter(format[end])) ++end;
  }
  return format.substr(0, end);
}

std::optional<std::string> Unquote(std::string_view piece) {
  if (piece.size() < 2 || piece.back() != '\'') return std::nullopt;
  if (piece == "''") return "'";
  const std::string_view raw = piece.substr(1, piece.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    text += raw[i];
    if (raw[i] == '\'') ++i;
  }
  return text;
}

std::string OneOrTwoDigits(int number, std::size_t letters) {
  return letters == 1 ? std::to_string(number) : fmt::format("{:02}", number);
}

std::string ZoneText(int offset, std::size_t letters) {
  if (letters == 1) return offset == 0 ? "Z" : FormatOffset(offset, true);
  if (letters == 3 && offset == 0) return "UTC";
  return FormatOffset(offset, letters == 5);
}

struct VerbRule {
  char letter;
  std::string_view lengths;  // how often the letter may be repeated
  std::string_view hint;
};

constexpr std::array<VerbRule, 11> kVerbs = {{
    {'Y', "24", "year must either be \"YY\" or \"YYYY\""},
    {'M', "1234", "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""},
    {'D', "12", "day of month must either be \"D\" or \"DD\""},
    {'E', "34", "day of week must either be \"EEE\" or \"EEEE\""},
    {'h', "12", "24-hour must either be \"h\" or \"hh\""},
    {'H', "12", "12-hour must either be \"H\" or \"HH\""},
    {'A', "2", "must be \"AA\""},
    {'a', "2", "must be \"aa\""},
    {'m', "12", "minute must either be \"m\" or \"mm\""},
    {'s', "12", "second must either be \"s\" or \"ss\""},
    {'Z', "1345", "timezone must be Z, ZZZ, ZZZZ, or ZZZZZ"},
}};

FunctionOutcome<std::string> ExpandVerb(std::string_view verb, const Timestamp& time) {
  const VerbRule* rule = nullptr;
  for (const VerbRule& candidate : kVerbs) {
    if (candidate.letter == verb[0]) rule = &candidate;
  }
  const std::string what = "invalid date format verb " + Quote(verb);
  if (rule == nullptr) return ArgumentFault(0, what);
  const std::size_t count = verb.size();
  if (count > 9 || rule->lengths.find(static_cast<char>('0' + count)) == std::string_view::npos) {
    return ArgumentFault(0, fmt::format("{}: {}", what, rule->hint));
  }
  switch (verb[0]) {
    case 'Y':
      return count == 2 ? fmt::format("{:02}", time.year % 100) : fmt::format("{:04}", time.year);
    case 'M': {
      const std::string_view name = kMonths[static_cast<std::size_t>(time.month - 1)];
      if (count <= 2) return OneOrTwoDigits(time.month, count);
      return std::string(count == 3 ? name.substr(0, 3) : name);
    }
    case 'D':
      return OneOrTwoDigits(time.day, count);
    case 'E': {
      const std::string_view name = kDays[static_cast<std::size_t>(Weekday(time))];
      return std::string(count == 3 ? name.substr(0, 3) : name);
    }
    case 'h':
      return OneOrTwoDigits(time.hour, count);
    case 'H':
      return OneOrTwoDigits(time.hour % 12 == 0 ? 12 : time.hour % 12, count);
    case 'A':
      return std::string(time.hour < 12 ? "AM" : "PM");
    case 'a':
      return std::string(time.hour < 12 ? "am" : "pm");
    case 'm':
      return OneOrTwoDigits(time.minute, count);
    case 's':
      return OneOrTwoDigits(time.second, count);
    default:
      return ZoneText(time.offset, count);
  }
}

FunctionResult FormatDate(const FunctionCall& call) {
  const auto time = ParseRfc3339(call.arguments[1].as_string());
  if (!time) return ArgumentFault(1, time.error().message);
  std::string out;
  for (std::string_view rest = call.arguments[0].as_string(); !rest.empty();) {
    const std::string_view piece = NextPiece(rest);
    rest.remove_prefix(piece.size());
    if (piece[0] == '\'') {
      const auto text = Unquote(piece);
      if (!text) return ArgumentFault(0, "unterminated literal '");
      out += *text;
    } else if (IsAsciiLetter(piece[0])) {
      const auto text = ExpandVerb(piece, *time);
      if (!text) return text.error();
      out += *text;
    } else {
      out += piece;
    }
  }
  return Value::Of(std::move(out));
}

}  // namespace

std::vector<Function> TimeFunctions() {
  return {
      Function{
          .name = "formatdate",
          .family = kTimeFamily,
          .summary = "A timestamp (RFC 3339) written another way, such as \"YYYY-MM-DD hh:mm\".",
          .parameters = {StringParameter("format"), StringParameter("time")},
          .static_type = Type::String(),
          .call = FormatDate},
      Function{
          .name = "timeadd",
          .family = kTimeFamily,
          .summary = "A timestamp (RFC 3339) moved by a duration such as \"1h30m\" or \"-10s\".",
          .parameters = {StringParameter("timestamp"), StringParameter("duration")},
          .static_type = Type::String(),
          .call = TimeAdd},
  };
}

}  // namespace nmgr::hcl::functions
