// find: which specs hold a string. The texts are searched as they are, so that a spec which does
// not parse is found too; infra jobs are searched like all others.
#include <fmt/format.h>
#include <re2/re2.h>

#include <cctype>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "actions/all_actions.h"
#include "actions/line_matcher.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
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

struct Match {
  Path path;
  std::size_t line = 0;
  std::string text;
};

// The word that names every job.
std::string EveryJob() {
  for (const repo::ReservedWord& row : repo::ReservedWords()) {
    if (row.kind == repo::TargetKind::kAll) return std::string(row.word);
  }
  return {};
}

struct Searched {
  std::vector<Match> matches;
  std::vector<std::string> warnings;
};

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// A word ends where what is looked for ends with a letter or digit: `:latest` has no beginning.
std::string AsWord(const std::string& string) {
  return (IsWordCharacter(string.front()) ? "\\b" : "") + RE2::QuoteMeta(string) +
         (IsWordCharacter(string.back()) ? "\\b" : "");
}

Expected<LineMatcher> MakeMatcher(const std::string& pattern, const Options& own) {
  if (!own.regular_expression && !own.ignore_case && !own.word) {
    return LineMatcher(
        [pattern](std::string_view line) { return line.find(pattern) != line.npos; });
  }
  std::string expression = own.regular_expression ? pattern : RE2::QuoteMeta(pattern);
  if (own.word) expression = own.regular_expression ? "\\b(?:" + pattern + ")\\b" : AsWord(pattern);
  return MakeLineMatcher(expression, pattern, !own.ignore_case);
}

void SearchText(const Path& path, std::string_view text, const LineMatcher& matches,
                std::vector<Match>& found) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (matches(line)) found.push_back({path, number, std::string(line)});
  }
}

class Finder {
 public:
  Finder(Env& env, const Options& options, LineMatcher matcher)
      : env_(env), options_(options), matcher_(std::move(matcher)) {}

  ExitCode Run() {
    ExitCode code = kDone;
    const std::optional<repo::Repo> repo = OpenRepo(env_, code);
    if (!repo) return code;
    const Expected<repo::Selection> all =
        repo::Select(*repo, {{EveryJob()}, env_.settings.excluded, env_.settings.filters});
    if (!all) {
      env_.out.Error(all.error());
      return ExitCodeFor(all.error().code);
    }
    for (const std::string& text : all->unreadable) env_.out.Warning(text);
    for (const std::string& warning : all->warnings) env_.out.Warning(warning);
    Search(*repo, AllSpecs(*all));
    if (env_.stop.stop_requested()) return kInterrupted;
    return Report(*all);
  }

 private:
  void Search(const repo::Repo& repo, const std::vector<const repo::SpecFile*>& specs) {
    searched_.resize(specs.size());
    std::vector<EvaluatedSpec> evaluated;
    if (options_.evaluated) evaluated = Evaluate(env_, specs);
    ParallelFor(
        specs.size(), env_.settings.repo.threads,
        [&](std::size_t i) {
          const repo::SpecFile& spec = *specs[i];
          Searched& result = searched_[i];
          const bool flat = options_.evaluated && evaluated[i].spec;
          if (options_.evaluated && !flat) {
            result.warnings.push_back(
                fmt::format("{} does not evaluate ({}); its text is searched as it is", spec.id(),
                            repo::FaultPlace(evaluated[i].diagnostics, spec.path())));
          }
          SearchText(spec.path(), flat ? evaluated[i].spec->flat_hcl : spec.text(), matcher_,
                     result.matches);
          if (!options_.configs) return;
          for (const repo::ConfigFile& config :
               repo::ReadNeighbourConfigs(repo, spec, result.warnings)) {
            SearchText(config.path, config.text, matcher_, result.matches);
          }
        },
        env_.stop);
  }

  ExitCode Report(const repo::Selection& all) {
    nlohmann::json jobs = nlohmann::json::array();
    bool found = false;
    std::size_t broken = 0;
    std::string last_name;
    for (std::size_t i = 0; i < searched_.size(); ++i) {
      const repo::SpecFile& spec = *all.specs[i];
      for (const std::string& warning : searched_[i].warnings) WarnOnce(warning);
      if (spec.faulty) ++broken;
      if (searched_[i].matches.empty()) continue;
      if (options_.lines) {
        PrintLines(searched_[i].matches);
      } else if (!found || all.names[i] != last_name) {
        env_.out.Line(EscapeControls(all.names[i]));
      }
      found = true;
      last_name = all.names[i];
      if (env_.out.json()) jobs.push_back(ToJson(spec, searched_[i].matches));
    }
    const ExitCode code = found ? kDone : kFailed;
    env_.out.Json({{"jobs", std::move(jobs)}, {"exit_code", static_cast<int>(code)}});
    WarnOfBroken(broken);
    if (!found) env_.out.Notice(fmt::format("no spec holds \"{}\"", env_.settings.targets.front()));
    return code;
  }

  // Their text is searched all the same, unless the evaluated one is asked for.
  void WarnOfBroken(std::size_t broken) {
    if (broken == 0 || options_.evaluated) return;
    env_.out.Warning(fmt::format("{} {} broken and searched as text (nmgr validate all)",
                                 Count(broken, "spec"), broken == 1 ? "is" : "are"));
  }

  // Specs of one folder share their config files.
  void PrintLines(const std::vector<Match>& matches) {
    for (const Match& match : matches) {
      if (printed_.emplace(match.path, match.line).second) {
        env_.out.Line(fmt::format("{}:{}:{}", match.path, match.line, match.text));
      }
    }
  }

  void WarnOnce(const std::string& warning) {
    if (warned_.insert(warning).second) env_.out.Warning(warning);
  }

  static nlohmann::json ToJson(const repo::SpecFile& spec, const std::vector<Match>& matches) {
    nlohmann::json lines = nlohmann::json::array();
    for (const Match& match : matches) {
      lines.push_back({{"path", match.path}, {"line", match.line}, {"text", match.text}});
    }
    return {{"id", spec.id()}, {"path", spec.path()}, {"matches", std::move(lines)}};
  }

  Env& env_;
  const Options& options_;
  LineMatcher matcher_;
  std::vector<Searched> searched_;  // as all.specs
  std::set<std::pair<Path, std::size_t>> printed_;
  std::set<std::string> warned_;
};

ExitCode RunFind(Env& env) {
  const auto options = env.settings.Own<Options>();
  const std::vector<std::string>& words = env.settings.targets;
  Expected<LineMatcher> matcher = MakeMatcher(words.front(), options);
  if (!matcher) {
    env.out.Error(matcher.error());
    return ExitCodeFor(matcher.error().code);
  }
  return Finder(env, options, *std::move(matcher)).Run();
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
  };
}

}  // namespace nmgr::actions
