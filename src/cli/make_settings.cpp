#include "cli/make_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "cli/serve_tables.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::cli {
namespace {

using actions::Given;
using actions::Settings;
using actions::Source;

std::vector<std::string> SplitValue(const Option& row, const std::string& text) {
  return row.value.splits ? SplitList(text) : std::vector<std::string>{text};
}

std::optional<Given> FromEnvironment(const Option& row, const Environment& environment) {
  std::vector<std::string> names = {actions::VariableOf(row.name)};
  if (!row.nomad_variable.empty()) names.emplace_back(row.nomad_variable);
  for (const std::string& name : names) {
    if (const auto text = Variable(environment, name)) {
      return Given{SplitValue(row, *text), Source::kEnvironment, name, {}};
    }
  }
  return std::nullopt;
}

std::optional<Given> FromConfigFile(const Option& row, const Environment& environment,
                                    const ConfigFile& config) {
  const auto value = config.values.find(row.config_key);
  if (value == config.values.end()) return std::nullopt;
  for (const std::string_view name : row.before_config) {
    if (Variable(environment, std::string(name))) return std::nullopt;
  }
  const bool blank = row.kind() == OptionKind::kValue && value->second.values.front().empty();
  if (blank) return std::nullopt;
  return Given{value->second.values, Source::kConfigFile, value->second.place, {}};
}

// What the chosen cluster says goes before the variables: those of a shell are mostly another
// cluster's.
using ClusterValues = std::map<std::string, ConfigValue, std::less<>>;

std::optional<Given> FromCluster(const Option& row, const ClusterValues* cluster) {
  if (cluster == nullptr) return std::nullopt;
  const auto value = cluster->find(row.config_key);
  if (value == cluster->end()) return std::nullopt;
  return Given{value->second.values, Source::kConfigFile, value->second.place, {}};
}

// Nothing where neither is given and there is no default.
std::optional<Given> Pick(const Option& row, const CommandLine& line,
                          const Environment& environment, const ConfigFile& config,
                          const ClusterValues* cluster) {
  if (row.on_command_line()) {
    if (const auto flag = line.options.find(row.name); flag != line.options.end()) {
      return Given{flag->second, Source::kFlag, fmt::format("--{}", row.name), {}};
    }
    if (std::optional<Given> value = FromCluster(row, cluster)) return value;
    if (std::optional<Given> variable = FromEnvironment(row, environment)) return variable;
  }
  if (std::optional<Given> value = FromConfigFile(row, environment, config)) return value;
  if (row.kind() != OptionKind::kWords && row.fallback.empty()) return std::nullopt;
  return Given{SplitValue(row, std::string(row.fallback)), Source::kDefault, {}, {}};
}

std::string Displayed(const Option& row, const Given& given) {
  std::vector<std::string> values = given.values;
  for (std::string& value : values) {
    if (row.shown != nullptr) value = row.shown(value);
    if (row.kind() == OptionKind::kSwitch) {
      value = actions::ParseBool(value).value_or(false) ? "true" : "false";
    }
  }
  return HideUserInfo(Join(values, " "));
}

Error Locate(const Error& error, const Given& given) {
  const ErrorCode code =
      given.source == Source::kConfigFile ? ErrorCode::kConfig : ErrorCode::kUsage;
  return Error{code, fmt::format("{}: {}", given.place, error.message), error.hint};
}

// Null where none is chosen.
Expected<const ClusterValues*> ChosenCluster(const CommandLine& line,
                                             const Environment& environment,
                                             const ConfigFile& config) {
  const std::optional<Given> given = Pick(ClusterOption(), line, environment, config, nullptr);
  if (!given || given->values.back().empty()) return nullptr;
  const std::string& name = given->values.back();
  const auto found = config.clusters.find(name);
  if (found != config.clusters.end()) return &found->second;
  std::vector<std::string> names;
  for (const auto& [known, values] : config.clusters) names.push_back(known);
  const std::string hint =
      names.empty() ? "the config file has no [cluster.NAME]" : "there is " + Join(names, ", ");
  return Error{ErrorCode::kUsage, fmt::format("{}: there is no cluster \"{}\"", given->place, name),
               hint};
}

void AddVariables(const Environment& environment, Settings& settings) {
  for (const auto& [name, value] : environment) {
    if (name.starts_with(kInputVariablePrefix))
      settings.variables.environment[name.substr(kInputVariablePrefix.size())] = value;
  }
  settings.variables.strict = false;  // compared with all specs by actions::SelectTargets
}

// [serve] goes before [general], and behind what this start was told.
void HeedServeTable(Settings& settings) {
  const auto told = [&settings](std::string_view option) {
    const auto& all = settings.origins;
    return std::any_of(all.begin(), all.end(), [option](const report::ShownSetting& one) {
      return one.name == option && (one.source == actions::NameOf(Source::kFlag) ||
                                    one.source == actions::NameOf(Source::kEnvironment));
    });
  };
  const sync::ServeTable& serve = settings.serve.serve;
  if (serve.timeout && !told("timeout")) settings.timeout = *serve.timeout;
  if (serve.parallel && !told("parallel")) settings.parallel = static_cast<int>(*serve.parallel);
}

// An action's own option narrows or guards what it does: a variable of a script that is empty must
// not widen it.
bool IsEmptyOwn(const Option& row, const Given& given) {
  const bool takes_text = row.kind() == OptionKind::kValue || row.kind() == OptionKind::kRepeat;
  return takes_text && row.group == actions::OptionGroup::kAction &&
         given.source == Source::kFlag &&
         std::any_of(given.values.begin(), given.values.end(),
                     [](const std::string& value) { return value.empty(); });
}

// The forms of --output that not every action has.
Expected<void> CheckOutput(const actions::Action& action, const Settings& settings) {
  const std::string_view form = settings.output == report::Output::kDot       ? "dot"
                                : settings.output == report::Output::kMermaid ? "mermaid"
                                                                              : "";
  if (form.empty() || actions::HasOutput(action, form)) return {};
  return Error{ErrorCode::kUsage, fmt::format("{} has no output form \"{}\"", action.name, form),
               "its forms are text, json, lines and github"};
}

// Events are lines of JSON. The variable may stand for runs that want another form too.
Expected<void> CheckEvents(const CommandLine& line, Settings& settings) {
  if (!settings.events || settings.output == report::Output::kJson) return {};
  settings.events = false;
  if (!line.options.contains(actions::EventsOption().name)) return {};
  return Error{ErrorCode::kUsage, "--events needs -o json",
               "without it, what goes on is told on stderr anyway"};
}

// Its paths may begin with ~; DOCKER_CONFIG names the folder of the docker config file.
registry::Access AccessToRegistries(const Environment& environment, const ConfigFile& config,
                                    const Path& home) {
  registry::Access access;
  access.hosts = config.registries;
  for (auto& [host, settings] : access.hosts) {
    settings.password_file = ExpandHome(settings.password_file, home);
    settings.auth_file = ExpandHome(settings.auth_file, home);
    settings.ca_file = ExpandHome(settings.ca_file, home);
  }
  const std::string folder = Variable(environment, "DOCKER_CONFIG").value_or("");
  if (!folder.empty()) {
    access.docker_config = JoinPath(folder, "config.json");
  } else if (!home.empty()) {
    access.docker_config = JoinPath(home, ".docker/config.json");
  }
  access.environment = [variables = environment](const std::string& name) {
    return Variable(variables, name);
  };
  return access;
}

}  // namespace

