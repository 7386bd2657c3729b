#include "nmgr/report/image_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/jobspec/image_reference.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/images.h"

namespace nmgr::report {
namespace {

using rollout::TaskImages;

std::vector<jobspec::Image> LiveOf(const JobImages& job) {
  if (!job.facts->live) return {};
  return rollout::LiveImages(job.spec, *job.facts->live);
}

// Whether the row tells of a difference: not where the spec's side is not known.
bool Differs(const JobImages& job, const TaskImages& row) {
  if (!job.facts->live || row.registered == row.spec || row.spec == jobspec::kUnknownImage)
    return false;
  return std::none_of(job.spec.begin(), job.spec.end(), [&](const jobspec::Image& image) {
    return image.group == jobspec::kUnknownImage ||
           (image.group == row.group && image.task == jobspec::kUnknownImage);
  });
}

// Whether something else runs than what is registered.
bool Lags(const TaskImages& row) {
  return !row.running.empty() && row.running != std::vector<std::string>{row.registered};
}

void AddToTable(const JobImages& job, Table& table) {
  const rollout::JobFacts& facts = *job.facts;
  const rollout::TaskNames names(job.spec, LiveOf(job));
  for (const TaskImages& row : job.Rows()) {
    const bool differs = Differs(job, row);
    const std::string registered =
        facts.live ? (row.registered.empty() ? "(none)" : row.registered) : "(not registered)";
    const Style style = differs ? Style::kYellow : facts.live ? Style::kPlain : Style::kDim;
    table.AddRow(
        {{differs || Lags(row) ? "*" : "", Style::kYellow},
         {facts.name, Style::kBold},
         {names.Of(row.group, row.task), Style::kPlain},
         {row.running.empty() ? "-" : Join(row.running, ", "), Lags(row) ? Style::kYellow : style},
         {registered, style},
         {row.spec.empty() ? "(none)" : row.spec, style}});
  }
}

// What runs, where that is not what is registered.
std::string RunningPart(const JobImages& job) {
  const rollout::JobFacts& facts = *job.facts;
  if (!facts.live || facts.live->periodic || facts.live->parameterized) return {};
  if (!job.detail.missing.empty()) return {};
  std::vector<jobspec::Image> running;
  bool differs = false;
  for (const TaskImages& row : job.Rows()) {
    for (const std::string& image : row.running) running.push_back({row.group, row.task, image});
    differs = differs || Lags(row) || (row.running.empty() && !row.registered.empty());
  }
  if (!differs) return {};
  const rollout::TaskNames names(job.spec, LiveOf(job));
  return "\nRunning images:\n" +
         (running.empty() ? std::string("(none)\n") : rollout::FormatImages(running, names));
}

// "5 tasks of 2 jobs: 1 differs, 1 runs another image, 3 not registered"
std::string ImageTotals(const std::vector<JobImages>& jobs) {
  std::size_t tasks = 0;
  std::size_t differ = 0;
  std::size_t lag = 0;
  std::size_t absent = 0;
  for (const JobImages& job : jobs) {
    for (const TaskImages& row : job.Rows()) {
      ++tasks;
      lag += Lags(row) ? 1 : 0;
      differ += Differs(job, row) ? 1 : 0;
      absent += job.facts->live ? 0 : 1;
    }
  }
  std::vector<std::string> parts;
  if (differ != 0) {
    parts.push_back(fmt::format("{} {}", differ, differ == 1 ? "differs" : "differ"));
  }
  if (lag != 0) parts.push_back(Count(lag, "runs", "run") + " another image than is registered");
  if (absent != 0) parts.push_back(fmt::format("{} not registered", absent));
  return fmt::format("{} of {}: {}", Count(tasks, "task"), Count(jobs.size(), "job"),
                     parts.empty() ? "none differs" : Join(parts, ", "));
}

nlohmann::json JobImagesJson(const JobImages& job) {
  const rollout::JobFacts& facts = *job.facts;
  nlohmann::json images = nlohmann::json::array();
  for (const TaskImages& row : job.Rows()) {
    nlohmann::json image = {
        {"group", row.group}, {"task", row.task}, {"differs", Differs(job, row)}};
    image["running"] = row.running;
    image["live"] = row.registered.empty() ? nlohmann::json() : nlohmann::json(row.registered);
    image["spec"] = row.spec.empty() ? nlohmann::json() : nlohmann::json(row.spec);
    images.push_back(std::move(image));
  }
  return {{"id", facts.ref.id},
          {"namespace", facts.ref.name_space},
          {"path", facts.path},
          {"registered", facts.live.has_value()},
          {"images", std::move(images)}};
}

}  // namespace

bool HasDifference(const JobImages& job) {
  const std::vector<TaskImages> rows = job.Rows();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const TaskImages& row) { return Differs(job, row); });
}

