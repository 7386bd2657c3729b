// config: every setting, its value and where it comes from.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/filter.h"

namespace nmgr::actions {
namespace {

std::string_view NameOf(Source source) {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kConfigFile:
      return "config file";
    case Source::kEnvironment:
      return "environment";
    case Source::kFlag:
      return "flag";
  }
  return "";
}

Path WithTilde(const Path& path, const Path& home) {
  const bool below = !home.empty() && path.starts_with(home + "/");
  return below ? "~" + path.substr(home.size()) : path;
}

std::string ConditionsOf(const repo::FilterSpec& filter) {
  repo::ConditionSpec whole = filter.more;
  whole.keywords = filter.keywords;
  return repo::ToText(whole);
}

void PrintText(Env& env) {
  const Settings& settings = env.settings;
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const SettingOrigin& origin : settings.origins) {
    name_width = std::max(name_width, origin.name.size());
    if (origin.value.size() <= 40) value_width = std::max(value_width, origin.value.size());
  }
  env.out.Line(
      fmt::format("config file: {}",
                  settings.config_file.empty()
                      ? fmt::format("none ({})", WithTilde(settings.config_file_sought, env.home))
                      : settings.config_file));
  for (const SettingOrigin& origin : settings.origins) {
    const std::string_view place = origin.place.empty() ? NameOf(origin.source) : origin.place;
    const std::string value = origin.value.empty() ? "-" : origin.value;
    env.out.Line(
        fmt::format("{:<{}}  {:<{}}  {}", origin.name, name_width, value, value_width, place));
  }
  for (const repo::FilterSpec& filter : repo::AllFilters(settings.filters)) {
    env.out.Line(fmt::format("filter {}: {}{}{}", filter.name, ConditionsOf(filter),
                             filter.search_configs ? ", in config files too" : "",
                             filter.exclude_infra ? "" : ", infra jobs too"));
  }
}

nlohmann::json ToJson(const Settings& settings) {
  nlohmann::json list = nlohmann::json::array();
  for (const SettingOrigin& origin : settings.origins) {
    list.push_back({{"name", origin.name},
                    {"value", origin.value},
                    {"source", NameOf(origin.source)},
                    {"place", origin.place}});
  }
  nlohmann::json filters = nlohmann::json::array();
  for (const repo::FilterSpec& filter : repo::AllFilters(settings.filters)) {
    filters.push_back({{"name", filter.name},
                       {"keywords", filter.keywords},
                       {"conditions", repo::ToText(filter.more)},
                       {"extended_search", filter.search_configs},
                       {"exclude_infra", filter.exclude_infra}});
  }
  return {{"config_file", settings.config_file},
          {"settings", std::move(list)},
          {"filters", std::move(filters)}};
}

struct Options {
  bool init = false;
};

// The file that would be read, with all keys commented out.
ExitCode WriteTemplate(Env& env) {
  const Settings& settings = env.settings;
  const Path& path = settings.config_file_sought;
  const auto fail = [&env](const Error& error) {
    env.out.Error(error);
    return ExitCodeFor(error.code);
  };
  if (path.empty()) {
    return fail({ErrorCode::kUsage, "nobody knows where the config file belongs",
                 "name it by --config, or set HOME"});
  }
  if (env.files.Stat(path) || env.files.StatEntry(path)) {
    return fail({ErrorCode::kIo, fmt::format("{} is there already, and is left as it is", path)});
  }
  if (const auto written = env.files.WriteFileAtomically(path, settings.config_template);
      !written) {
    return fail(written.error());
  }
  if (env.out.json()) {
    env.out.Json({{"written", path}});
  } else {
    env.out.Line(fmt::format("written: {}", path));
  }
  return kDone;
}

ExitCode RunConfig(Env& env) {
  if (env.settings.Own<Options>().init) return WriteTemplate(env);
  if (env.settings.config_file_named && env.settings.config_file.empty()) {
    const Error error{ErrorCode::kConfig,
                      env.settings.config_file_sought + ": no such file or directory",
                      "`nmgr config --init` writes one there"};
    env.out.Error(error);
    return ExitCodeFor(error.code);
  }
  if (env.out.json()) {
    env.out.Json(ToJson(env.settings));
  } else {
    PrintText(env);
  }
  return kDone;
}

namespace shape = report::shape;

std::vector<report::JsonShape> ConfigShapes() {
  return {
      {.fields = {shape::Text("config_file", "that was read; may be empty"),
                  shape::Objects("settings", "in the order of `nmgr -h`",
                                 {shape::Text("name", "of the option"),
                                  shape::Text("value", "as it would be typed"),
                                  shape::Text("source", "flag, environment, config file, default"),
                                  shape::Text("place", "the option, the variable, or file:line")}),
                  shape::Objects("filters", "built in or of the config file",
                                 {shape::Text("name", "the target"),
                                  shape::Texts("keywords", "any of which the text holds"),
                                  shape::Text("conditions", "the others, as text"),
                                  shape::Flag("extended_search", "config files are searched too"),
                                  shape::Flag("exclude_infra", "infra jobs are left out")})}},
      {.when = "--init", .fields = {shape::Text("written", "the new file")}}};
}

}  // namespace

Action ConfigAction() {
  return {
      .name = "config",
      .summary = "show the settings and where they come from",
      .arguments = Arguments::kNone,
      .argument_help = "",
      .options = {{.name = "init",
                   .help = "write a config file with every key, commented out; never over one",
                   .value = Switch(&Options::init)}},
      .run = RunConfig,
      .needs_nomad = false,
      .may_lack_config = true,
      .documents = ConfigShapes(),
  };
}

}  // namespace nmgr::actions
