#include "nmgr/report/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/change_words.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/rollout.h"
#include "nmgr/report/summary.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/reasons.h"
#include "report/times.h"

namespace nmgr::report {
namespace {

using rollout::JobFacts;
using rollout::JobState;
using rollout::SpecStanding;
using rollout::Standing;

constexpr std::string_view kNoValue = "-";
constexpr std::string_view kNotKnown = "?";

std::string StateCell(const Standing& standing) {
  return std::string(standing.state ? JobStateName(*standing.state) : kNotKnown);
}

Style StateStyle(const Standing& standing) {
  if (!standing.state) return Style::kRed;
  switch (*standing.state) {
    case JobState::kFailed:
    case JobState::kBlocked:
    case JobState::kKnownBad:
      return Style::kRed;
    case JobState::kDiffers:
    case JobState::kNeedsPromotion:
    case JobState::kUnderWay:
      return Style::kYellow;
    case JobState::kAbsent:
    case JobState::kStopped:
      return Style::kDim;
    case JobState::kFinished:
    case JobState::kRunning:
      return Style::kPlain;
  }
  return Style::kPlain;
}

Style HealthStyle(const Standing& standing) {
  const bool some = standing.state && standing.state != JobState::kFinished;
  return some && standing.healthy < standing.wanted ? Style::kRed : Style::kPlain;
}

// What the plan would change beside images; that a stopped job would run is none of it.
std::vector<std::string> OtherChanges(const StatusRow& row, bool with_images) {
  const JobFacts& facts = *row.facts;
  if (!row.standing.differs.value_or(false) || !facts.plan->diff) return {};
  std::vector<std::string> changes = ChangesIn(*facts.plan->diff, with_images);
  if (facts.live->stop) {
    std::erase_if(changes, [](const std::string& it) { return it.starts_with("stop"); });
  }
  return changes;
}

void CountStates(Reporter& out, const std::vector<StatusRow>& rows) {
  std::map<int, std::pair<std::string, std::size_t>> states;  // by urgency
  std::size_t alone = 0;
  std::size_t broken = 0;
  for (const StatusRow& row : rows) {
    const Standing& standing = row.standing;
    const int place = standing.state ? static_cast<int>(*standing.state) : -1;
    auto& [word, count] = states[place];
    word = standing.state ? std::string(JobStateName(*standing.state)) : "not known";
    ++count;
    if (standing.spec == SpecStanding::kNone) ++alone;
    if (standing.spec == SpecStanding::kInvalid || standing.spec == SpecStanding::kSeveral)
      ++broken;
  }
  if (rows.empty()) return;
  Counts each;
  for (const auto& [place, state] : states) each.emplace_back(state.second, state.first);
  const std::string counts =
      CountsText(each, {{broken, "with a spec that cannot be used"}, {alone, "without a spec"}});
  out.Notice(Count(rows.size(), "job") + ": " + counts);
}

nlohmann::json DriftImagesJson(const std::vector<rollout::ImageChange>& changes) {
  nlohmann::json list = nlohmann::json::array();
  for (const rollout::ImageChange& change : changes) {
    nlohmann::json image = {{"group", change.group}, {"task", change.task}};
    image["live"] = change.live.empty() ? nlohmann::json() : nlohmann::json(change.live);
    image["spec"] = change.spec.empty() ? nlohmann::json() : nlohmann::json(change.spec);
    list.push_back(std::move(image));
  }
  return list;
}

std::string_view SpecWord(SpecStanding spec) {
  switch (spec) {
    case SpecStanding::kFine:
      return "valid";
    case SpecStanding::kInvalid:
      return "invalid";
    case SpecStanding::kSeveral:
      return "several";
    case SpecStanding::kNone:
      return "none";
  }
  return "";
}

template <class T>
nlohmann::json ValueOrNull(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

std::string HealthCell(const StatusRow& row) {
  const JobFacts& facts = *row.facts;
  if (!row.standing.state) return std::string(kNotKnown);
  if (!row.standing.groups.empty()) {
    return fmt::format("{}/{}", row.standing.healthy, row.standing.wanted);
  }
  if (!facts.children.empty()) return fmt::format("{} run", facts.children.size());
  return std::string(kNoValue);
}

std::string DriftCell(const StatusRow& row) {
  const Standing& standing = row.standing;
  switch (standing.spec) {
    case SpecStanding::kInvalid:
      return "invalid";
    case SpecStanding::kSeveral:
      return "several";
    case SpecStanding::kNone:
      return "no spec";
    case SpecStanding::kFine:
      break;
  }
  if (!standing.state) return std::string(kNotKnown);
  if (!row.facts->live) return std::string(kNoValue);
  const bool images = standing.images && !standing.images->empty();
  std::string rest;
  if (!standing.differs) {
    rest = kNotKnown;
  } else if (*standing.differs && (!images || !OtherChanges(row, false).empty())) {
    rest = "spec";
  }
  if (images) return rest.empty() ? "image" : "image+" + rest;
  return rest.empty() ? std::string(kNoValue) : rest;
}

std::string AgeWords(std::int64_t ns, WallTime now) {
  if (ns == 0) return std::string(kNoValue);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - AtNs(ns)).count();
  if (seconds < 0) return "0s";
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

std::vector<std::string> ReasonsOf(const StatusRow& row) {
  const JobFacts& facts = *row.facts;
  const Standing& standing = row.standing;
  std::vector<std::string> reasons;
  if (facts.error) reasons.push_back("could not be asked: " + facts.error->message);
  if (!standing.troubles.empty() && standing.live && standing.state == JobState::kDiffers) {
    reasons.push_back(std::string(JobStateName(standing.live->state)) + ": " +
                      standing.troubles.front());
    reasons.insert(reasons.end(), standing.troubles.begin() + 1, standing.troubles.end());
  } else {
    reasons.insert(reasons.end(), standing.troubles.begin(), standing.troubles.end());
  }
  if (standing.spec == SpecStanding::kInvalid) {
    reasons.push_back(fmt::format("its spec does not evaluate ({})", standing.fault_place));
  }
  if (standing.spec == SpecStanding::kSeveral) {
    reasons.push_back(DuplicatesText(facts.name, facts.path, facts.duplicates));
  }
  if (facts.plan_error) reasons.push_back("no plan: " + facts.plan_error->message);
  const std::vector<rollout::ImageChange> images =
      standing.images.value_or(std::vector<rollout::ImageChange>());
  if (facts.live && (!images.empty() || !OtherChanges(row, true).empty())) {
    reasons.push_back(DifferenceWords(facts, images));
  }
  return reasons;
}

void ReportStatus(Reporter& out, const std::vector<StatusRow>& rows, WallTime now) {
  Table table({"JOB", "TYPE", "STATE", "HEALTHY", "DRIFT", "VERSION", "AGE", "REASON"});
  table.NamesIn(0);
  for (const std::size_t column : {1, 5, 6}) table.MayGo(column);
  table.SentenceIn(7);
  for (const StatusRow& row : rows) {
    const JobFacts& facts = *row.facts;
    const std::string drift = DriftCell(row);
    const std::vector<std::string> reasons = ReasonsOf(row);
    table.AddRow({{facts.name.empty() ? facts.path : facts.name, Style::kBold},
                  {row.type.empty() ? std::string(kNotKnown) : row.type},
                  {StateCell(row.standing), StateStyle(row.standing)},
                  {HealthCell(row), HealthStyle(row.standing)},
                  {drift, drift == kNoValue ? Style::kPlain : Style::kYellow},
                  {facts.live ? std::to_string(facts.live->version) : std::string(kNoValue)},
                  {facts.live ? AgeWords(facts.live->submit_time_ns, now) : std::string(kNoValue)},
                  {reasons.empty() ? std::string() : reasons.front()}});
  }
  table.Hide(out);
  Print(out, table);
  CountStates(out, rows);
  nlohmann::json jobs = nlohmann::json::array();
  for (const StatusRow& row : rows) jobs.push_back(ToJson(row));
  out.Json({{"jobs", std::move(jobs)}});
}

nlohmann::json ToJson(const StatusRow& row) {
  const JobFacts& facts = *row.facts;
  const Standing& standing = row.standing;
  nlohmann::json json = {{"id", facts.ref.id},         {"namespace", facts.ref.name_space},
                         {"region", facts.ref.region}, {"path", facts.path},
                         {"infra", facts.infra},       {"spec", SpecWord(standing.spec)},
                         {"reasons", ReasonsOf(row)}};
  json["type"] = row.type.empty() ? nlohmann::json() : nlohmann::json(row.type);
  json["state"] = standing.state ? nlohmann::json(JobStateName(*standing.state)) : nlohmann::json();
  json["live_state"] =
      standing.live ? nlohmann::json(JobStateName(standing.live->state)) : nlohmann::json();
  json["registered"] = standing.state ? nlohmann::json(facts.live.has_value()) : nlohmann::json();
  json["healthy"] = standing.groups.empty() ? nlohmann::json() : nlohmann::json(standing.healthy);
  json["desired"] = standing.groups.empty() ? nlohmann::json() : nlohmann::json(standing.wanted);
  json["image_drift"] = standing.images ? DriftImagesJson(*standing.images) : nlohmann::json();
  json["spec_drift"] = ValueOrNull(standing.differs);
  json["version"] = facts.live ? nlohmann::json(facts.live->version) : nlohmann::json();
  const bool timed = facts.live && facts.live->submit_time_ns != 0;
  json["submitted_at"] =
      timed ? nlohmann::json(UtcText(AtNs(facts.live->submit_time_ns))) : nlohmann::json();
  json["children_running"] = facts.children.size();
  if (facts.error) json["error"] = facts.error->message;
  if (facts.plan_error) json["plan_error"] = facts.plan_error->message;
  return json;
}

JsonFields StatusFields() {
  const auto or_null = [](JsonField field) { return shape::OrNull(std::move(field)); };
  return shape::All(
      {JobFields(),
       {or_null(shape::Text("type", "service, batch, system or sysbatch; null: nobody knows")),
        or_null(shape::Text("state", "a word of the table of states; null: it is not known")),
        or_null(shape::Text("live_state", "the same as it runs, whatever its spec says")),
        or_null(shape::Flag("registered", "Nomad has it; null: it is not known")),
        or_null(shape::Whole("healthy", "allocations; null: it runs none itself")),
        or_null(shape::Whole("desired", "of those")),
        shape::Text("spec", "valid, invalid, several (of this job), none"),
        or_null(
            shape::Objects("image_drift", "tasks with another image; null: it is not known",
                           {shape::Text("group", "of the task"), shape::Text("task", "its name"),
                            or_null(shape::Text("live", "registered; null: none")),
                            or_null(shape::Text("spec", "null: none"))})),
        or_null(shape::Flag("spec_drift", "its plan changes something; null: there is no plan")),
        or_null(shape::Whole("version", "of the job")),
        or_null(shape::Text("submitted_at", "when that was registered")),
        shape::Whole("children_running", "jobs that it has launched and that may run"),
        shape::Texts("reasons", "why somebody should look, the most telling first"),
        shape::Optional(shape::Text("error", "why Nomad could not be asked about it")),
        shape::Optional(shape::Text("plan_error", "why there is no plan"))},
       DetailFields()});
}

}  // namespace nmgr::report