void ReportImages(Reporter& out, const std::vector<JobImages>& jobs, bool one) {
  if (out.json()) {
    nlohmann::json list = nlohmann::json::array();
    for (const JobImages& job : jobs) list.push_back(JobImagesJson(job));
    return out.Json({{"jobs", std::move(list)}});
  }
  if (one && !jobs.empty()) {
    const JobImages& job = jobs.front();
    const nomad::Job* live = job.facts->live ? &*job.facts->live : nullptr;
    return out.Raw(rollout::FormatImageListing(job.spec, live) + RunningPart(job));
  }
  Table table({"", "JOB", "TASK", "RUNNING", "REGISTERED", "SPEC"});
  table.NamesIn(1);
  table.NamesIn(2);
  for (const std::size_t column : {3, 4, 5}) table.MayCrop(column);
  for (const JobImages& job : jobs) AddToTable(job, table);
  Print(out, table);
  if (!jobs.empty()) out.Notice(ImageTotals(jobs));
}

void ReportUnpinned(Reporter& out, const std::vector<SpecImages>& specs,
                    const std::vector<std::string>& mutable_tags, bool digest) {
  Table table({"JOB", "TASK", "IMAGE"});
  nlohmann::json list = nlohmann::json::array();
  for (const SpecImages& spec : specs) {
    const rollout::TaskNames names(spec.images, {});
    for (const jobspec::Image& image : spec.images) {
      if (!image.known) continue;
      const std::string tag = jobspec::MovingTag(image.image, mutable_tags);
      if (digest ? !jobspec::LacksDigest(image.image) : tag.empty()) continue;
      table.AddRow({{spec.id, Style::kBold}, {names.Of(image.group, image.task)}, {image.image}});
      list.push_back({{"id", spec.id},
                      {"path", spec.path},
                      {"group", image.group},
                      {"task", image.task},
                      {"image", image.image},
                      {"tag", tag}});
    }
  }
  out.Json({{"images", std::move(list)}});
  if (out.json()) return;
  if (table.empty()) {
    out.Notice(digest ? "every known image has a digest" : "every known image is pinned");
  }
  Print(out, table);
}

std::vector<JsonShape> ImageShapes() {
  const JsonFields image = {
      shape::Text("group", "that of the task"),
      shape::Text("task", "its name"),
      shape::OrNull(shape::Text("live", "null: no such task is live")),
      shape::OrNull(shape::Text("spec", "null: the spec has no such task; ?: not known")),
      shape::Flag("differs", "the two are known to differ"),
      shape::Texts("running", "by tag, each once")};
  const JsonFields unpinned = {
      shape::Text("id", "the job's ID"),
      shape::Text("path", "its spec"),
      shape::Text("group", "that of the task"),
      shape::Text("task", "its name"),
      shape::Text("image", "as the spec has it"),
      shape::Text("tag", "the one that moves; empty with --digest where none does")};
  return {
      {.fields = {shape::Objects(
           "jobs", "those of which Nomad told",
           {shape::Text("id", "the job's ID"), shape::Text("namespace", "empty: the connection's"),
            shape::Text("path", "its spec"), shape::Flag("registered", "Nomad has it"),
            shape::Objects("images", "tasks of the spec, then what is only live", image)})}},
      {.when = "--unpinned",
       .fields = {shape::Objects("images", "those of specs whose tag moves", unpinned)}}};
}

}  // namespace nmgr::report
