#include "nmgr/report/record_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/report/rollout.h"
#include "nmgr/report/table.h"

namespace nmgr::report {
namespace {

nlohmann::json StoppedJson(const std::vector<rollout::StoppedJob>& jobs) {
  nlohmann::json list = nlohmann::json::array();
  for (const rollout::StoppedJob& job : jobs) {
    list.push_back({{"id", job.ref.id},
                    {"namespace", job.ref.name_space},
                    {"region", job.ref.region},
                    {"stopped_at", job.stopped_at}});
  }
  return list;
}

}  // namespace

std::string StopTime(const std::string& stopped_at) {
  std::string text = stopped_at.substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text + " UTC";
}

void TellNothingStopped(Reporter& out, const rollout::StoppedRecord& record) {
  std::string since = record.since();
  if (!since.empty()) since = " since " + StopTime(since);
  out.Notice(fmt::format("nothing to bring back (nothing was stopped by `down` here{})", since));
}

void ReportStopped(Reporter& out, const rollout::StoppedRecord& record,
                   const std::vector<rollout::StoppedJob>& jobs) {
  out.Json({{"action", "up"}, {"record", record.path()}, {"stopped", StoppedJson(jobs)}});
  if (jobs.empty()) TellNothingStopped(out, record);
  Table table({"ID", "NAMESPACE", "STOPPED"});
  table.NamesIn(0);
  for (const rollout::StoppedJob& job : jobs) {
    table.AddRow({{job.ref.id}, {job.ref.name_space}, {StopTime(job.stopped_at)}});
  }
  Print(out, table);
}

void TellForgotten(Reporter& out, const std::string& name, bool dry_run) {
  out.Line(dry_run ? "[DRY RUN] would forget that " + name + " was stopped" : name + " forgotten");
}

void ReportForgotten(Reporter& out, const rollout::StoppedRecord& record,
                     const std::vector<rollout::StoppedJob>& jobs, bool dry_run) {
  if (jobs.empty()) out.Notice("nothing to forget");
  out.Json({{"action", "up"},
            {"dry_run", dry_run},
            {"record", record.path()},
            {"forgotten", StoppedJson(jobs)}});
}

std::vector<JsonShape> UpShapes() {
  const JsonFields stopped = {
      shape::Text("id", "the job's ID"), shape::Text("namespace", "where it was"),
      shape::Text("region", "where it was"), shape::Text("stopped_at", "a time, UTC")};
  const JsonFields record = {shape::Text("action", "up"),
                             shape::Text("record", "the file that holds it")};
  std::vector<JsonShape> shapes = RolloutShapes();
  const std::vector<JsonShape> of_record = {
      {.when = "--restore --list",
       .fields = shape::All({record, {shape::Objects("stopped", "what `down` stopped", stopped)}})},
      {.when = "--forget",
       .fields = shape::All({record,
                             {shape::Flag("dry_run", "-n was given"),
                              shape::Objects("forgotten", "by the record", stopped)}})}};
  shapes.insert(shapes.end(), of_record.begin(), of_record.end());
  return shapes;
}

}  // namespace nmgr::report
