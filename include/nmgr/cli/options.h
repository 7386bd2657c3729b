// The one table of what can be set for every action: each row is an option, its variable
// NMGR_<LONG_NAME>, its config key, its default and its help. The command line, the config file,
// `--help`, `config`, completion and the reference page walk it, so a setting cannot exist in one
// of them only.
//
// What belongs to one action alone (`list -l`) is in that action's own file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/actions/settings.h"
#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"

namespace nmgr::cli {

enum class OptionKind {
  kFlag,    // on or off
  kValue,   // one value; of several the last
  kWords,   // a list: commas, repetition, or several words; given without a word it is empty
  kRepeat,  // one value each time
};

// Headings of the help, in its order.
enum class OptionGroup { kWhat, kHow, kOutput, kNomad, kConfigOnly };

struct OptionRow {
  std::string_view name;  // "base-dir"
  char letter = 0;        // 'n', or none
  OptionKind kind = OptionKind::kFlag;
  OptionGroup group = OptionGroup::kHow;
  std::string_view value_name = {};  // "DIR"
  std::string_view config_key = {};  // "general.base_dir"; none: not in the config file
  std::string_view fallback = {};    // the default, as it would be typed; lists separated by blanks
  std::string_view nomad_variable = {};  // NOMAD_ADDR: asked after NMGR_ADDRESS
  std::string_view help = {};
  // Checks the values and puts them into the settings. The message of an error says what is wrong
  // with the value and leaves out where it came from. Null for --config, --version and --help,
  // which are done with before there are settings.
  Expected<void> (*set)(const std::vector<std::string>& values, const Path& home,
                        actions::Settings& settings) = nullptr;

  // Rows of kConfigOnly have no option on the command line, and no variable.
  bool on_command_line() const { return group != OptionGroup::kConfigOnly; }
};

std::span<const OptionRow> Options();
const OptionRow* FindOption(std::string_view name);
const OptionRow* FindOption(char letter);

// "NMGR_BASE_DIR"
std::string VariableOf(std::string_view option_name);

}  // namespace nmgr::cli
