// What `up --restore --list` and `up --forget` show of the record of stopped jobs.
#pragma once

#include <string>
#include <vector>

#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/record.h"

namespace nmgr::report {

// "2026-11-21 04:11:25 UTC": the record's times are finer than a person wants them.
std::string StopTime(const std::string& stopped_at);
// That there is nothing to bring back, and since when.
void TellNothingStopped(Reporter& out, const rollout::StoppedRecord& record);

// `jobs` are those of the record that are meant, or were taken out.
void ReportStopped(Reporter& out, const rollout::StoppedRecord& record,
                   const std::vector<rollout::StoppedJob>& jobs);
// One job, while it is taken out.
void TellForgotten(Reporter& out, const std::string& name, bool dry_run);
void ReportForgotten(Reporter& out, const rollout::StoppedRecord& record,
                     const std::vector<rollout::StoppedJob>& jobs, bool dry_run);

// All documents of `up`.
std::vector<JsonShape> UpShapes();

}  // namespace nmgr::report
