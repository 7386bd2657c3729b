#include "nmgr/report/find_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "nmgr/base/text.h"

namespace nmgr::report {
namespace {

nlohmann::json MatchesJson(const repo::SpecFile& spec, const std::vector<repo::Match>& matches) {
  nlohmann::json lines = nlohmann::json::array();
  for (const repo::Match& match : matches) {
    lines.push_back({{"path", match.path}, {"line", match.line}, {"text", match.text}});
  }
  return {{"id", spec.id()}, {"path", spec.path()}, {"matches", std::move(lines)}};
}

// Specs of one folder share their config files: their lines are shown once.
std::vector<std::string> MatchingLines(const std::vector<repo::SpecMatches>& searched) {
  std::vector<std::string> lines;
  std::set<std::pair<Path, std::size_t>> shown;
  for (const repo::SpecMatches& spec : searched) {
    for (const repo::Match& match : spec.matches) {
      if (!shown.emplace(match.path, match.line).second) continue;
      lines.push_back(fmt::format("{}:{}:{}", match.path, match.line, match.text));
    }
  }
  return lines;
}

std::vector<std::string> MatchingNames(const repo::Selection& selection,
                                       const std::vector<repo::SpecMatches>& searched) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < searched.size(); ++i) {
    std::string name = EscapeControls(selection.names[i]);
    const bool again = !names.empty() && names.back() == name;
    if (!searched[i].matches.empty() && !again) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

void ReportMatches(Reporter& out, const repo::Selection& selection,
                   const std::vector<repo::SpecMatches>& searched, bool lines) {
  std::set<std::string> warned;
  nlohmann::json jobs = nlohmann::json::array();
  for (std::size_t i = 0; i < searched.size(); ++i) {
    for (const std::string& warning : searched[i].warnings) {
      if (warned.insert(warning).second) out.Warning(warning);
    }
    if (!out.json() || searched[i].matches.empty()) continue;
    jobs.push_back(MatchesJson(*selection.specs[i], searched[i].matches));
  }
  out.Json({{"jobs", std::move(jobs)}});
  out.Lines(lines ? MatchingLines(searched) : MatchingNames(selection, searched));
}

std::vector<JsonShape> FindShapes() {
  return {
      {.fields = {shape::Objects(
           "jobs", "specs that hold the string",
           {shape::Text("id", "the job's ID"), shape::Text("path", "its spec"),
            shape::Objects("matches", "the lines",
                           {shape::Text("path", "the spec, or a config file beside it"),
                            shape::Whole("line", "from 1; with --evaluated that of `nmgr render`"),
                            shape::Text("text", "the line")})})}}};
}

}  // namespace nmgr::report
