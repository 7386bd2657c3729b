// list: job IDs, one a line. Without -l neither Nomad nor evaluation is needed.
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "actions/orphans.h"
#include "actions/rollout_run.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/report/table.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool detailed = false;
  bool orphans = false;
};

struct Row {
  const repo::SelectedJob* job = nullptr;
  std::string type;
  std::string status;  // its state; "?" where Nomad did not answer
  std::vector<std::string> images;
};

std::string TypeOf(const repo::SpecFile& spec) {
  return spec.parsed.header.type.empty() ? "service" : spec.parsed.header.type;
}

// The images of one job as far as they are known. That its spec does not evaluate is of interest
// only where one of them is not: false then.
bool AddImages(Env& env, const rollout::JobFacts& facts, Row& row) {
  bool known = true;
  const auto images = facts.spec ? facts.spec->images : ImagesOf(env, *row.job->spec, known);
  for (const jobspec::Image& image : images) row.images.push_back(image.image);
  if (known && !facts.faulty) return true;
  if (row.images.empty()) row.images = {std::string(jobspec::kUnknownImage)};
  return false;
}

// Images and states. Says once what keeps Nomad from answering.
void AddDetails(Env& env, const repo::Selection& selection, std::vector<Row>& rows,
                ExitCode& code) {
  const jobspec::SpecContext specs = SpecContextOf(env);
  const std::vector<rollout::JobFacts> facts =
      rollout::GatherFacts({.spec = rollout::SpecNeed::kNone, .listed = true}, selection.jobs,
                           env.jobs, env.clock, GatherOptionsOf(env, specs))
          .jobs;
  if (env.stop.stop_requested()) return;
  std::vector<const hcl::Diagnostics*> told;
  std::optional<Error> failure;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (AddImages(env, facts[i], rows[i])) continue;
    code = kFailed;
    told.push_back(&facts[i].diagnostics);
  }
  ReportDiagnostics(env, told);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::optional<Error>& error = facts[i].error;
    const bool asked = !error && !rows[i].job->id().empty();
    rows[i].status = asked ? std::string(rollout::JobStateName(facts[i].State())) : "?";
    if (!error || (failure && error->message == failure->message)) continue;
    env.out.Error(*error);
    failure = error;
  }
  if (failure) code = ExitCodeFor(*failure, env.contact);
}

nlohmann::json ToJson(const std::vector<repo::Taken>& taken) {
  nlohmann::json reasons = nlohmann::json::array();
  for (const repo::Taken& why : taken) {
    nlohmann::json reason = {
        {"target", why.word}, {"narrows", why.narrows}, {"why", repo::ToText(why.reason)}};
    if (!why.reason.file.empty()) reason["path"] = why.reason.file;
    if (why.reason.line != 0) reason["line"] = why.reason.line;
    if (!why.reason.value.empty()) reason["value"] = why.reason.value;
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

// What took each spec.
std::map<const repo::SpecFile*, const std::vector<repo::Taken>*> TakenBy(
    const repo::Selection& selection) {
  std::map<const repo::SpecFile*, const std::vector<repo::Taken>*> taken;
  for (std::size_t i = 0; i < selection.taken.size(); ++i) {
    taken.emplace(selection.specs[i].get(), &selection.taken[i]);
  }
  return taken;
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
    json["state"] = row.status;
    json["images"] = row.images;
  }
  return json;
}

void PrintTable(Env& env, const std::vector<Row>& rows) {
  report::Table table({"ID", "TYPE", "STATUS", "PATH", "IMAGES"});
  table.NamesIn(0);
  table.MayGo(1);
  table.MayCrop(3);
  table.MayCrop(4);
  for (const Row& row : rows) {
    table.AddRow({{row.job->name},
                  {TypeOf(*row.job->spec)},
                  {row.status},
                  {row.job->spec->path()},
                  {row.images.empty() ? std::string("-") : Join(row.images, ",")}});
  }
  report::Print(env.out, table, env.out.table_width());
}

// A line for each word that took a spec, those of duplicates too.
void PrintReasons(Env& env, const repo::Selection& selection) {
  report::Table table({"ID", "TARGET", "WHY"});
  for (std::size_t i = 0; i < selection.specs.size(); ++i) {
    for (const repo::Taken& why : selection.taken[i]) {
      const std::string word = why.narrows ? "--and " + why.word : why.word;
      table.AddRow({{selection.names[i]}, {word}, {repo::ToText(why.reason)}});
    }
  }
  report::Print(env.out, table, env.out.table_width());
}

// What has no spec is in no selection.
ExitCode RefuseTargets(Env& env) {
  env.out.Error({ErrorCode::kUsage, "list --orphans takes no target",
                 "it shows every job of these namespaces that has no spec"});
  return ExitCodeFor(ErrorCode::kUsage);
}

ExitCode RunList(Env& env) {
  const auto options = env.settings.Own<Options>();
  if (options.orphans) {
    const std::vector<std::string>& targets = env.settings.targets;
    const bool narrows = !targets.empty() && targets != std::vector<std::string>{"all"};
    return narrows ? RefuseTargets(env) : ListOrphans(env, options.detailed);
  }
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOff);
  if (!selection) return code;
  std::vector<Row> rows;
  for (const repo::SelectedJob& job : selection->jobs) {
    rows.push_back({&job, {}, {}, {}});
    if (!job.duplicates.empty()) env.out.Warning(DuplicatesText(job));
  }
  if (options.detailed) {
    AddDetails(env, *selection, rows, code);
    if (env.stop.stop_requested()) return kInterrupted;
  } else {
    std::vector<const hcl::Diagnostics*> told;
    for (const repo::SpecPtr& spec : selection->specs) {
      if (spec->faulty) code = kFailed;
      told.push_back(&spec->diagnostics);
    }
    ReportDiagnostics(env, told);
  }
  if (env.out.json()) {
    nlohmann::json jobs = nlohmann::json::array();
    const auto taken = TakenBy(*selection);
    for (const Row& row : rows) {
      nlohmann::json job = ToJson(row, options);
      if (env.settings.why) job["why"] = ToJson(*taken.at(row.job->spec));
      jobs.push_back(std::move(job));
    }
    env.out.Json({{"jobs", std::move(jobs)}});
  } else if (env.settings.why) {
    PrintReasons(env, *selection);
  } else if (options.detailed) {
    PrintTable(env, rows);
  } else {
    std::vector<std::string> lines;
    for (const Row& row : rows) {
      if (!row.job->id().empty()) lines.push_back(EscapeControls(row.job->name));
    }
    env.out.Lines(lines);
  }
  return code;
}

