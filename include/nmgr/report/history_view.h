// What `history` shows: the runs that wrote, or one of them.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::report {

// The newest first, as they are given.
void ReportRuns(Reporter& out, const std::vector<rollout::PastRun>& runs);
void ReportRun(Reporter& out, const rollout::PastRun& run);

// The versions of one job that Nomad keeps, the newest first, beside the runs that made them.
struct VersionHistory {
  nomad::JobRef ref;
  std::string name;
  std::vector<nomad::JobVersion> versions;
  std::vector<rollout::PastRun> runs;  // of this Nomad
  bool diff = false;                   // what each changed
};
void ReportVersions(Reporter& out, const VersionHistory& history);

// "nmgr up web": as it was typed, without what is a secret.
std::string CommandOf(const rollout::PastRun& run);
// "1a2b3c4d5e6f", and "+" where the disk held something else; "" where no commit is known.
std::string CommitWords(const rollout::RunHead& head);
// "version 3", "stopped (version 4)", "absent"; "?" where nobody knows.
std::string PointWords(const rollout::JobPoint& point);

std::vector<JsonShape> HistoryShapes();

}  // namespace nmgr::report
