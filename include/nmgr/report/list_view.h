// What `list` shows: IDs, a table, or what took each job.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"
#include "nmgr/repo/selection.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

// One job of a selection; what is not in its spec is there for a detailed list.
struct ListedJob {
  const repo::SelectedJob* job = nullptr;
  std::string state = {};  // "?" where Nomad did not answer
  std::vector<std::string> images = {};
};

struct ListView {
  bool detailed = false;
  bool why = false;
};

// `jobs` are those of `selection`, which has its reasons where they are wanted.
void ReportList(Reporter& out, const std::vector<ListedJob>& jobs, const repo::Selection& selection,
                const ListView& view);
// `names`: what they are shown as, where not in detail. `namespaces`: where they were looked for.
void ReportOrphans(Reporter& out, const std::vector<nomad::JobSummary>& orphans,
                   const std::vector<std::string>& names,
                   const std::vector<std::string>& namespaces, bool detailed);

std::vector<JsonShape> ListShapes();

}  // namespace nmgr::report
