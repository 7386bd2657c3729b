// One setting of the program: its name on the command line, its variables, its key in the config
// file, its default, its help, and where its value goes. Rows of this type are all that the command
// line, the environment, the config file, `--help` and `config` know of a setting.
//
// Rows stand in three places: src/cli/options.cpp (what every action heeds), shared_options.h (what
// several do) and the file of the action that alone has the option. An option that an action does
// not heed is a usage error there.
//
//   {.name = "lines", .letter = 'l', .help = "show path:line:text", .value =
//   Switch(&Options::lines)}
//
// A value goes into Settings, a part of it (RepoOptions, ConnectionOptions, VariableInput), or the
// struct of options that an action's file declares: Settings::Own<Options>().
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "nmgr/actions/settings.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr::actions {

enum class OptionKind {
  kSwitch,    // on or off
  kValue,     // one value; of several the last
  kOptional,  // one value, or none: the next word unless it is an option
  kWords,     // a list: commas, repetition, or several words; given without a word it is empty
  kRepeat,    // one value each time
};

// Headings of the help, in its order.
enum class OptionGroup { kAction, kHow, kWhat, kOutput, kNomad, kConfigOnly };

// The values of one option, and where they came from.
struct Given {
  std::vector<std::string> values;  // as typed; a switch holds "true" or what was attached
  Source source = Source::kDefault;
  std::string place;  // as report::ShownSetting::place
  Path home;          // what ~ stands for
};

// Checks the values and puts them where they belong. The message of an error says what is wrong
// with the value and leaves out where it came from.
using Setter = std::function<Expected<void>(const Given&, Settings&)>;

// The kind of an option's value and what becomes of it; made by the functions below.
struct OptionValue {
  OptionKind kind = OptionKind::kSwitch;
  Setter set = {};
  // A variable or default holds several values, apart by commas or blanks.
  bool splits = false;
  std::vector<std::string> choices = {};  // the values that there are, where they are few
  bool numeric = false;                   // a number of the config file is one of its values
};

struct Option {
  std::string_view name;                 // "base-dir"
  char letter = 0;                       // 'n', or none
  std::string_view value_name = {};      // "DIR"; none for switches
  std::string_view fallback = {};        // the default, as it would be typed
  std::string_view config_key = {};      // "general.base_dir"; none: not in the config file
  std::string_view old_key = {};         // of the config file of the original 1.0
  std::string_view nomad_variable = {};  // "NOMAD_ADDR": asked after NMGR_ADDRESS
  // Variables of Nomad's that have no option of their own and go before the config file.
  std::vector<std::string_view> before_config = {};
  std::string_view help = {};
  bool of_cluster = false;  // also a key of [cluster.NAME], as all of [nomad] are
  OptionGroup group = OptionGroup::kAction;
  OptionValue value;  // without a setter: done with before there are settings (--help)
  // How `config` shows a value that holds more than everybody may see.
  std::string (*shown)(const std::string& value) = nullptr;

  OptionKind kind() const { return value.kind; }
  // Rows of kConfigOnly have no option on the command line, and no variable.
  bool on_command_line() const { return group != OptionGroup::kConfigOnly; }
};

inline constexpr std::string_view kVariablePrefix = "NMGR_";

// "NMGR_BASE_DIR"
std::string VariableOf(std::string_view option_name);

// Booleans have one dialect everywhere: that of Go's strconv.ParseBool, which Nomad reads its
// variables with (1, t, T, true, True, TRUE and 0, f, F, false, False, FALSE), and yes, no, on,
// off.
Expected<bool> ParseBool(std::string_view text);
Expected<int> ParseNumber(std::string_view text, int least, int most);
// The place of `text` among the choices.
Expected<std::size_t> ParseChoice(const std::string& text, const std::vector<std::string>& choices);
// "5m", "1h30m"; a bare number is seconds.
Expected<Duration> ParseTime(const std::string& text, bool zero_allowed);

// A bare number is seconds, and said to be.
void SayUnit(const Given& given, Settings& settings);

// The part of the settings that holds a member of T.
template <class T>
T& PartOf(Settings& settings) {
  if constexpr (std::is_same_v<T, Settings>) {
    return settings;
  } else if constexpr (std::is_same_v<T, repo::RepoOptions>) {
    return settings.repo;
  } else if constexpr (std::is_same_v<T, nomad::ConnectionOptions>) {
    return settings.connection;
  } else if constexpr (std::is_same_v<T, jobspec::VariableInput>) {
    return settings.variables;
  } else {
    return settings.Own<T>();
  }
}

// `member`: bool or std::optional<bool>.
template <class T, class Member>
OptionValue Switch(Member T::*member) {
  return {OptionKind::kSwitch, [member](const Given& given, Settings& settings) -> Expected<void> {
            TRY_ASSIGN(PartOf<T>(settings).*member, ParseBool(given.values.back()));
            return {};
          }};
}

// `member`: int or std::optional<int>.
template <class T, class Member>
OptionValue Number(Member T::*member, int least, int most = std::numeric_limits<int>::max()) {
  return {OptionKind::kValue,
          [=](const Given& given, Settings& settings) -> Expected<void> {
            TRY_ASSIGN(PartOf<T>(settings).*member, ParseNumber(given.values.back(), least, most));
            return {};
          },
          false,
          {},
          true};
}

// `member`: an enumeration whose values are the places of the choices.
template <class T, class Member>
OptionValue Choice(Member T::*member, const std::vector<std::string>& choices) {
  return {OptionKind::kValue,
          [member, choices](const Given& given, Settings& settings) -> Expected<void> {
            TRY_ASSIGN(const std::size_t choice, ParseChoice(given.values.back(), choices));
            PartOf<T>(settings).*member = static_cast<Member>(choice);
            return {};
          },
          false, choices};
}

// `member`: std::string or std::optional<std::string>.
template <class T, class Member>
OptionValue Text(Member T::*member) {
  return {OptionKind::kValue, [member](const Given& given, Settings& settings) -> Expected<void> {
            PartOf<T>(settings).*member = given.values.back();
            return {};
          }};
}

// A text whose leading ~ is the home folder.
template <class T>
OptionValue FilePath(Path T::*member) {
  return {OptionKind::kValue, [member](const Given& given, Settings& settings) -> Expected<void> {
            PartOf<T>(settings).*member = ExpandHome(given.values.back(), given.home);
            return {};
          }};
}

// A text that may be left out: "" then.
template <class T>
OptionValue OptionalText(std::optional<std::string> T::*member) {
  OptionValue value = Text(member);
  value.kind = OptionKind::kOptional;
  return value;
}

template <class T>
OptionValue Time(Duration T::*member, bool zero_allowed = false) {
  return {OptionKind::kValue,
          [=](const Given& given, Settings& settings) -> Expected<void> {
            TRY_ASSIGN(PartOf<T>(settings).*member, ParseTime(given.values.back(), zero_allowed));
            SayUnit(given, settings);
            return {};
          },
          false,
          {},
          true};
}

// Words in a row.
template <class T>
OptionValue List(std::vector<std::string> T::*member) {
  return {OptionKind::kWords,
          [member](const Given& given, Settings& settings) -> Expected<void> {
            PartOf<T>(settings).*member = given.values;
            return {};
          },
          true};
}

// One word each time that the option is given.
template <class T>
OptionValue Each(std::vector<std::string> T::*member) {
  OptionValue value = List(member);
  value.kind = OptionKind::kRepeat;
  return value;
}

}  // namespace nmgr::actions