ConfigPath FindConfigFile(const CommandLine& line, const Environment& environment) {
  const Path home = HomeFolder(environment);
  if (const auto flag = line.options.find(ConfigOption().name); flag != line.options.end()) {
    return {ExpandHome(flag->second.back(), home), true};
  }
  if (const auto variable = Variable(environment, actions::VariableOf(ConfigOption().name))) {
    return {ExpandHome(*variable, home), true};
  }
  return {InConfigFolder(environment, "nmgr/config.toml"), false};
}

ConfigPath ConfigFileInForce(const CommandLine& line, const Environment& environment,
                             FileSystem& files) {
  ConfigPath config = FindConfigFile(line, environment);
  if (config.named || config.path.empty() || files.Stat(config.path)) return config;
  Path old = JoinPath(DirName(config.path), "config");
  const Expected<FileInfo> info = files.Stat(old);
  if (info && info->kind == FileKind::kFile) config.path = std::move(old);
  return config;
}

std::vector<std::string> UnknownVariables(const Environment& environment) {
  std::vector<std::string> known;
  for (const Option& row : Options()) {
    if (row.on_command_line()) known.push_back(actions::VariableOf(row.name));
  }
  std::vector<std::string> warnings;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(actions::kVariablePrefix)) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::vector<std::string> near = NearestNames(name, known, 1);
    const std::string hint = near.empty() ? "" : fmt::format("; did you mean {}?", near[0]);
    warnings.push_back(fmt::format("{} is the variable of no option{}", name, hint));
  }
  return warnings;
}

