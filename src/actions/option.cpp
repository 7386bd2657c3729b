#include "nmgr/actions/option.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nmgr/base/numbers.h"
#include "nmgr/base/text.h"

namespace nmgr::actions {
namespace {

Error Wrong(std::string message, std::string hint = {}) {
  return Error{ErrorCode::kUsage, std::move(message), std::move(hint)};
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

std::string_view NameOf(Source source) {
  constexpr std::array<std::string_view, 4> kNames = {"default", "config file", "environment",
                                                      "flag"};
  return kNames.at(static_cast<std::size_t>(source));
}

std::string VariableOf(std::string_view option_name) {
  std::string variable(kVariablePrefix);
  for (const char c : option_name) {
    variable += c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return variable;
}

Expected<bool> ParseBool(std::string_view text) {
  if (IsOneOf(text, {"1", "t", "T", "true", "True", "TRUE", "yes", "on"})) return true;
  if (IsOneOf(text, {"0", "f", "F", "false", "False", "FALSE", "no", "off"})) return false;
  return Wrong(fmt::format("\"{}\" is neither true nor false", text));
}

Expected<int> ParseNumber(std::string_view text, int least, int most) {
  const auto number = WholeNumber<int>(text);
  if (number && *number >= least && *number <= most) return *number;
  return Wrong(fmt::format("\"{}\" is not a number from {} to {}", text, least, most));
}

Expected<std::size_t> ParseChoice(const std::string& text,
                                  const std::vector<std::string>& choices) {
  const auto at = std::find(choices.begin(), choices.end(), text);
  if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
  const std::vector<std::string> near = NearestNames(text, choices, 1);
  return Wrong(fmt::format("\"{}\" is none of {}", text, Join(choices, ", ")),
               near.empty() ? std::string() : fmt::format("did you mean {}?", near[0]));
}

Expected<Duration> ParseTime(const std::string& text, bool zero_allowed) {
  TRY_ASSIGN(const Duration time, ParseDuration(text));
  if (!zero_allowed && time.count() == 0) return Wrong("must be longer than 0s");
  return time;
}

void SayUnit(const Given& given, Settings& settings) {
  const std::string& text = given.values.back();
  const bool bare = text.find_first_not_of("0123456789.") == std::string::npos;
  if (!bare || text == "0") return;
  settings.notices.push_back(
      fmt::format("{} {}: {} seconds ({}s, {}m)", given.place, text, text, text, text));
}

}  // namespace nmgr::actions
