// What is under way of a run, as lines for a screen: the totals, and one line a job. Pure: the time
// is given, and nothing is drawn here.
//
//   2 of 9 done, 1 failed, 3 under way, 1m02s
//   web       updating   1/2  12s  task web exits with 1, 2 times
//   postgres  starting   0/1   3s  new
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/report/reporter.h"
#include "nmgr/rollout/wait.h"

namespace nmgr::report {

class LiveBoard {
 public:
  // `steps`: how many jobs something is to be done with.
  void Begin(std::size_t steps, TimePoint now);
  void Started(const std::string& job, std::string phase, std::string why, TimePoint now);
  void Said(const std::string& job, const rollout::WaitNews& news);
  void Noticed(const std::string& job, std::string what);
  void Finished(const std::string& job, bool failed);

  bool empty() const { return rows_.empty(); }

  // In the order in which they began, escaped, none wider than `columns`: what does not fit is
  // left out from the right, a reason first.
  std::vector<std::string> Lines(TimePoint now, int columns, const Painter& paint) const;

 private:
  struct Row {
    std::string job;
    std::string phase;
    std::string reason;
    std::optional<rollout::WaitNews::Tally> tally;
    TimePoint since;
    bool in_trouble = false;
  };

  Row* Find(const std::string& job);
  std::string TotalsLine(TimePoint now, const Painter& paint) const;

  std::vector<Row> rows_;
  std::size_t steps_ = 0;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  TimePoint begun_;
};

}  // namespace nmgr::report
