#include "nmgr/report/history_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "nmgr/base/clock.h"
#include "nmgr/base/text.h"
#include "nmgr/report/plan_view.h"
#include "nmgr/report/record_view.h"
#include "nmgr/report/table.h"
#include "report/times.h"

namespace nmgr::report {
namespace {

using rollout::JobPoint;
using rollout::PastJob;
using rollout::PastRun;
using rollout::PastWrite;
using rollout::RunHead;
using rollout::WriteEnd;

bool IsBadOutcome(const std::string& outcome) {
  return outcome == "failed" || outcome == "refused" || outcome == "timed_out" ||
         outcome == "needs_promotion";
}

bool IsGoodOutcome(const std::string& outcome) {
  return outcome == "done" || outcome == "submitted";
}

bool HasDoubt(const PastJob& job) {
  return std::any_of(job.writes.begin(), job.writes.end(), [](const PastWrite& write) {
    return write.end == WriteEnd::kInDoubt && !write.after.index;
  });
}

// "3 done, 1 failed, 2 not ended".
Cell ResultCell(const PastRun& run) {
  std::size_t good = 0;
  std::size_t bad = 0;
  std::size_t open = 0;
  for (const PastJob& job : run.jobs) {
    if (IsGoodOutcome(job.outcome)) {
      ++good;
    } else if (IsBadOutcome(job.outcome)) {
      ++bad;
    } else {
      ++open;
    }
  }
  std::vector<std::string> parts;
  if (good != 0) parts.push_back(fmt::format("{} done", good));
  if (bad != 0) parts.push_back(fmt::format("{} failed", bad));
  const char* how = run.cut ? "known" : run.ended.empty() ? "ended" : "done";
  if (open != 0) parts.push_back(fmt::format("{} not {}", open, how));
  if (run.interrupted) parts.emplace_back("interrupted");
  const Style style = bad != 0 ? Style::kRed : open != 0 ? Style::kYellow : Style::kPlain;
  return {Join(parts, ", "), style};
}

// Where a job of the run stood before it, and where it brought it.
JobPoint BeforeOf(const PastJob& job) {
  const auto own = std::find_if(job.writes.begin(), job.writes.end(),
                                [&](const PastWrite& write) { return write.ref == job.ref; });
  return own == job.writes.end() ? JobPoint{} : own->before;
}

const PastWrite* LastOf(const PastJob& job) {
  const auto own = std::find_if(job.writes.rbegin(), job.writes.rend(),
                                [&](const PastWrite& write) { return write.ref == job.ref; });
  return own == job.writes.rend() ? nullptr : &*own;
}

// Of a job that was not written itself: how many of those that it launched were.
std::string LaunchedWords(const PastRun& run, const PastJob& job) {
  std::set<nomad::JobRef> stopped;
  for (const PastWrite& write : job.writes) {
    if (write.end == WriteEnd::kDone) stopped.insert(write.ref);
  }
  if (stopped.empty() && run.cut && job.outcome.empty()) return "not known";
  return stopped.empty() ? "not written" : Count(stopped.size(), "child", "children") + " stopped";
}

std::string StepWords(const PastRun& run, const PastJob& job) {
  const PastWrite* last = LastOf(job);
  if (last == nullptr) return LaunchedWords(run, job);
  std::string after = last->end == WriteEnd::kFailed ? "not taken" : PointWords(last->after);
  if (last->end == WriteEnd::kInDoubt && !last->after.index) after = "not known";
  return PointWords(BeforeOf(job)) + " -> " + after;
}

std::string OutcomeWords(const PastRun& run, const PastJob& job) {
  if (job.outcome.empty() && run.cut) return "not known: the journal could not be written";
  if (job.outcome.empty()) return HasDoubt(job) ? "not known: the run was cut off" : "not ended";
  return job.summary.empty() ? job.outcome : job.summary;
}

nlohmann::json PointDocument(const JobPoint& point) {
  nlohmann::json json = {{"exists", point.exists}, {"stop", point.stop}};
  json["index"] = point.index ? nlohmann::json(*point.index) : nlohmann::json();
  json["version"] = point.version ? nlohmann::json(*point.version) : nlohmann::json();
  return json;
}

std::string EndName(WriteEnd end) {
  if (end == WriteEnd::kDone) return "done";
  return end == WriteEnd::kFailed ? "failed" : "in_doubt";
}

nlohmann::json HeadDocument(const PastRun& run) {
  const RunHead& head = run.head;
  nlohmann::json json = {{"id", head.id},
                         {"at", head.at},
                         {"ended", run.ended},
                         {"interrupted", run.interrupted},
                         {"cut", run.cut},
                         {"action", head.action},
                         {"arguments", head.arguments},
                         {"user", head.user},
                         {"host", head.host},
                         {"commit", head.commit},
                         {"nmgr", head.build},
                         {"address", head.address},
                         {"region", head.region},
                         {"base_dir", head.base_dir},
                         {"undoes", head.undoes}};
  json["dirty"] = head.dirty ? nlohmann::json(*head.dirty) : nlohmann::json();
  nlohmann::json jobs = nlohmann::json::array();
  for (const PastJob& job : run.jobs) {
    nlohmann::json writes = nlohmann::json::array();
    for (const PastWrite& write : job.writes) {
      writes.push_back({{"id", write.ref.id},
                        {"namespace", write.ref.name_space},
                        {"kind", WriteName(write.kind)},
                        {"at", write.at},
                        {"end", EndName(write.end)},
                        {"error", write.error},
                        {"before", PointDocument(write.before)},
                        {"after", PointDocument(write.after)}});
    }
    jobs.push_back({{"id", job.ref.id},
                    {"namespace", job.ref.name_space},
                    {"region", job.ref.region},
                    {"path", job.path},
                    {"infra", job.infra},
                    {"move", job.move},
                    {"reason", job.reason},
                    {"outcome", job.outcome},
                    {"summary", job.summary},
                    {"writes", std::move(writes)}});
  }
  json["jobs"] = std::move(jobs);
  return json;
}

JsonFields PointFields() {
  return {shape::Flag("exists", "Nomad has the job"), shape::Flag("stop", "it is stopped"),
          shape::OrNull(shape::Whole("index", "its JobModifyIndex; null: not known")),
          shape::OrNull(shape::Whole("version", "as Nomad counts; null: not known"))};
}

JsonFields RunFields() {
  const JsonFields write = {
      shape::Text("id", "of the job, or of what it launched"),
      shape::Text("namespace", "where it is"),
      shape::Text("kind", "register, stop, purge, revert, evaluate, promote, restart"),
      shape::Text("at", "when it was sent, UTC"),
      shape::Text("end", "done, failed, in_doubt"),
      shape::Text("error", "why it failed or is in doubt"),
      shape::Object("before", "where the job stood", PointFields()),
      shape::Object("after", "where it stands after it", PointFields())};
  const JsonFields job = shape::All(
      {JobFields(),
       {shape::Text("move", "what was to be done, in a word"), shape::Text("reason", "why"),
        shape::Text("outcome", "as that of `up`; empty: the run ended before"),
        shape::Text("summary", "the outcome in words"),
        shape::Objects("writes", "to Nomad, in their order", write)}});
  return {shape::Text("id", "its name"),
          shape::Text("at", "when it began, UTC"),
          shape::Text("ended", "when it ended, UTC; empty: it is under way, or was killed"),
          shape::Flag("interrupted", "by Ctrl-C and its like"),
          shape::Flag("cut",
                      "its journal could not be written to its end: what is missing is not known"),
          shape::Text("action", "its name"),
          shape::Texts("arguments", "as they were typed, without what is a secret"),
          shape::Text("user", "who ran it"),
          shape::Text("host", "where"),
          shape::Text("commit", "of the repository; empty: not known"),
          shape::OrNull(shape::Flag("dirty", "the disk held something else; null: not known")),
          shape::Text("nmgr", "the build that ran"),
          shape::Text("address", "of Nomad"),
          shape::Text("region", "of Nomad"),
          shape::Text("base_dir", "where the specs were"),
          shape::Text("undoes", "the run that it took back; empty: none"),
          shape::Objects("jobs", "with which something was to be done", job)};
}

const PastRun* RunOf(const VersionHistory& history, const nomad::JobVersion& version) {
  const auto run = std::find_if(history.runs.rbegin(), history.runs.rend(), [&](const PastRun& it) {
    return it.Made(history.ref, version.version, version.job_modify_index);
  });
  return run == history.runs.rend() ? nullptr : &*run;
}

std::string SubmitText(const nomad::JobVersion& version) {
  return version.submit_time_ns == 0 ? "" : UtcText(AtNs(version.submit_time_ns));
}

std::vector<std::string> ImagesOf(const nomad::JobVersion& version) {
  std::vector<std::string> images;
  for (const nomad::TaskImage& task : version.tasks) {
    const bool known = std::find(images.begin(), images.end(), task.image) != images.end();
    if (!task.image.empty() && !known) images.push_back(task.image);
  }
  return images;
}

nlohmann::json VersionDocument(const nomad::JobVersion& version, const PastRun* run) {
  return {{"version", version.version},
          {"job_modify_index", version.job_modify_index},
          {"registered", SubmitText(version)},
          {"stable", version.stable},
          {"stop", version.stop},
          {"images", ImagesOf(version)},
          {"run", run == nullptr ? "" : run->head.id},
          {"user", run == nullptr ? "" : run->head.user},
          {"commit", run == nullptr ? "" : run->head.commit}};
}

JsonFields VersionFields() {
  return {shape::Whole("version", "as Nomad counts"),
          shape::Whole("job_modify_index", "its JobModifyIndex"),
          shape::Text("registered", "when, UTC; empty: not told"),
          shape::Flag("stable", "its deployment was successful"),
          shape::Flag("stop", "the job was stopped by it"),
          shape::Texts("images", "of its tasks"),
          shape::Text("run", "that made it; empty: none on record"),
          shape::Text("user", "of that run"),
          shape::Text("commit", "of that run")};
}

}  // namespace

std::string CommandOf(const PastRun& run) {
  return run.head.arguments.empty() ? run.head.action : Join(run.head.arguments, " ");
}

std::string CommitWords(const RunHead& head) {
  constexpr std::size_t kShort = 10;
  if (head.commit.empty()) return {};
  return head.commit.substr(0, kShort) + (head.dirty.value_or(false) ? "+" : "");
}

std::string PointWords(const JobPoint& point) {
  if (!point.exists) return "absent";
  const std::string version = point.version ? fmt::format("version {}", *point.version) : "";
  if (point.stop) return version.empty() ? "stopped" : "stopped, " + version;
  return version.empty() ? "?" : version;
}

void ReportRuns(Reporter& out, const std::vector<PastRun>& runs) {
  nlohmann::json list = nlohmann::json::array();
  std::set<std::string> addresses;
  for (const PastRun& run : runs) {
    list.push_back(HeadDocument(run));
    addresses.insert(run.head.address);
  }
  out.Json({{"action", "history"}, {"runs", std::move(list)}});
  if (runs.empty()) out.Notice("no run that wrote is on record here");
  const bool several = addresses.size() > 1;
  std::vector<std::string> headings = {"RUN", "STARTED", "BY", "COMMIT", "RESULT"};
  if (several) headings.emplace_back("NOMAD");
  headings.emplace_back("COMMAND");
  Table table(headings);
  table.MayGo(2);
  table.MayGo(1);
  if (several) table.MayGo(5);
  table.MayGo(3);
  table.SentenceIn(headings.size() - 1);
  for (const PastRun& run : runs) {
    std::vector<Cell> row = {{run.head.id, Style::kBold},
                             {StopTime(run.head.at)},
                             {run.head.user},
                             {CommitWords(run.head)},
                             ResultCell(run)};
    if (several) row.push_back({run.head.address});
    row.push_back({CommandOf(run)});
    table.AddRow(std::move(row));
  }
  Print(out, table);
}

void ReportRun(Reporter& out, const PastRun& run) {
  out.Json({{"action", "history"}, {"run", HeadDocument(run)}});
  const RunHead& head = run.head;
  Table about;
  about.SentenceIn(1);
  about.AddRow({{"run", Style::kBold}, {head.id}});
  about.AddRow({{"command", Style::kBold}, {CommandOf(run)}});
  about.AddRow({{"started", Style::kBold}, {StopTime(head.at)}});
  about.AddRow(
      {{"ended", Style::kBold},
       {run.cut             ? "not on record: its journal could not be written to its end"
        : run.ended.empty() ? "not on record: it is under way, or was killed"
                            : StopTime(run.ended) + (run.interrupted ? ", interrupted" : "")}});
  about.AddRow({{"by", Style::kBold}, {head.user + " on " + head.host}});
  if (!head.commit.empty()) {
    const bool dirty = head.dirty.value_or(false);
    about.AddRow({{"commit", Style::kBold},
                  {head.commit + (dirty ? ", and changes that were not committed" : "")}});
  }
  about.AddRow({{"nomad", Style::kBold}, {head.address + ", region " + head.region}});
  if (!head.undoes.empty()) about.AddRow({{"takes back", Style::kBold}, {head.undoes}});
  Print(out, about);
  Table table({"JOB", "WHAT", "FROM -> TO", "OUTCOME"});
  table.NamesIn(0);
  table.MayGo(1);
  table.SentenceIn(3);
  for (const PastJob& job : run.jobs) {
    const Style style = IsBadOutcome(job.outcome)    ? Style::kRed
                        : IsGoodOutcome(job.outcome) ? Style::kPlain
                                                     : Style::kYellow;
    table.AddRow({{job.name}, {job.move}, {StepWords(run, job)}, {OutcomeWords(run, job), style}});
  }
  if (!table.empty()) out.Line("");
  Print(out, table);
}

void ReportVersions(Reporter& out, const VersionHistory& history) {
  nlohmann::json list = nlohmann::json::array();
  Table table({"VERSION", "REGISTERED", "", "RUN", "BY", "COMMIT", "IMAGES"});
  table.MayCrop(6);
  table.MayGo(4);
  table.MayGo(1);
  for (const nomad::JobVersion& version : history.versions) {
    const PastRun* run = RunOf(history, version);
    const bool live = &version == &history.versions.front();
    list.push_back(VersionDocument(version, run));
    std::vector<std::string> marks;
    if (live) marks.emplace_back("now");
    if (version.stop) marks.emplace_back("stopped");
    if (version.stable) marks.emplace_back("stable");
    table.AddRow({{std::to_string(version.version), Style::kBold},
                  {version.submit_time_ns == 0 ? "" : StopTime(SubmitText(version))},
                  {Join(marks, ", ")},
                  {run == nullptr ? "-" : run->head.id},
                  {run == nullptr ? "" : run->head.user},
                  {run == nullptr ? "" : CommitWords(run->head)},
                  {Join(ImagesOf(version), ", ")}});
  }
  out.Json({{"action", "history"},
            {"id", history.ref.id},
            {"namespace", history.ref.name_space},
            {"versions", std::move(list)}});
  if (!history.diff) return Print(out, table);
  for (const nomad::JobVersion& version : history.versions) {
    const PastRun* run = RunOf(history, version);
    out.Line(fmt::format("{} version {}{}", history.name, version.version,
                         run == nullptr ? "" : ", by run " + run->head.id));
    if (!version.diff) continue;
    rollout::JobFacts facts;
    facts.ref = history.ref;
    facts.name = history.name;
    facts.plan.emplace();
    facts.plan->diff_type = "Edited";
    facts.plan->diff = version.diff;
    PlanView view;
    view.reveal_hint = "values under such names are never shown here";
    if (!out.json()) out.Raw(PlanText(out, facts, view, OutPainter(out)));
  }
}

std::vector<JsonShape> HistoryShapes() {
  const JsonField action = shape::Text("action", "history");
  return {{.fields = {action, shape::Objects("runs", "the newest first", RunFields())}},
          {.when = "JOB",
           .fields = {action, shape::Text("id", "the job's ID"),
                      shape::Text("namespace", "where it is; empty: as the connection is set"),
                      shape::Objects("versions", "that Nomad keeps, the newest first",
                                     VersionFields())}},
          {.when = "RUN", .fields = {action, shape::Object("run", "that run", RunFields())}}};
}

}  // namespace nmgr::report
