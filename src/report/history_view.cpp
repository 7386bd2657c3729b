#include "nmgr/report/history_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/record_view.h"
#include "nmgr/report/table.h"

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
  if (open != 0)
    parts.push_back(fmt::format("{} not {}", open, run.ended.empty() ? "ended" : "done"));
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

std::string StepWords(const PastJob& job) {
  const PastWrite* last = LastOf(job);
  if (last == nullptr) return "not written";
  std::string after = last->end == WriteEnd::kFailed ? "not taken" : PointWords(last->after);
  if (last->end == WriteEnd::kInDoubt && !last->after.index) after = "not known";
  return PointWords(BeforeOf(job)) + " -> " + after;
}

std::string OutcomeWords(const PastJob& job) {
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
       {run.ended.empty() ? "not on record: it is under way, or was killed"
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
    table.AddRow({{job.name}, {job.move}, {StepWords(job)}, {OutcomeWords(job), style}});
  }
  if (!table.empty()) out.Line("");
  Print(out, table);
}

std::vector<JsonShape> HistoryShapes() {
  const JsonField action = shape::Text("action", "history");
  return {{.fields = {action, shape::Objects("runs", "the newest first", RunFields())}},
          {.when = "RUN", .fields = {action, shape::Object("run", "that run", RunFields())}}};
}

}  // namespace nmgr::report
