#include "nmgr/report/serve_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/table.h"
#include "nmgr/sync/ledger_job.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::report {
namespace {

using sync::JobStatus;
using sync::SourceStatus;
using sync::Verdict;

constexpr std::size_t kShownCommit = 12;
constexpr std::size_t kMostUnreachable = 3;  // lines of a log

Style VerdictStyle(Verdict verdict) {
  switch (verdict) {
    case Verdict::kInSync:
      return Style::kGreen;
    case Verdict::kFailed:
    case Verdict::kKnownBad:
    case Verdict::kFrozen:
    case Verdict::kConflict:
    case Verdict::kUnreachable:
      return Style::kRed;
    default:
      return Style::kYellow;
  }
}

// Of what a person has to do something about, of what happens, of the rest.
int Rank(const JobStatus& job) {
  if (sync::NeedsALook(job.verdict)) return 0;
  return job.verdict == Verdict::kInSync ? 2 : 1;
}

std::string VerdictCounts(const SourceStatus& source) {
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : source.counts) {
    parts.push_back(fmt::format("{} {}", count, sync::WordOf(verdict)));
  }
  return parts.empty() ? "no jobs" : Join(parts, ", ");
}

std::string SourceLine(const SourceStatus& source) {
  std::string line = source.name + ": ";
  if (source.commit.empty()) {
    line += "nothing fetched yet";
  } else {
    line += fmt::format("{} {}; {}", source.ref, source.commit.substr(0, kShownCommit),
                        VerdictCounts(source));
  }
  if (source.paused) {
    line += "; paused";
    if (!source.paused->by.empty()) line += " by " + source.paused->by;
    if (source.paused->until) line += " until " + sync::StateTime(*source.paused->until);
    if (!source.paused->why.empty()) line += " (" + source.paused->why + ")";
  }
  return line;
}

nlohmann::ordered_json WhenJson(const std::optional<WallTime>& time) {
  return time ? nlohmann::ordered_json(UtcText(*time)) : nlohmann::ordered_json();
}

JsonField WhenField(std::string_view name, std::string_view means) {
  return shape::OrNull(shape::Text(name, means));
}

}  // namespace

void ReportServe(Reporter& out, const ServeView& view, bool all) {
  std::vector<const JobStatus*> jobs;
  for (const JobStatus& job : view.jobs) {
    if (all || job.verdict != Verdict::kInSync || !job.reason.empty()) jobs.push_back(&job);
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const auto* a, const auto* b) { return Rank(*a) < Rank(*b); });
  Table table({"SOURCE", "NAMESPACE", "JOB", "VERDICT", "WHY"});
  table.MayGo(1);
  table.NamesIn(2);
  table.SentenceIn(4);
  for (const JobStatus* job : jobs) {
    std::string why = job->reason;
    if (!job->hint.empty()) why += (why.empty() ? "" : "; ") + job->hint;
    table.AddRow({{job->source},
                  {job->name_space},
                  {job->id.empty() ? job->path : job->id},
                  {sync::Words(job->verdict, job->hold), VerdictStyle(job->verdict)},
                  {std::move(why)}});
  }
  table.Hide(out);
  Print(out, table);
  for (const SourceStatus& source : view.sources) {
    out.Line(out.Hide(SourceLine(source)));
    if (!source.error.empty()) {
      out.Error({ErrorCode::kIo, source.name + ": " + source.error, source.hint});
    }
  }
  nlohmann::json json = {{"dry_run", view.dry_run},
                         {"sources", nlohmann::json::array()},
                         {"jobs", nlohmann::json::array()}};
  for (const SourceStatus& source : view.sources)
    json["sources"].push_back(nlohmann::json(ToJson(source)));
  for (const JobStatus& job : view.jobs) json["jobs"].push_back(nlohmann::json(ToJson(job)));
  out.Json(std::move(json));
}

std::string CommitWords(const SourceStatus& source) {
  return fmt::format("{}: commit {} by {}: {}", source.name, source.commit.substr(0, kShownCommit),
                     source.author, source.subject);
}

std::vector<std::string> ChangeWords(const SourceStatus& source, const std::vector<JobStatus>& jobs,
                                     const std::vector<JobStatus>& before) {
  std::vector<std::string> lines;
  std::map<sync::JobKey, const JobStatus*> old;
  for (const JobStatus& job : before) old[{job.name_space, job.id}] = &job;
  std::size_t unreachable = 0;
  for (const JobStatus& job : jobs) {
    const auto found = old.find({job.name_space, job.id});
    const bool same = found != old.end() && found->second->verdict == job.verdict &&
                      found->second->hold == job.hold &&
                      (job.verdict != Verdict::kFrozen || found->second->reason == job.reason);
    if (same || (found == old.end() && job.verdict == Verdict::kInSync)) continue;
    // Mostly all of them, for one cause.
    if (job.verdict == Verdict::kUnreachable && ++unreachable > kMostUnreachable) continue;
    std::string line = fmt::format("{}: {}: {}", source.name, job.id.empty() ? job.path : job.id,
                                   sync::Words(job.verdict, job.hold));
    if (!job.reason.empty()) line += ": " + job.reason;
    if (!job.hint.empty()) line += "; " + job.hint;
    lines.push_back(std::move(line));
  }
  if (unreachable > kMostUnreachable) {
    lines.push_back(
        fmt::format("{}: {} more are unreachable", source.name, unreachable - kMostUnreachable));
  }
  if (before.empty()) lines.push_back(fmt::format("{}: {}", source.name, VerdictCounts(source)));
  return lines;
}

