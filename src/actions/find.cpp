// find: which specs hold a string; infra jobs are searched like all others.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "actions/all_actions.h"
#include "actions/asked_jobs.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/search.h"
#include "nmgr/repo/target.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool lines = false;
  bool regular_expression = false;
  bool ignore_case = false;
  bool word = false;
  bool configs = false;
  bool evaluated = false;
};

repo::SearchOptions HowToSearch(const Options& options) {
  return {options.regular_expression, options.ignore_case, options.word, options.configs,
          options.evaluated};
}

// The word that names every job.
std::string EveryJob() {
  for (const repo::ReservedWord& row : repo::ReservedWords()) {
    if (row.kind == repo::TargetKind::kAll) return std::string(row.word);
  }
  return {};
}

// Their text is searched all the same, unless the evaluated one is asked for.
void WarnOfBroken(Env& env, std::size_t broken) {
  if (broken == 0) return;
  env.out.Warning(fmt::format("{} {} broken and searched as text (nmgr validate all)",
                              Count(broken, "spec"), broken == 1 ? "is" : "are"));
}

nlohmann::json ToJson(const repo::SpecFile& spec, const std::vector<repo::Match>& matches) {
  nlohmann::json lines = nlohmann::json::array();
  for (const repo::Match& match : matches) {
    lines.push_back({{"path", match.path}, {"line", match.line}, {"text", match.text}});
  }
  return {{"id", spec.id()}, {"path", spec.path()}, {"matches", std::move(lines)}};
}

ExitCode Report(Env& env, const Options& options, const repo::Selection& all,
                const std::vector<repo::SpecMatches>& searched) {
  nlohmann::json jobs = nlohmann::json::array();
  bool found = false;
  std::size_t broken = 0;
  std::string last_name;
  std::set<std::string> warned;
  std::vector<std::string> lines;
  std::set<std::pair<Path, std::size_t>> printed;  // specs of one folder share their config files
  for (std::size_t i = 0; i < searched.size(); ++i) {
    const repo::SpecFile& spec = *all.specs[i];
    for (const std::string& warning : searched[i].warnings) {
      if (warned.insert(warning).second) env.out.Warning(warning);
    }
    if (spec.faulty) ++broken;
    if (searched[i].matches.empty()) continue;
    if (!options.lines && (!found || all.names[i] != last_name)) {
      lines.push_back(EscapeControls(all.names[i]));
    }
    for (const repo::Match& match : searched[i].matches) {
      if (!options.lines || !printed.emplace(match.path, match.line).second) continue;
      lines.push_back(fmt::format("{}:{}:{}", match.path, match.line, match.text));
    }
    found = true;
    last_name = all.names[i];
    if (env.out.json()) jobs.push_back(ToJson(spec, searched[i].matches));
  }
  const ExitCode code = found ? kDone : kFailed;
  env.out.Lines(lines);
  env.out.Json({{"jobs", std::move(jobs)}});
  if (!options.evaluated) WarnOfBroken(env, broken);
  if (!found) env.out.Notice(fmt::format("no spec holds \"{}\"", env.settings.targets.front()));
  return code;
}

ExitCode RunFind(Env& env) {
  const auto options = env.settings.Own<Options>();
  const repo::SearchOptions how = HowToSearch(options);
  const auto end = [&env](const Error& error) {
    env.out.Error(error);
    return ExitCodeFor(error.code);
  };
  const auto matcher = repo::MakeMatcher(env.settings.targets.front(), how);
  if (!matcher) return end(matcher.error());
  ExitCode code = kDone;
  const std::optional<repo::Repo> repo = OpenRepo(env, code);
  if (!repo) return code;
  const Settings& settings = env.settings;
  AskedJobs live(env);
  const Expected<repo::Selection> all =
      repo::Select(*repo, {.targets = {EveryJob()},
                           .excluded = settings.excluded,
                           .filters = settings.filters,
                           .include_infra = settings.include_infra,
                           .narrowed = settings.narrowed,
                           .live = &live});
  if (!all) {
    env.out.Error(all.error());
    return live.failed() ? ExitCodeFor(all.error(), env.contact) : ExitCodeFor(all.error().code);
  }
  for (const std::string& text : all->unreadable) env.out.Warning(text);
  for (const std::string& warning : all->warnings) env.out.Warning(warning);
  const auto searched = repo::Search(*repo, all->specs, *matcher, how);
  if (env.stop.stop_requested()) return kInterrupted;
  return Report(env, options, *all, searched);
}

namespace shape = report::shape;

std::vector<report::JsonShape> FindShapes() {
  return {
      {.fields = {shape::Objects(
           "jobs", "specs that hold the string",
           {shape::Text("id", "the job's ID"), shape::Text("path", "its spec"),
            shape::Objects("matches", "the lines",
                           {shape::Text("path", "the spec, or a config file beside it"),
                            shape::Whole("line", "from 1; with --evaluated that of `nmgr render`"),
                            shape::Text("text", "the line")})})}}};
}

}  // namespace

Action FindAction() {
  return {
      .name = "find",
      .summary = "show the IDs of jobs whose specs hold a string",
      .arguments = Arguments::kString,
      .argument_help = "STRING",
      .options = {{.name = "lines",
                   .letter = 'l',
                   .help = "show path:line:text of every match",
                   .value = Switch(&Options::lines)},
                  {.name = "regexp",
                   .letter = 'E',
                   .help = "STRING is a regular expression (RE2)",
                   .value = Switch(&Options::regular_expression)},
                  {.name = "ignore-case",
                   .letter = 'i',
                   .help = "capitals and small letters are the same",
                   .value = Switch(&Options::ignore_case)},
                  {.name = "word",
                   .letter = 'w',
                   .help = "only where it is no part of a longer word",
                   .value = Switch(&Options::word)},
                  {.name = "configs",
                   .letter = 'x',
                   .help = "search the config files beside the specs too",
                   .value = Switch(&Options::configs)},
                  {.name = "evaluated",
                   .help = "search the evaluated specs (lines are those of render)",
                   .value = Switch(&Options::evaluated)}},
      .run = RunFind,
      .needs_nomad = false,
      .details =
          "Exits with 1 if no spec holds the string.\n"
          "\n"
          "  nmgr find :latest              see also: nmgr image --unpinned all\n"
          "  nmgr find -l -E 'port.*8080'   every line that matches, with its place\n"
          "  nmgr find -iw nas              NAS and nas, but no nasa\n",
      .documents = FindShapes(),
  };
}

}  // namespace nmgr::actions
