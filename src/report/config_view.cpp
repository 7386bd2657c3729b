#include "nmgr/report/config_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace nmgr::report {
namespace {

void PrintSettings(Reporter& out, const std::vector<ShownSetting>& settings) {
  constexpr std::size_t kWidestValue = 40;
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const ShownSetting& setting : settings) {
    name_width = std::max(name_width, setting.name.size());
    if (setting.value.size() <= kWidestValue) {
      value_width = std::max(value_width, setting.value.size());
    }
  }
  for (const ShownSetting& setting : settings) {
    out.Line(fmt::format("{:<{}}  {:<{}}  {}", setting.name, name_width,
                         setting.value.empty() ? "-" : setting.value, value_width,
                         setting.place.empty() ? setting.source : setting.place));
  }
}

void PrintFilter(Reporter& out, const repo::FilterSpec& filter) {
  repo::ConditionSpec whole = filter.more;
  whole.keywords = filter.keywords;
  out.Line(fmt::format("filter {}: {}{}{}", filter.name, repo::ToText(whole),
                       filter.search_configs ? ", in config files too" : "",
                       filter.exclude_infra ? "" : ", infra jobs too"));
}

nlohmann::json SettingsJson(const Path& file, const std::vector<ShownSetting>& settings,
                            const std::vector<repo::FilterSpec>& filters) {
  nlohmann::json list = nlohmann::json::array();
  for (const ShownSetting& setting : settings) {
    list.push_back({{"name", setting.name},
                    {"value", setting.value},
                    {"source", setting.source},
                    {"place", setting.place}});
  }
  nlohmann::json targets = nlohmann::json::array();
  for (const repo::FilterSpec& filter : filters) {
    targets.push_back({{"name", filter.name},
                       {"keywords", filter.keywords},
                       {"conditions", repo::ToText(filter.more)},
                       {"extended_search", filter.search_configs},
                       {"exclude_infra", filter.exclude_infra}});
  }
  return {{"config_file", file}, {"settings", std::move(list)}, {"filters", std::move(targets)}};
}

}  // namespace

void ReportWrittenConfig(Reporter& out, const Path& path) {
  if (out.json()) return out.Json({{"written", path}});
  out.Line("written: " + path);
}

void ReportSettings(Reporter& out, const Path& file, const Path& sought,
                    const std::vector<ShownSetting>& settings,
                    const std::vector<repo::FilterSpec>& filters) {
  if (out.json()) return out.Json(SettingsJson(file, settings, filters));
  out.Line("config file: " + (file.empty() ? fmt::format("none ({})", sought) : file));
  PrintSettings(out, settings);
  for (const repo::FilterSpec& filter : filters) PrintFilter(out, filter);
}

std::vector<JsonShape> ConfigShapes() {
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

}  // namespace nmgr::report
