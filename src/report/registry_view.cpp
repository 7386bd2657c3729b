#include "nmgr/report/registry_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/images.h"

namespace nmgr::report {
namespace {

using registry::TagState;

constexpr std::size_t kMostNewer = 20;

std::string TagCell(const RegistryRow& row) {
  if (row.image == jobspec::kUnknownImage) return "unknown";
  if (!row.reference) return "-";
  if (row.reference->tag.empty()) return "pinned";
  return std::string(registry::WordsOf(row.tag));
}

std::string NewerCell(const RegistryRow& row) {
  if (row.image == jobspec::kUnknownImage) return "unknown";
  if (!row.reference) return "-";
  if (row.newer.empty()) return row.newer_known ? "-" : "unknown";
  return row.newer_known ? row.newer.front() : row.newer.front() + " or newer";
}

void AddRegistryRow(const RegistryRow& row, Table& table) {
  const rollout::TaskNames names(row.job->spec, {});
  const bool outdated = row.IsOutdated();
  const Style style = outdated ? Style::kYellow : Style::kPlain;
  table.AddRow({{outdated ? "*" : "", style},
                {row.job->facts->name, Style::kBold},
                {names.Of(row.images.group, row.images.task)},
                {row.image.empty() ? std::string("-") : row.image},
                {TagCell(row), row.tag.state == TagState::kMoved ? style : Style::kPlain},
                {NewerCell(row), row.newer.empty() ? Style::kPlain : style}});
}

std::string RegistryTotals(const std::vector<RegistryRow>& rows) {
  std::size_t moved = 0;
  std::size_t newer = 0;
  std::size_t unknown = 0;
  for (const RegistryRow& row : rows) {
    if (!row.reference) continue;
    moved += row.tag.state == TagState::kMoved ? 1 : 0;
    newer += row.newer.empty() ? 0 : 1;
    unknown += row.tag.state == TagState::kUnknown || !row.newer_known ? 1 : 0;
  }
  std::vector<std::string> parts;
  if (moved != 0) parts.push_back(Count(moved, "tag has", "tags have") + " moved");
  if (newer != 0) parts.push_back(Count(newer, "has", "have") + " a newer tag");
  if (unknown != 0) parts.push_back(fmt::format("of {} not all is known", unknown));
  return fmt::format("{}: {}", Count(rows.size(), "task"),
                     parts.empty() ? "none is known to be outdated" : Join(parts, ", "));
}

nlohmann::json TextOrNull(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

std::string MovedWord(const RegistryRow& row) {
  if (!row.reference || row.tag.state == TagState::kUnknown) return "unknown";
  if (row.tag.state == TagState::kSame) return row.tag.certain ? "no" : "likely not";
  return row.tag.certain ? "certain" : "likely";
}

nlohmann::json RegistryRowJson(const RegistryRow& row) {
  std::vector<std::string> newer = row.newer;
  if (newer.size() > kMostNewer) newer.resize(kMostNewer);
  return {{"id", row.job->facts->ref.id},
          {"namespace", row.job->facts->ref.name_space},
          {"path", row.job->facts->path},
          {"group", row.images.group},
          {"task", row.images.task},
          {"spec", TextOrNull(row.images.spec)},
          {"live", TextOrNull(row.images.registered)},
          {"running", row.images.running},
          {"reference", row.reference ? nlohmann::json(row.reference->Name()) : nlohmann::json()},
          {"digest", TextOrNull(row.digest.value_or(""))},
          {"moved", MovedWord(row)},
          {"reason", row.tag.reason},
          {"newer", std::move(newer)},
          {"newer_known", row.newer_known},
          {"troubles", row.troubles},
          {"outdated", row.IsOutdated()}};
}

}  // namespace

bool RegistryRow::IsOutdated() const { return tag.state == TagState::kMoved || !newer.empty(); }

void ReportRegistry(Reporter& out, const std::vector<RegistryRow>& rows, bool outdated) {
  Table table({"", "JOB", "TASK", "IMAGE", "TAG", "NEWER"});
  table.NamesIn(1);
  table.NamesIn(2);
  table.MayCrop(3);
  nlohmann::json list = nlohmann::json::array();
  for (const RegistryRow& row : rows) {
    if (outdated && !row.IsOutdated()) continue;
    AddRegistryRow(row, table);
    if (out.json()) list.push_back(RegistryRowJson(row));
  }
  out.Json({{"images", std::move(list)}});
  if (out.json()) return;
  Print(out, table);
  if (!rows.empty()) out.Notice(RegistryTotals(rows));
}

std::vector<JsonShape> RegistryShapes() {
  return {
      {.when = "--registry",
       .means = "with --outdated only those that are",
       .fields = {shape::Objects(
           "images", "tasks of the specs, then what is only live",
           {shape::Text("id", "the job's ID"), shape::Text("namespace", "empty: the connection's"),
            shape::Text("path", "its spec"), shape::Text("group", "that of the task"),
            shape::Text("task", "its name"),
            shape::OrNull(shape::Text("spec", "null: the spec has no such task; ?: not known")),
            shape::OrNull(shape::Text("live", "the registered image; null: none")),
            shape::Texts("running", "by tag, each once"),
            shape::OrNull(shape::Text(
                "reference", "what its registry was asked about; null: no registry holds it")),
            shape::OrNull(shape::Text("digest", "what the tag points at; null: not known")),
            shape::Text("moved",
                        "whether the tag points at something else than what runs: certain, "
                        "likely, no, likely not, unknown"),
            shape::Text("reason", "why that is said"),
            shape::Texts("newer",
                         "tags of the same shape that are newer than that of the spec, the newest "
                         "first; at most 20"),
            shape::Flag("newer_known", "false: there may be more of them"),
            shape::Texts("troubles", "why something is not known"),
            shape::Flag("outdated", "the tag has moved, or there is a newer one")})}}};
}

}  // namespace nmgr::report
