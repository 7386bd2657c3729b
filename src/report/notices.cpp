#include "nmgr/report/notices.h"

#include <fmt/format.h>

#include "nmgr/base/text.h"

namespace nmgr::report {

void TellNotices(Reporter& out, const std::vector<std::string>& notices) {
  for (const std::string& notice : notices) out.Notice(notice);
}

void TellNewestLaunch(Reporter& out, std::string_view job, std::string_view launch) {
  out.Notice(fmt::format("{}: the newest of what it launched: {}", job, launch));
}

void TellNoAllocation(Reporter& out, std::string_view job, bool previous) {
  out.Notice(fmt::format(
      "{}: {}", job,
      previous ? "there is no allocation before the one it has" : "it has no allocation"));
}

void TellEndedInstead(Reporter& out, std::string_view job, const std::vector<std::string>& ended) {
  out.Notice(fmt::format("{}: nothing of it runs now; of what ran last: {}", job, SomeOf(ended)));
}

void TellNotBegun(Reporter& out, std::string_view task) {
  out.Notice(fmt::format("{}: has not started yet", task));
}

void TellNeverStarted(Reporter& out, const nmgr::Error& why) { out.Notice(why.message); }

void TellFollowed(Reporter& out, std::string_view job, std::string_view place) {
  out.Notice(fmt::format("{}: now {}", job, place));
}

void TellWaitsForLogs(Reporter& out, std::string_view job) {
  out.Notice(fmt::format("{}: nothing of it runs now; what comes will be shown, Ctrl-C ends", job));
}

void TellLogsLost(Reporter& out, const nmgr::Error& why) {
  out.Notice("the connection was lost, and the logs go on when it is there again: " + why.message);
}

void TellOneOfMany(Reporter& out, std::string_view job, std::string_view where, std::size_t count) {
  out.Notice(fmt::format("{}: in {}, one of {}", job, where, count));
}

void TellMayGoOn(Reporter& out, std::string_view where) {
  out.Notice(fmt::format("interrupted; the command may go on in {}", where));
}

void TellUnwatchable(Reporter& out, const nmgr::Error& why) {
  out.Notice("what changes cannot be seen, and is asked for again: " + why.message);
}

void TellVariablePlace(Reporter& out, std::string_view place) {
  out.Notice(fmt::format("--var comes from {}", place));
}

void TellNoMatch(Reporter& out, std::string_view wanted) {
  out.Notice(fmt::format("no spec holds \"{}\"", wanted));
}

void TellEndedLaunches(Reporter& out, std::size_t count) {
  if (count == 0) return;
  out.Notice(Count(count, "ended launch", "ended launches") +
             " of jobs that are gone left out: Nomad's garbage collection removes them");
}

void TellPlanKept(Reporter& out, const Path& file) {
  out.Notice(fmt::format("kept in {0}; `nmgr up --plan {0}` carries out just that", file));
}

void TellEmptyPlan(Reporter& out, const Path& file) { out.Notice(file + " holds no job"); }

void TellTakenBack(Reporter& out, std::string_view run, std::string_view command) {
  out.Notice(fmt::format("takes back {}: {}", run, command));
}

}  // namespace nmgr::report
