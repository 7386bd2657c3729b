// What `find` shows: the IDs of jobs whose specs hold a string, or the lines that do.
#pragma once

#include <vector>

#include "nmgr/repo/search.h"
#include "nmgr/repo/selection.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"

namespace nmgr::report {

// `searched` has an entry for each of selection.specs.
void ReportMatches(Reporter& out, const repo::Selection& selection,
                   const std::vector<repo::SpecMatches>& searched, bool lines);

std::vector<JsonShape> FindShapes();

}  // namespace nmgr::report
