// The one table of what can be set. The command line, the environment, the config file, `--help`
// and `config` walk it, so a setting cannot exist in one of them only.
//
// Rows that every action heeds stand here; the others in actions/shared_options.h and in the files
// of the actions. A name, a letter and a kind mean the same for every action that has them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/actions/option.h"

namespace nmgr::cli {

using actions::Option;
using actions::OptionGroup;
using actions::OptionKind;

// What every action heeds, rows of the config file alone included.
std::span<const Option> GeneralOptions();

// Every option there is, each once: general, shared, of single actions.
std::span<const Option> Options();

// Nomad's own: that of --namespace, and inside a task that of its job.
inline constexpr std::string_view kNamespaceVariable = "NOMAD_NAMESPACE";

// Null if there is none. Rows of the config file alone are not found.
const Option* FindOption(std::string_view name);
const Option* FindOption(char letter);

// Rows that are done with before there are settings.
const Option& ConfigOption();
const Option& VersionOption();
const Option& ClusterOption();  // decides what the config file holds
const Option& HelpOption();

// True if `action` takes the option.
bool Heeds(const actions::Action& action, const Option& option);

// What `action` can be told: general options, shared ones whether or not it heeds them (`config`
// shows them), and its own.
std::vector<const Option*> SettingsOf(const actions::Action& action);

}  // namespace nmgr::cli
