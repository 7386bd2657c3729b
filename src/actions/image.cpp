// image: live images beside those of the spec.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/text.h"
#include "nmgr/jobspec/image_reference.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/images.h"

namespace nmgr::actions {
namespace {

using report::Style;
using rollout::JobFacts;

struct Options {
  bool unpinned = false;
  bool digest = false;
};

// A selected job with the images of its spec, as far as they are known.
struct Job {
  const JobFacts* facts = nullptr;
  std::vector<jobspec::Image> spec;
};

struct Row {
  std::string group;
  std::string task;
  std::string live;
  std::string spec;
};

// Tasks of the spec in its order, then live ones that it does not name.
std::vector<Row> RowsOf(const Job& job, const std::vector<jobspec::Image>& live) {
  std::vector<Row> rows;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const jobspec::Image& image : job.spec) {
    places[{image.group, image.task}] = rows.size();
    rows.push_back({image.group, image.task, "", image.image});
  }
  for (const jobspec::Image& image : live) {
    const auto place = places.find({image.group, image.task});
    if (place == places.end()) {
      rows.push_back({image.group, image.task, image.image, ""});
    } else {
      rows[place->second].live = image.image;
    }
  }
  return rows;
}

std::vector<jobspec::Image> LiveOf(const Job& job) {
  if (!job.facts->live) return {};
  return rollout::LiveImages(job.spec, *job.facts->live);
}

// Whether the row tells of a difference: not where the spec's side is not known.
bool Differs(const Job& job, const Row& row) {
  if (!job.facts->live || row.live == row.spec || row.spec == jobspec::kUnknownImage) return false;
  const bool names_unknown =
      std::any_of(job.spec.begin(), job.spec.end(), [&](const jobspec::Image& image) {
        return image.group == jobspec::kUnknownImage ||
               (image.group == row.group && image.task == jobspec::kUnknownImage);
      });
  return !names_unknown;
}

void AddToTable(const Job& job, report::Table& table) {
  const JobFacts& facts = *job.facts;
  const std::vector<jobspec::Image> live = LiveOf(job);
  const rollout::TaskNames names(job.spec, live);
  for (const Row& row : RowsOf(job, live)) {
    const bool differs = Differs(job, row);
    const std::string left =
        facts.live ? (row.live.empty() ? "(none)" : row.live) : "(not registered)";
    const Style style = differs ? Style::kYellow : facts.live ? Style::kPlain : Style::kDim;
    table.AddRow({{differs ? "*" : "", style},
                  {facts.name, Style::kBold},
                  {names.Of(row.group, row.task), Style::kPlain},
                  {left, style},
                  {row.spec.empty() ? "(none)" : row.spec, style}});
  }
}

nlohmann::json ToJson(const Job& job) {
  const JobFacts& facts = *job.facts;
  nlohmann::json images = nlohmann::json::array();
  for (const Row& row : RowsOf(job, LiveOf(job))) {
    nlohmann::json image = {
        {"group", row.group}, {"task", row.task}, {"differs", Differs(job, row)}};
    image["live"] = row.live.empty() ? nlohmann::json() : nlohmann::json(row.live);
    image["spec"] = row.spec.empty() ? nlohmann::json() : nlohmann::json(row.spec);
    images.push_back(std::move(image));
  }
  return {{"id", facts.ref.id},
          {"namespace", facts.ref.name_space},
          {"path", facts.path},
          {"registered", facts.live.has_value()},
          {"images", std::move(images)}};
}

// "5 tasks of 2 jobs: 1 differs, 3 not registered"
std::string TotalsOf(const std::vector<Job>& jobs) {
  std::size_t tasks = 0;
  std::size_t differ = 0;
  std::size_t absent = 0;
  for (const Job& job : jobs) {
    for (const Row& row : RowsOf(job, LiveOf(job))) {
      ++tasks;
      differ += Differs(job, row) ? 1 : 0;
      absent += job.facts->live ? 0 : 1;
    }
  }
  std::vector<std::string> parts;
  if (differ != 0)
    parts.push_back(fmt::format("{} {}", differ, differ == 1 ? "differs" : "differ"));
  if (absent != 0) parts.push_back(fmt::format("{} not registered", absent));
  return fmt::format("{} of {}: {}", Count(tasks, "task"), Count(jobs.size(), "job"),
                     parts.empty() ? "none differs" : Join(parts, ", "));
}

void Print(Env& env, const std::vector<Job>& jobs, bool one) {
  if (one) {
    const Job& job = jobs.front();
    env.out.Raw(
        rollout::FormatImageListing(job.spec, job.facts->live ? &*job.facts->live : nullptr));
    return;
  }
  report::Table table({"", "JOB", "TASK", "LIVE", "SPEC"});
  table.NamesIn(1);
  table.NamesIn(2);
  table.MayCrop(3);
  table.MayCrop(4);
  for (const Job& job : jobs) AddToTable(job, table);
  report::Print(env.out, table, env.out.table_width());
  env.out.Notice(TotalsOf(jobs));
}

// The job's images, with what is wrong with its spec in `faults` where that hides one of them.
// Nothing for a job of which there are several specs.
std::optional<Job> Known(Env& env, const repo::SelectedJob& selected, const JobFacts& facts,
                         std::vector<const hcl::Diagnostics*>& faults, ExitCode& code) {
  if (!selected.duplicates.empty()) {
    env.out.Error({ErrorCode::kInvalid, DuplicatesText(selected), "name one of them by its path"});
    code = kFailed;
    return std::nullopt;
  }
  Job job{&facts, {}};
  bool known = true;
  job.spec = facts.spec ? facts.spec->images : ImagesOf(env, *selected.spec, known);
  if (!known || facts.faulty) {
    faults.push_back(&facts.diagnostics);
    code = kFailed;
  }
  return job;
}

// Compared with what is live.
ExitCode ShowImages(Env& env, const repo::Selection& selection, ExitCode code) {
  const auto facts =
      Gather(env, {.spec = rollout::SpecNeed::kNone, .states = false}, selection, code);
  if (!facts) return code;
  std::vector<Job> jobs;
  nlohmann::json list = nlohmann::json::array();
  bool differences = false;
  std::vector<const hcl::Diagnostics*> faults;
  for (std::size_t i = 0; i < facts->size(); ++i) {
    const JobFacts& job = (*facts)[i];
    std::optional<Job> known = Known(env, selection.jobs[i], job, faults, code);
    if (job.error) {
      env.out.Error({job.error->code, job.name + ": " + job.error->message, job.error->hint});
      code = kFailed;
    } else if (known) {
      const std::vector<Row> rows = RowsOf(*known, LiveOf(*known));
      differences = differences || std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
                      return Differs(*known, row);
                    });
      if (env.out.json()) list.push_back(ToJson(*known));
      jobs.push_back(*std::move(known));
    }
  }
  ReportDiagnostics(env, faults);
  if (code == kDone && differences && env.settings.detailed_exitcode) code = kChangesPending;
  if (env.out.json()) {
    env.out.Json({{"jobs", std::move(list)}});
  } else if (!jobs.empty()) {
    Print(env, jobs, facts->size() == 1);
  }
  return code;
}

