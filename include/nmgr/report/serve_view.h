// What `serve --once` and `sync status` show: a table of verdicts, and a line a source.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/sync/status.h"
#include "nmgr/sync/verdict.h"

namespace nmgr::report {

struct ServeView {
  std::vector<sync::SourceStatus> sources;
  std::vector<sync::JobStatus> jobs;
  bool dry_run = false;
};

// Jobs that need a look first, then what was or will be done; those in sync are only counted unless
// `all`. Last a line for each source: its commit, its counts, what is wrong with it.
void ReportServe(Reporter& out, const ServeView& view, bool all);

// Lines of the daemon's log. A commit that was fetched; and after a sync each job whose verdict has
// changed since `before`, or after the first one also how many jobs have which.
std::string CommitWords(const sync::SourceStatus& source);
std::vector<std::string> ChangeWords(const sync::SourceStatus& source,
                                     const std::vector<sync::JobStatus>& jobs,
                                     const std::vector<sync::JobStatus>& before);

// What `sync VERB SOURCE [JOB...]` has written.
struct SteeredView {
  std::string source;
  std::vector<std::string> jobs;
  std::string verb;
  std::string done;  // "asked for a sync"
};
void ReportSteered(Reporter& out, const SteeredView& view);
// What it would write to the variable `path`.
void ReportDrySteering(Reporter& out, std::string_view path, std::string_view done);
void TellNoSource(Reporter& out);

// As documents have them, those of the HTTP API too.
nlohmann::ordered_json ToJson(const sync::SourceStatus& source);
nlohmann::ordered_json ToJson(const sync::JobStatus& job);
// Without verdicts that no job has.
nlohmann::ordered_json ToJson(const std::map<sync::Verdict, std::size_t>& counts);
JsonFields SourceFields();
JsonFields JobStatusFields();
std::vector<JsonShape> ServeShapes();
std::vector<JsonShape> SyncShapes();

}  // namespace nmgr::report
