#include "nmgr/repo/search.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <cctype>
#include <utility>

#include "nmgr/base/find_bytes.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"

namespace nmgr::repo {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// A word ends where what is looked for ends with a letter or digit: `:latest` has no beginning.
std::string AsWord(const std::string& string) {
  return (IsWordCharacter(string.front()) ? "\\b" : "") + RE2::QuoteMeta(string) +
         (IsWordCharacter(string.back()) ? "\\b" : "");
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

SpecMatches SearchSpec(const Repo& repo, const SpecFile& spec, const SearchOptions& options,
                       const LineMatcher& matcher) {
  SpecMatches result;
  EvaluatedSpec evaluated;
  if (options.evaluated) evaluated = TakeEvaluated(spec, repo.access.spec);
  if (options.evaluated && !evaluated.spec) {
    result.warnings.push_back(
        fmt::format("{} does not evaluate ({}); its text is searched as it is", spec.id(),
                    FaultPlace(evaluated.diagnostics, spec.path())));
  }
  SearchText(spec.path(), evaluated.spec ? evaluated.spec->flat_hcl : spec.text(), matcher,
             result.matches);
  if (!options.configs) return result;
  for (const ConfigFile& config : ReadNeighbourConfigs(repo, spec, result.warnings)) {
    SearchText(config.path, config.text, matcher, result.matches);
  }
  return result;
}

}  // namespace

Expected<LineMatcher> MakeMatcher(const std::string& pattern, const SearchOptions& options) {
  if (!options.regular_expression && pattern.find('\n') != pattern.npos) {
    return Error{ErrorCode::kUsage, "no line holds a line break, and find looks at lines",
                 "the keywords of a [filter] may hold one"};
  }
  if (!options.regular_expression && !options.ignore_case && !options.word) {
    return LineMatcher(
        [pattern](std::string_view line) { return FindBytes(line, pattern) != line.npos; });
  }
  std::string expression = options.regular_expression ? pattern : RE2::QuoteMeta(pattern);
  if (options.word) {
    expression = options.regular_expression ? "\\b(?:" + pattern + ")\\b" : AsWord(pattern);
  }
  return MakeLineMatcher(expression, pattern, !options.ignore_case);
}

std::vector<SpecMatches> Search(const Repo& repo, const std::vector<SpecPtr>& specs,
                                const LineMatcher& matcher, const SearchOptions& options) {
  std::vector<SpecMatches> found(specs.size());
  ParallelFor(
      specs.size(), repo.options.threads,
      [&](std::size_t i) { found[i] = SearchSpec(repo, *specs[i], options, matcher); },
      repo.access.stop);
  return found;
}

}  // namespace nmgr::repo
