// What `serve --once` and `sync status` show: a table of verdicts, and a line a source.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/sync/status.h"

namespace nmgr::report {

struct ServeView {
  std::vector<sync::SourceStatus> sources;
  std::vector<sync::JobStatus> jobs;
  bool dry_run = false;
};

// Jobs that need a look first, then what was or will be done; those in sync are only counted unless
// `all`. Last a line for each source: its commit, its counts, what is wrong with it.
void ReportServe(Reporter& out, const ServeView& view, bool all);

nlohmann::json ToJson(const sync::SourceStatus& source);
nlohmann::json ToJson(const sync::JobStatus& job);
JsonFields SourceFields();
JsonFields JobStatusFields();
std::vector<JsonShape> ServeShapes();
std::vector<JsonShape> SyncShapes();

}  // namespace nmgr::report