Expected<Settings> MakeSettings(const CommandLine& line, const Environment& environment,
                                const ConfigFile& config, const Path& home) {
  Settings settings;
  TRY_ASSIGN(const ClusterValues* cluster, ChosenCluster(line, environment, config));
  for (const Option* row : SettingsOf(*line.action)) {
    std::optional<Given> given = Pick(*row, line, environment, config, cluster);
    if (!given) {
      const std::string_view value = row->kind() == OptionKind::kSwitch ? "false" : "";
      settings.origins.push_back(
          {std::string(row->name), std::string(value), NameOf(Source::kDefault), {}});
      continue;
    }
    if (IsEmptyOwn(*row, *given)) {
      return Error{ErrorCode::kUsage, given->place + ": is empty",
                   "leave it out where nothing is meant by it"};
    }
    given->home = home;
    if (const Expected<void> set = row->value.set(*given, settings); !set) {
      return Locate(set.error(), *given);
    }
    settings.origins.push_back(
        {std::string(row->name), Displayed(*row, *given), NameOf(given->source), given->place});
  }
  TRY(CheckOutput(*line.action, settings));
  TRY(CheckEvents(line, settings));
  settings.filters = config.filters;
  settings.order = config.order;
  settings.registries = AccessToRegistries(environment, config, home);
  settings.serve = config.serve;
  ExpandPaths(settings.serve, home);
  if (line.action->name == "serve") HeedServeTable(settings);
  settings.own_namespace = Variable(environment, std::string(kNamespaceVariable)).value_or("");
  settings.own_job = Variable(environment, "NOMAD_JOB_ID").value_or("");
  settings.own_allocation = Variable(environment, "NOMAD_ALLOC_ID").value_or("");
  settings.notify_socket = Variable(environment, "NOTIFY_SOCKET").value_or("");
  settings.watchdog_us = Variable(environment, "WATCHDOG_USEC").value_or("");
  settings.targets = line.targets;
  settings.command = line.command;
  settings.no_target_hint = line.no_target_hint;
  if (!settings.connection.name_space.empty()) {
    settings.repo.default_namespace = settings.connection.name_space;
  }
  if (!settings.connection.region.empty())
    settings.repo.default_region = settings.connection.region;
  for (const std::string& glob : settings.repo.job_configs) {
    if (glob.find('/') == std::string::npos) continue;
    settings.notices.push_back(
        fmt::format("job_configs: \"{}\" names a folder, and only files beside a spec count: it "
                    "matches none",
                    glob));
  }
  AddVariables(environment, settings);
  settings.editor = Variable(environment, "VISUAL").value_or("");
  if (settings.editor.empty()) settings.editor = Variable(environment, "EDITOR").value_or("");
  return settings;
}

Expected<nomad::ConnectionOptions> ConnectionOf(const Settings& settings,
                                                const Environment& environment, FileSystem& files) {
  // Of a config file, which somebody else may have written, the line; a flag was just typed.
  const auto place = [&settings](std::string_view option, Error error) {
    for (const report::ShownSetting& origin : settings.origins) {
      if (origin.name != option || origin.source != NameOf(Source::kConfigFile)) continue;
      return Error{ErrorCode::kConfig, fmt::format("{}: {}", origin.place, error.message),
                   error.hint};
    }
    return error;
  };
  return nomad::ResolveConnection(
      settings.connection,
      [&environment](const std::string& name) { return Variable(environment, name); }, files,
      place);
}

}  // namespace nmgr::cli
