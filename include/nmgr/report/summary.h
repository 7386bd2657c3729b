// The end of a run: one line a job that was touched, counts of the rest.
//
//   web    healthy (3.2s)
//   db     failed: deployment 1a2b3c4d failed
//   12 jobs up to date, 1 job not deployed
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

using Counts = std::vector<std::pair<std::size_t, std::string>>;

// "4 running, 2 not known; of these 1 without a spec": what `each` counts adds up to all of them,
// what `of_these` counts overlaps with that. What is none is left out.
std::string CountsText(const Counts& each, const Counts& of_these);

class Summary {
 public:
  void Touched(std::string job, std::string what, Style style = Style::kPlain);

  // "12 jobs " + `what`; jobs of the same kind add up. Kinds come in the order of their first use.
  void Untouched(const std::string& what, std::size_t jobs = 1);

  bool empty() const { return touched_.empty() && untouched_.empty(); }

  // Without line breaks, escaped.
  std::vector<std::string> Lines(const Painter& paint) const;

 private:
  struct Row {
    std::string job;
    std::string what;
    Style style;
  };
  std::vector<Row> touched_;
  std::vector<std::pair<std::string, std::size_t>> untouched_;
};

}  // namespace nmgr::report
