// find: which specs hold a string; infra jobs are searched like all others.
#include <fmt/format.h>

#include <algorithm>

#include "actions/all_actions.h"
#include "actions/asked_jobs.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/search.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/find_view.h"
#include "nmgr/report/notices.h"

namespace nmgr::actions {
namespace {

struct FindOptions {
  bool lines = false;
  bool regular_expression = false;
  bool ignore_case = false;
  bool word = false;
  bool configs = false;
  bool evaluated = false;
};

repo::SearchOptions HowToSearch(const FindOptions& options) {
  return {options.regular_expression, options.ignore_case, options.word, options.configs,
          options.evaluated};
}

// Their text is searched all the same, unless the evaluated one is asked for.
void WarnOfBroken(Env& env, const std::vector<repo::SpecPtr>& specs) {
  const auto broken = static_cast<std::size_t>(std::count_if(
      specs.begin(), specs.end(), [](const repo::SpecPtr& spec) { return spec->faulty; }));
  if (broken == 0) return;
  env.out.Warning(fmt::format("{} {} broken and searched as text (nmgr validate all)",
                              Count(broken, "spec"), broken == 1 ? "is" : "are"));
}

ExitCode RunFind(Env& env) {
  const auto options = env.settings.Own<FindOptions>();
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
      repo::Select(*repo, {.targets = {std::string(repo::WordOf(repo::TargetKind::kAll))},
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
  report::ReportMatches(env.out, *all, searched, options.lines);
  if (!options.evaluated) WarnOfBroken(env, all->specs);
  if (std::any_of(searched.begin(), searched.end(),
                  [](const repo::SpecMatches& spec) { return !spec.matches.empty(); })) {
    return kDone;
  }
  report::TellNoMatch(env.out, settings.targets.front());
  return kFailed;
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
                   .value = Switch(&FindOptions::lines)},
                  {.name = "regexp",
                   .letter = 'E',
                   .help = "STRING is a regular expression (RE2)",
                   .value = Switch(&FindOptions::regular_expression)},
                  {.name = "ignore-case",
                   .letter = 'i',
                   .help = "capitals and small letters are the same",
                   .value = Switch(&FindOptions::ignore_case)},
                  {.name = "word",
                   .letter = 'w',
                   .help = "only where it is no part of a longer word",
                   .value = Switch(&FindOptions::word)},
                  {.name = "configs",
                   .letter = 'x',
                   .help = "search the config files beside the specs too",
                   .value = Switch(&FindOptions::configs)},
                  {.name = "evaluated",
                   .help = "search the evaluated specs (lines are those of render)",
                   .value = Switch(&FindOptions::evaluated)}},
      .run = RunFind,
      .needs_nomad = false,
      .details =
          "Exits with 1 if no spec holds the string.\n"
          "\n"
          "  nmgr find :latest              see also: nmgr image --unpinned all\n"
          "  nmgr find -l -E 'port.*8080'   every line that matches, with its place\n"
          "  nmgr find -iw nas              NAS and nas, but no nasa\n",
      .documents = report::FindShapes(),
  };
}

}  // namespace nmgr::actions