// Those of the specs alone whose tag moves, or all without a digest. Asks nobody.
ExitCode ShowUnpinned(Env& env, const repo::Selection& selection, bool digest, ExitCode code) {
  report::Table table({"JOB", "TASK", "IMAGE"});
  nlohmann::json list = nlohmann::json::array();
  const std::vector<EvaluatedSpec> specs = Evaluate(env, AllSpecs(selection));
  std::vector<const hcl::Diagnostics*> faults;
  for (const EvaluatedSpec& evaluated : specs) {
    bool known = true;
    const std::vector<jobspec::Image> images = ImagesOf(env, evaluated, known);
    if (!known) {
      faults.push_back(&evaluated.diagnostics);
      code = kFailed;
    }
    const rollout::TaskNames names(images, {});
    const std::string& id = evaluated.file->id();
    for (const jobspec::Image& image : images) {
      if (!image.known) continue;
      const std::string tag = jobspec::MovingTag(image.image);
      if (digest ? !jobspec::LacksDigest(image.image) : tag.empty()) continue;
      table.AddRow({{id, Style::kBold}, {names.Of(image.group, image.task)}, {image.image}});
      list.push_back({{"id", id},
                      {"path", evaluated.file->path()},
                      {"group", image.group},
                      {"task", image.task},
                      {"image", image.image},
                      {"tag", tag}});
    }
  }
  ReportDiagnostics(env, faults);
  if (env.out.json()) {
    env.out.Json({{"images", std::move(list)}});
  } else if (table.empty()) {
    env.out.Notice(digest ? "every known image has a digest" : "every known image is pinned");
  } else {
    report::Print(env.out, table, env.out.table_width());
  }
  return code;
}

ExitCode RunImage(Env& env) {
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const auto options = env.settings.Own<Options>();
  if (!options.unpinned && !options.digest) return ShowImages(env, *selection, code);
  return ShowUnpinned(env, *selection, options.digest, code);
}

namespace shape = report::shape;

std::vector<report::JsonShape> ImageShapes() {
  const report::JsonFields image = {
      shape::Text("group", "that of the task"), shape::Text("task", "its name"),
      shape::OrNull(shape::Text("live", "null: no such task is live")),
      shape::OrNull(shape::Text("spec", "null: the spec has no such task; ?: not known")),
      shape::Flag("differs", "the two are known to differ")};
  const report::JsonFields unpinned = {
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

}  // namespace

Action ImageAction() {
  return {
      .name = "image",
      .summary = "show live images beside those of the spec",
      .options = {{.name = "unpinned",
                   .help = "images of specs whose tag moves (none, latest, ...); asks no server",
                   .value = Switch(&Options::unpinned)},
                  {.name = "digest",
                   .help = "images of specs without a digest, whatever their tag; asks no server",
                   .value = Switch(&Options::digest)},
                  ParallelOption(),
                  TimeoutOption(),
                  DetailedExitcodeOption()},
      .run = RunImage,
      .details =
          "For one job the listing of both; for several one table, in which `*` marks\n"
          "what differs. Tasks that Nomad injects (Connect sidecars) are left out,\n"
          "unless the spec gives their image (sidecar_task). An image that hangs on a\n"
          "variable without a value is `?`.\n"
          "\n"
          "  nmgr image nextcloud\n"
          "  nmgr image all\n"
          "  nmgr image --unpinned all      images whose tag moves\n"
          "  nmgr image --digest all        images that another push can change\n",
      .documents = ImageShapes(),
  };
}

}  // namespace nmgr::actions
