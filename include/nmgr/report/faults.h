// The faults of many specs, for people: as few words as say it all. JSON has every one
// that is kept (Diagnostics::kMostKept).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nmgr/base/path.h"
#include "nmgr/hcl/syntax/diagnostics.h"
#include "nmgr/report/reporter.h"

namespace nmgr::report {

inline constexpr std::size_t kMostFaultsShown = 3;

// Of each spec the first kMostFaultsShown, the last of which tells how many more there are; what
// several specs have in common (the same words) once, with their number and the names of some.
hcl::Diagnostics Condensed(const std::vector<const hcl::Diagnostics*>& specs);

// Shows the diagnostics of all, condensed where a person reads them.
void ReportFaults(Reporter& out, const std::vector<const hcl::Diagnostics*>& specs);

// What failed of one job. The message may name the job in front or not.
struct JobError {
  std::string job;
  Error error;
};

// In their order, each behind its job; what several jobs have in common, but for the job that a
// path of Nomad's names, once: "web: Nomad refused GET /v1/job/web: ... (the same of 2 other jobs:
// db, mail)".
std::vector<Error> CondensedErrors(const std::vector<JobError>& errors);
void ReportErrors(Reporter& out, const std::vector<JobError>& errors);

// "web: 2 specs have this ID: a/web.hcl, b/web.hcl": `path` and those of further specs.
std::string DuplicatesText(const std::string& name, const Path& path,
                           const std::vector<Path>& others);

}  // namespace nmgr::report
