// list: job IDs, one a line. Without -l neither Nomad nor evaluation is needed.
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "actions/orphans.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/namespaces.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool detailed = false;
  bool orphans = false;
};

struct Row {
  const repo::SelectedJob* job = nullptr;
  std::string type;
  std::string status;  // in Nomad; "?" where Nomad did not answer
  std::vector<std::string> images;
};

std::string TypeOf(const repo::SpecFile& spec) {
  return spec.parsed.header.type.empty() ? "service" : spec.parsed.header.type;
}

nomad::JobRef RefOf(const repo::SpecFile& spec) {
  const jobspec::JobHeader& header = spec.parsed.header;
  return {header.id, header.name_space, header.region};
}

// What Nomad says of the selected jobs, asked once for each namespace and region that they are in:
// from a list over all namespaces absence proves nothing.
class Statuses {
 public:
  explicit Statuses(Env& env) : env_(env), namespaces_(env.nomad) {}

  Expected<std::string> Of(const nomad::JobRef& ref) {
    const nomad::JobRef place{"", ref.name_space, ref.region};
    if (!lists_.contains(place)) {
      auto answer =
          env_.nomad.ListJobs(ref.name_space, ref.region, "", {TimePoint::max(), env_.stop});
      lists_.emplace(place, std::move(answer));
    }
    const auto& list = lists_.at(place);
    if (!list) return list.error();
    for (const nomad::JobSummary& job : list->value) {
      if (job.ref.id == ref.id) return job.stop ? std::string("stopped") : job.status;
    }
    if (ref.name_space.empty() && env_.settings.repo.default_namespace == "*") {
      return std::string("not found");
    }
    TRY(namespaces_.CheckAbsent(ref, {TimePoint::max(), env_.stop}));
    return std::string("not registered");
  }

 private:
  using Answer = Expected<nomad::Indexed<std::vector<nomad::JobSummary>>>;
  Env& env_;
  rollout::Namespaces namespaces_;
  std::map<nomad::JobRef, Answer> lists_;  // by namespace and region
};

// Images of each job as far as they are known. That a spec does not evaluate is of interest only
// where one of them is not.
void AddImages(Env& env, const repo::Selection& selection, std::vector<Row>& rows, ExitCode& code) {
  const std::vector<EvaluatedSpec> evaluated = Evaluate(env, FirstSpecs(selection));
  if (env.stop.stop_requested()) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool known = true;
    for (const jobspec::Image& image : ImagesOf(env, evaluated[i], known)) {
      rows[i].images.push_back(image.image);
    }
    if (known && !rows[i].job->spec->faulty) continue;
    code = kFailed;
    env.out.Diagnostics(evaluated[i].diagnostics);
    if (rows[i].images.empty()) rows[i].images = {std::string(jobspec::kUnknownImage)};
  }
}

// Says once what keeps Nomad from answering.
void AddStatuses(Env& env, std::vector<Row>& rows, ExitCode& code) {
  Statuses statuses(env);
  std::string told;
  for (Row& row : rows) {
    Expected<std::string> status = statuses.Of(RefOf(*row.job->spec));
    row.status = status.value_or("?");
    if (status || status.error().message == told) continue;
    told = status.error().message;
    env.out.Error(status.error());
    code = ExitCodeFor(status.error(), env.nomad);
  }
}

nlohmann::json ToJson(const Row& row, const Options& options) {
  const repo::SpecFile& spec = *row.job->spec;
  const jobspec::JobHeader& header = spec.parsed.header;
  nlohmann::json json = {{"id", header.id},         {"namespace", header.name_space},
                         {"region", header.region}, {"type", TypeOf(spec)},
                         {"path", spec.path()},     {"infra", row.job->infra},
                         {"valid", !spec.faulty}};
  if (!row.job->duplicates.empty()) {
    for (const repo::SpecFile* other : row.job->duplicates)
      json["duplicates"].push_back(other->path());
  }
  if (options.detailed) {
    json["status"] = row.status;
    json["images"] = row.images;
  }
  return json;
}

void PrintTable(Env& env, const std::vector<Row>& rows) {
  report::Table table({"ID", "TYPE", "STATUS", "PATH", "IMAGES"});
  for (const Row& row : rows) {
    table.AddRow({{row.job->id()},
                  {TypeOf(*row.job->spec)},
                  {row.status},
                  {row.job->spec->path()},
                  {row.images.empty() ? std::string("-") : Join(row.images, ",")}});
  }
  if (table.empty()) return;
  for (const std::string& line : table.Lines(report::OutPainter(env.out))) env.out.Line(line);
}

ExitCode RunList(Env& env) {
  const auto options = env.settings.Own<Options>();
  if (options.orphans) return ListOrphans(env, options.detailed);
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code, kFailed, VariableCheck::kOff);
  if (!selection) return code;
  std::vector<Row> rows;
  for (const repo::SelectedJob& job : selection->jobs) {
    rows.push_back({&job, {}, {}, {}});
    if (!job.duplicates.empty()) env.out.Warning(DuplicatesText(job));
  }
  if (options.detailed) {
    AddImages(env, *selection, rows, code);
    AddStatuses(env, rows, code);
    if (env.stop.stop_requested()) return kInterrupted;
  } else {
    for (const repo::SpecPtr& spec : selection->specs) {
      if (spec->faulty) code = kFailed;
      env.out.Diagnostics(spec->diagnostics);
    }
  }
  if (env.out.json()) {
    nlohmann::json jobs = nlohmann::json::array();
    for (const Row& row : rows) jobs.push_back(ToJson(row, options));
    env.out.Json({{"jobs", std::move(jobs)}});
  } else if (options.detailed) {
    PrintTable(env, rows);
  } else {
    for (const Row& row : rows) {
      if (!row.job->id().empty()) env.out.Line(row.job->id());
    }
  }
  return code;
}

}  // namespace

Action ListAction() {
  return {
      .name = "list",
      .summary = "show the IDs of jobs, one a line",
      .options = {{.name = "long",
                   .letter = 'l',
                   .help = "type, status in Nomad, path and images too",
                   .value = Switch(&Options::detailed)},
                  {.name = "orphans",
                   .help = "jobs that are in Nomad and in no spec",
                   .value = Switch(&Options::orphans)}},
      .run = RunList,
      .needs_nomad = false,
      .details =
          "Infra jobs come first, in their configured order, then the others by name.\n"
          "\n"
          "  nmgr list nas          jobs that use /mnt/nas\n"
          "  nmgr list -l all       with type, status in Nomad, path and images\n"
          "  nmgr list --orphans    registered, but without a spec: `nmgr down job:ID`\n",
  };
}

}  // namespace nmgr::actions
