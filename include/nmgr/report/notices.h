// What actions say beside their results, on stderr: a function for each thing that is said.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/base/path.h"
#include "nmgr/report/reporter.h"

namespace nmgr::report {

// Of whatever selects jobs.
void TellNotices(Reporter& out, const std::vector<std::string>& notices);

// `launch` is what is looked at in the place of the job that launched it.
void TellNewestLaunch(Reporter& out, std::string_view job, std::string_view launch);

// logs. `previous`: an earlier allocation was asked for.
void TellNoAllocation(Reporter& out, std::string_view job, bool previous);
void TellEndedInstead(Reporter& out, std::string_view job, const std::vector<std::string>& ended);
void TellNotBegun(Reporter& out, std::string_view task);
void TellNeverStarted(Reporter& out, const nmgr::Error& why);
void TellFollowed(Reporter& out, std::string_view job, std::string_view place);
void TellWaitsForLogs(Reporter& out, std::string_view job);
void TellLogsLost(Reporter& out, const nmgr::Error& why);

// exec. `where`: the task and its allocation.
void TellOneOfMany(Reporter& out, std::string_view job, std::string_view where, std::size_t count);
void TellMayGoOn(Reporter& out, std::string_view where);

// What `--watch` watches cannot be held open.
void TellUnwatchable(Reporter& out, const nmgr::Error& why);

// A value of a variable that no option of this run gives.
void TellVariablePlace(Reporter& out, std::string_view place);

void TellNoMatch(Reporter& out, std::string_view wanted);
void TellEndedLaunches(Reporter& out, std::size_t count);
void TellPlanKept(Reporter& out, const Path& file);
void TellEmptyPlan(Reporter& out, const Path& file);
// `command`: that of the run.
void TellTakenBack(Reporter& out, std::string_view run, std::string_view command);

}  // namespace nmgr::report