void ReportSteered(Reporter& out, const SteeredView& view) {
  out.Line(fmt::format("{}{}: {}", view.source,
                       view.jobs.empty() ? "" : ": " + Join(view.jobs, ", "), view.done));
  out.Json({{"source", view.source}, {"verb", view.verb}, {"jobs", view.jobs}});
}

void ReportDrySteering(Reporter& out, std::string_view path, std::string_view done) {
  out.Line(fmt::format("[DRY RUN] would write {}: {}", path, done));
}

void TellNoSource(Reporter& out) { out.Notice("no source is kept here"); }

nlohmann::ordered_json ToJson(const std::map<sync::Verdict, std::size_t>& counts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [verdict, count] : counts) {
    if (count > 0) json[std::string(sync::WordOf(verdict))] = count;
  }
  return json;
}

nlohmann::ordered_json ToJson(const SourceStatus& source) {
  nlohmann::ordered_json json = {{"name", source.name},
                                 {"url", source.url},
                                 {"ref", source.ref},
                                 {"commit", source.commit},
                                 {"subject", source.subject},
                                 {"author", source.author},
                                 {"fetched_at", WhenJson(source.fetched_at)},
                                 {"applied_at", WhenJson(source.applied_at)},
                                 {"phase", sync::WordOf(source.phase)},
                                 {"error", source.error},
                                 {"next_look", WhenJson(source.next_look)},
                                 {"paused", nullptr},
                                 {"leads", source.leads},
                                 {"leader", source.leader},
                                 {"counts", ToJson(source.counts)}};
  if (source.paused) {
    json["paused"] = {{"by", source.paused->by},
                      {"at", UtcText(source.paused->at)},
                      {"until", WhenJson(source.paused->until)},
                      {"reason", source.paused->why}};
  }
  nlohmann::ordered_json& history = json["history"] = nlohmann::ordered_json::array();
  for (const sync::PastSync& past : source.history) {
    history.push_back({{"at", UtcText(past.at)},
                       {"commit", past.commit},
                       {"result", past.result},
                       {"applied", past.applied},
                       {"error", past.error}});
  }
  return json;
}

nlohmann::ordered_json ToJson(const JobStatus& job) {
  return {{"source", job.source},
          {"namespace", job.name_space},
          {"id", job.id},
          {"path", job.path},
          {"verdict", sync::WordOf(job.verdict)},
          {"hold", sync::WordOf(job.hold)},
          {"reason", job.reason},
          {"hint", job.hint},
          {"commit", job.commit},
          {"since", WhenJson(job.since)},
          {"drift_since", WhenJson(job.drift_since)}};
}

JsonFields SourceFields() {
  using namespace shape;
  return {Text("name", "its name in the config file"),
          Text("url", "of the repository, without user and password"),
          Text("ref", "what is followed: \"refs/heads/main\", or a commit"),
          Text("commit", "the last that was fetched; empty: none yet"),
          Text("subject", "the first line of its message"),
          Text("author", "who made it"),
          WhenField("fetched_at", "when the remote last answered"),
          WhenField("applied_at", "the end of the last sync of this commit"),
          Text("phase", "standby, idle, fetching, reading, planning, applying, backoff, stopping"),
          Text("error", "of the last sync; empty where there is none"),
          WhenField("next_look", "when the remote is asked again"),
          OrNull(Object("paused", "who paused it",
                        {Text("by", "empty where nobody said"), Text("at", "since when"),
                         WhenField("until", "when it goes on by itself"),
                         Text("reason", "empty where nobody said")})),
          Flag("leads", "whether this process leads it"),
          Text("leader", "who does; empty: nobody"),
          Map("counts", "of its jobs by verdict", Whole("count", "of jobs")),
          Objects("history", "the last syncs, the newest first",
                  {Text("at", "when it ended"), Text("commit", "of which"),
                   Text("result", "ok, failed, unreachable or interrupted"),
                   Whole("applied", "of its jobs"), Text("error", "what went wrong")})};
}

JsonFields JobStatusFields() {
  using namespace shape;
  return {Text("source", "whose file describes it; empty of an unmanaged job"),
          Text("namespace", "in Nomad"),
          Text("id", "in Nomad"),
          Text("path", "of its file, from the top of the repository"),
          Text("verdict",
               "in-sync, will-apply, applying, failed, known-bad, frozen, held, conflict, orphan, "
               "unmanaged, unreachable"),
          Text("hold",
               "why it is held: stopped, purged, paused, window, drift, adopt, too young, "
               "by hand, rolled back, policy, namespace, protected"),
          Text("reason", "in a sentence"),
          Text("hint", "the command that releases it"),
          Text("commit", "at which it was applied, or found equal in the last week, 12 digits"),
          WhenField("since", "it has this verdict"),
          WhenField("drift_since", "somebody else's change was seen")};
}

std::vector<JsonShape> SyncShapes() {
  using namespace shape;
  return {{.means = "How the sources stand, as the daemon has last written it.",
           .fields = {Flag("dry_run", "always false"),
                      Objects("sources", "in the order of their names", SourceFields()),
                      Objects("jobs", "by source, namespace and ID", JobStatusFields())}},
          {.when = "VERB SOURCE [JOB...]",
           .means = "What was written for the daemon.",
           .fields = {Text("source", "which"), Text("verb", "what is asked of it"),
                      Texts("jobs", "of which jobs; none: of the source")}}};
}

std::vector<JsonShape> ServeShapes() {
  using namespace shape;
  return {{.means = "What a sync of every source came to.",
           .fields = {Flag("dry_run", "nothing was written"),
                      Objects("sources", "in the order of their names", SourceFields()),
                      Objects("jobs", "by source, namespace and ID", JobStatusFields())}}};
}

}  // namespace nmgr::report
