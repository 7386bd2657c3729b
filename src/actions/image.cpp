// image: live images beside those of the spec.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/images.h"

namespace nmgr::actions {
namespace {

using report::Style;
using rollout::JobFacts;

struct Row {
  std::string group;
  std::string task;
  std::string live;
  std::string spec;
};

// Tasks of the spec in its order, then live ones that it does not name.
std::vector<Row> RowsOf(const JobFacts& job, const std::vector<jobspec::Image>& live) {
  std::vector<Row> rows;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const jobspec::Image& image : job.spec->images) {
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

std::vector<jobspec::Image> LiveOf(const JobFacts& job) {
  if (!job.live) return {};
  return rollout::LiveImages(job.spec->images, *job.live);
}

bool Differs(const Row& row) { return row.live != row.spec; }

void AddToTable(const JobFacts& job, report::Table& table) {
  const std::vector<jobspec::Image> live = LiveOf(job);
  const rollout::TaskNames names(job.spec->images, live);
  for (const Row& row : RowsOf(job, live)) {
    const bool differs = job.live && Differs(row);
    const std::string left =
        job.live ? (row.live.empty() ? "(none)" : row.live) : "(not registered)";
    const Style style = differs ? Style::kYellow : job.live ? Style::kPlain : Style::kDim;
    table.AddRow({{differs ? "*" : "", style},
                  {job.ref.id, Style::kBold},
                  {names.Of(row.group, row.task), Style::kPlain},
                  {left, style},
                  {row.spec.empty() ? "(none)" : row.spec, style}});
  }
}

nlohmann::json ToJson(const JobFacts& job) {
  nlohmann::json images = nlohmann::json::array();
  for (const Row& row : RowsOf(job, LiveOf(job))) {
    nlohmann::json image = {
        {"group", row.group}, {"task", row.task}, {"differs", job.live && Differs(row)}};
    image["live"] = row.live.empty() ? nlohmann::json() : nlohmann::json(row.live);
    image["spec"] = row.spec.empty() ? nlohmann::json() : nlohmann::json(row.spec);
    images.push_back(std::move(image));
  }
  return {{"id", job.ref.id},
          {"namespace", job.ref.name_space},
          {"path", job.path},
          {"registered", job.live.has_value()},
          {"images", std::move(images)}};
}

void Print(Env& env, const std::vector<const JobFacts*>& jobs, bool one) {
  if (one) {
    const JobFacts& job = *jobs.front();
    env.out.Raw(rollout::FormatImageListing(job.spec->images, job.live ? &*job.live : nullptr));
    return;
  }
  report::Table table({"", "JOB", "TASK", "LIVE", "SPEC"});
  table.MayCrop(3);
  table.MayCrop(4);
  for (const JobFacts* job : jobs) AddToTable(*job, table);
  if (table.empty()) return;
  for (const std::string& line : table.Lines(report::OutPainter(env.out), env.out.table_width()))
    env.out.Line(line);
}

struct Options {
  bool unpinned = false;
};

ExitCode RunImage(Env& env) {
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code);
  if (!selection) return code;
  const rollout::Intent intent{rollout::Verb::kImages};
  const auto facts = Gather(env, intent, *selection, code);
  if (!facts) return code;
  if (ReportSpecs(env, intent.verb, *facts)) code = kFailed;
  std::vector<const JobFacts*> known;
  nlohmann::json list = nlohmann::json::array();
  bool differences = false;
  for (const JobFacts& job : *facts) {
    if (job.error) {
      env.out.Error({job.error->code, job.ref.id + ": " + job.error->message, job.error->hint});
      code = kFailed;
    } else if (job.spec && job.duplicates.empty()) {
      known.push_back(&job);
      differences =
          differences || (job.live && !rollout::CompareImages(job.spec->images, *job.live).empty());
      if (env.out.json()) list.push_back(ToJson(job));
    }
  }
  if (env.out.json()) {
    env.out.Json({{"jobs", std::move(list)}});
  } else if (!known.empty()) {
    Print(env, known, facts->size() == 1);
  }
  if (code == kDone && differences && env.settings.detailed_exitcode) return kChangesPending;
  return code;
}

}  // namespace

Action ImageAction() {
  return {
      .name = "image",
      .summary = "show live images beside those of the spec",
      .options = {{.name = "unpinned",
                   .help = "only images whose tag is missing or latest; asks no server",
                   .value = Switch(&Options::unpinned)},
                  ParallelOption(),
                  TimeoutOption(),
                  DetailedExitcodeOption()},
      .run = RunImage,
      .details =
          "For one job the listing of both; for several one table, in which `*` marks\n"
          "what differs. Tasks that Nomad injects (Connect sidecars) are left out.\n"
          "\n"
          "  nmgr image nextcloud\n"
          "  nmgr image all\n",
  };
}

}  // namespace nmgr::actions
