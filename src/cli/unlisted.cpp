#include "cli/unlisted.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/command_line.h"
#include "cli/completion.h"
#include "cli/config_file.h"
#include "cli/make_settings.h"
#include "cli/reference.h"
#include "nmgr/actions/completion.h"
#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"
#include "nmgr/repo/target.h"

namespace nmgr::cli {
namespace {

using Words = std::vector<std::string>;

std::string Lines(const Words& words) { return words.empty() ? "" : Join(words, "\n") + "\n"; }

std::string ListActions() {
  Words names;
  for (const actions::Action& action : actions::AllActions()) names.emplace_back(action.name);
  return Lines(names);
}

std::string ListOptions() {
  std::set<std::string> names;
  for (const Option& row : Options()) {
    if (!row.on_command_line()) continue;
    names.insert(fmt::format("--{}", row.name));
    if (row.letter != 0) names.insert(fmt::format("-{}", row.letter));
  }
  return Lines({names.begin(), names.end()});
}

// `line` may name a config file.
Expected<std::string> ListTargets(const World& world, const CommandLine& line) {
  const ConfigPath path = ConfigFileInForce(line, world.environment, world.files);
  TRY_ASSIGN(const ConfigFile config, ReadConfigFile(path.path, path.named, world.files));
  Words names;
  for (const repo::ReservedWord& reserved : repo::ReservedWords())
    names.emplace_back(reserved.word);
  for (const repo::FilterSpec& filter : repo::AllFilters(config.filters)) {
    names.push_back(filter.name);
  }
  return Lines(names);
}

Expected<std::string> InstallCompletion(const World& world) {
  const Path path = InDataFolder(world.environment, "bash-completion/completions/nmgr");
  if (path.empty()) {
    return Error{ErrorCode::kUsage, "HOME is not set, so nobody knows where to install"};
  }
  const std::string_view script = actions::CompletionScripts().front().text;
  constexpr std::uint64_t kLargest = 1U << 20U;
  if (const auto there = world.files.ReadFile(path, kLargest); there && *there == script) {
    return fmt::format("Completion script is already up-to-date at {}\n", path);
  }
  TRY(world.files.WriteFileAtomically(path, script));
  return fmt::format("Bash completion script installed at {}\n", path);
}

}  // namespace

std::optional<Expected<std::string>> Unlisted(const World& world, const Words& arguments) {
  if (!arguments.empty() && arguments.front() == actions::kCompleteWord) {
    return ToText(Complete(world, {arguments.begin() + 1, arguments.end()}));
  }
  if (arguments == Words{"__man"}) return ManPage();
  if (arguments == Words{"__reference"}) return ReferencePage();
  if (arguments == Words{"__json"}) return JsonPage();
  for (const std::string& word : arguments) {
    if (word == "--") break;
    if (word == "--list-actions") return ListActions();
    if (word == "--list-options") return ListOptions();
    if (word == "--completion") return InstallCompletion(world);
    if (word != "--list-targets") continue;
    Words others = arguments;
    others.erase(std::remove(others.begin(), others.end(), word), others.end());
    others.emplace_back(actions::AllActions().front().name);
    const Expected<CommandLine> line = ParseCommandLine(others);
    if (!line) return Expected<std::string>(line.error());
    return ListTargets(world, *line);
  }
  return std::nullopt;
}

}  // namespace nmgr::cli
