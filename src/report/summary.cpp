#include "nmgr/report/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "nmgr/base/text.h"
#include "nmgr/report/table.h"

namespace nmgr::report {
namespace {

std::string JoinCounts(const Counts& counts) {
  std::vector<std::string> parts;
  for (const auto& [number, what] : counts) {
    if (number != 0) parts.push_back(fmt::format("{} {}", number, what));
  }
  return Join(parts, ", ");
}

}  // namespace

std::string CountsText(const Counts& each, const Counts& of_these) {
  const std::string some = JoinCounts(of_these);
  return JoinCounts(each) + (some.empty() ? "" : "; of these " + some);
}

void Summary::Touched(std::string job, std::string what, Style style) {
  touched_.push_back({std::move(job), std::move(what), style});
}

void Summary::Untouched(const std::string& what, std::size_t jobs) {
  const auto found = std::find_if(untouched_.begin(), untouched_.end(),
                                  [&](const auto& kind) { return kind.first == what; });
  if (found != untouched_.end()) {
    found->second += jobs;
  } else if (jobs != 0) {
    untouched_.emplace_back(what, jobs);
  }
}

std::vector<std::string> Summary::Lines(const Painter& paint) const {
  Table table;
  for (const Row& row : touched_) table.AddRow({{row.job, Style::kBold}, {row.what, row.style}});
  std::vector<std::string> lines = table.Lines(paint);
  std::vector<std::string> counts;
  for (const auto& [what, jobs] : untouched_) {
    counts.push_back(Count(jobs, "job") + " " + EscapeControls(what));
  }
  if (!counts.empty()) lines.push_back(Join(counts, ", "));
  return lines;
}

}  // namespace nmgr::report
