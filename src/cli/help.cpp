#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "nmgr/base/text.h"
#include "nmgr/cli/options.h"
#include "nmgr/repo/filter.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/cells.h"

namespace nmgr::cli {
namespace {

using repo::TargetKind;
using Entry = HelpEntry;

// Two columns; a left side that is too wide has a line of its own.
std::string Columns(const std::vector<Entry>& entries) {
  constexpr std::size_t kWidestLeft = 26;
  std::size_t width = 0;
  for (const Entry& entry : entries) {
    if (entry.left.size() <= kWidestLeft) width = std::max(width, entry.left.size());
  }
  std::string out;
  for (const Entry& entry : entries) {
    std::string left = entry.left;
    if (left.size() > width) {
      out += fmt::format("  {}\n", left);
      left.clear();
    }
    for (const std::string& line :
         report::Wrap(entry.right, kHelpWidth - static_cast<int>(width) - 4)) {
      out += fmt::format("  {:<{}}  {}\n", std::exchange(left, {}), width, line);
    }
  }
  return out;
}

}  // namespace

std::string OptionTitle(char letter, std::string_view name, std::string_view value_name) {
  std::string title =
      letter == 0 ? fmt::format("    --{}", name) : fmt::format("-{}, --{}", letter, name);
  if (!value_name.empty()) title += fmt::format(" {}", value_name);
  return title;
}

namespace {

std::string HelpOf(const Option& row) {
  const bool shows_default = !row.fallback.empty() && row.fallback != "0s";
  return shows_default ? fmt::format("{} ({})", row.help, row.fallback) : std::string(row.help);
}

std::vector<Entry> OptionEntries(std::span<const Option> rows, OptionGroup group) {
  std::vector<Entry> entries;
  for (const Option& row : rows) {
    if (row.group == group) {
      entries.push_back({OptionTitle(row.letter, row.name, row.value_name), HelpOf(row)});
    }
  }
  return entries;
}

std::vector<Entry> ActionEntries() {
  std::vector<Entry> entries;
  for (const actions::Action& action : actions::AllActions()) {
    std::string name(action.name);
    if (!action.alias.empty()) name += fmt::format(", {}", action.alias);
    entries.push_back({std::move(name), std::string(action.summary)});
  }
  return entries;
}

std::string SpecKeys() {
  std::vector<std::string> names;
  for (const repo::SpecFieldRow& row : repo::SpecFields()) {
    names.push_back(std::string(row.name) + (row.has_key ? ".KEY" : ""));
  }
  return Join(names, ", ");
}

}  // namespace

std::vector<HelpEntry> TargetHelp() {
  std::vector<std::string> filters;
  for (const repo::FilterSpec& filter : repo::BuiltInFilters()) filters.push_back(filter.name);
  const auto with = [](std::string_view what, TargetKind kind) {
    return std::string(repo::WordOf(kind)).append(what);
  };
  return {
      {"infra, services, all", "the infra jobs in their order; all others; both"},
      {Join(filters, ", "), "jobs by what their files hold; the config file can add filters"},
      {"JOB, 'GLOB*', " + repo::JobTarget("JOB"), "jobs by their ID"},
      {"PATH", "a spec file, or all specs below a folder"},
      {with("REV", TargetKind::kChanged), "jobs whose files differ from a git revision"},
      {"KEY:PATTERN",
       fmt::format("by a value of the spec ({}): a glob or /expression/", SpecKeys())},
      {with("WORD", TargetKind::kState) + ", " + with("NAME", TargetKind::kNode),
       "by what Nomad says"},
  };
}

std::string OverviewHelp() {
  std::string out =
      "Manages the Nomad jobs that one folder holds as HCL specs.\n\n"
      "Usage: nmgr [options] ACTION [TARGET...]\n";
  const auto section = [&out](std::string_view title, const std::vector<Entry>& entries) {
    out += fmt::format("\n{}:\n{}", title, Columns(entries));
  };
  section("Actions", ActionEntries());
  section("Targets", TargetHelp());
  section("Options", OptionEntries(Options(), OptionGroup::kHow));
  section("What the jobs are", OptionEntries(Options(), OptionGroup::kWhat));
  section("Output", OptionEntries(Options(), OptionGroup::kOutput));
  section("Nomad", OptionEntries(Options(), OptionGroup::kNomad));
  out +=
      "\n`nmgr help ACTION` shows what that action takes beside these.\n"
      "Options stand before or after the action. Each has a variable, NMGR_BASE_DIR for\n"
      "--base-dir and so on; flags go before variables, those before the config file.\n";
  return out;
}

std::string ActionHelp(const actions::Action& action) {
  std::string out;
  for (const std::string& line :
       report::Wrap(fmt::format("nmgr {}: {}", action.name, action.summary), kHelpWidth)) {
    out += line + "\n";
  }
  out += fmt::format("\nUsage: nmgr [options] {} {}\n", action.name, action.argument_help);
  if (!action.alias.empty()) out += fmt::format("Also:  nmgr {}\n", action.alias);
  if (!action.details.empty()) out += fmt::format("\n{}", action.details);
  const auto section = [&](std::string_view title, OptionGroup group) {
    const std::vector<Entry> entries = OptionEntries(action.options, group);
    if (!entries.empty()) out += fmt::format("\n{}:\n{}", title, Columns(entries));
  };
  section(fmt::format("Options of {}", action.name), OptionGroup::kAction);
  section("Options", OptionGroup::kHow);
  out += "\n`nmgr -h` shows the targets and all other options.\n";
  return out;
}

}  // namespace nmgr::cli