namespace shape = report::shape;

std::vector<report::JsonShape> ListShapes() {
  const auto reason = {shape::Text("target", "the word of the command line"),
                       shape::Flag("narrows", "it is one of --and"),
                       shape::Text("why", "in words"),
                       shape::Optional(shape::Text("path", "the file that holds it")),
                       shape::Optional(shape::Whole("line", "of that file")),
                       shape::Optional(shape::Text("value", "of the evaluated spec"))};
  const report::JsonFields more = {
      shape::Text("type", "service, batch, system or sysbatch"),
      shape::Flag("valid", "its text parses, and its header can be trusted"),
      shape::Optional(shape::Texts("duplicates", "paths of further specs of this job")),
      shape::Optional(shape::Text("state", "with -l: a word of the table of states; ?: unknown")),
      shape::Optional(shape::Text("status", "the same")),
      shape::Optional(shape::Texts("images", "with -l: those of the spec")),
      shape::Optional(shape::Objects("why", "with --why: what took it", reason))};
  return {{.fields = {shape::Objects("jobs", "infra jobs in their order, others by name",
                                     shape::All({report::JobFields(), more}))}},
          {.when = "--orphans",
           .fields = {shape::Objects(
               "orphans", "registered jobs without a spec",
               {shape::Text("id", "the job's ID"), shape::Text("namespace", "where it is"),
                shape::Text("region", "empty: that of the connection"),
                shape::Text("type", "service, batch, system or sysbatch"),
                shape::Text("status", "stopped, or Nomad's pending, running, dead")})}}};
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
                   .value = Switch(&Options::orphans)},
                  {.name = "why",
                   .help = "the file and line, or the value, that took each job",
                   .value = Switch(&Settings::why)}},
      .run = RunList,
      .needs_nomad = false,
      .details =
          "Infra jobs come first, in their configured order, then the others by name.\n"
          "\n"
          "  nmgr list nas          jobs that use /mnt/nas\n"
          "  nmgr list -l all       with type, status in Nomad, path and images\n"
          "  nmgr list nas --why    what took each job: path:line, or a value\n"
          "  nmgr list 'image:*/postgres:*' --and driver:docker --exclude state:failed\n"
          "  nmgr list --orphans    registered, but without a spec: `nmgr down job:ID`\n",
      .documents = ListShapes(),
  };
}

}  // namespace nmgr::actions
