#include "nmgr/report/list_view.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/table.h"

namespace nmgr::report {
namespace {

std::string TypeOf(const repo::SpecFile& spec) {
  return spec.parsed.header.type.empty() ? "service" : spec.parsed.header.type;
}

std::string StatusOf(const nomad::JobSummary& job) { return job.stop ? "stopped" : job.status; }

nlohmann::json ReasonsJson(const std::vector<repo::Taken>& taken) {
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

nlohmann::json ListedJson(const ListedJob& listed, bool detailed) {
  const repo::SpecFile& spec = *listed.job->spec;
  const jobspec::JobHeader& header = spec.parsed.header;
  nlohmann::json json = {{"id", header.id},         {"namespace", header.name_space},
                         {"region", header.region}, {"type", TypeOf(spec)},
                         {"path", spec.path()},     {"infra", listed.job->infra},
                         {"valid", !spec.faulty}};
  for (const repo::SpecFile* other : listed.job->duplicates) {
    json["duplicates"].push_back(other->path());
  }
  if (detailed) {
    json["status"] = listed.state;
    json["state"] = listed.state;
    json["images"] = listed.images;
  }
  return json;
}

nlohmann::json ListJson(const std::vector<ListedJob>& jobs, const repo::Selection& selection,
                        const ListView& view) {
  std::map<const repo::SpecFile*, const std::vector<repo::Taken>*> taken;
  for (std::size_t i = 0; i < selection.taken.size(); ++i) {
    taken.emplace(selection.specs[i].get(), &selection.taken[i]);
  }
  nlohmann::json list = nlohmann::json::array();
  for (const ListedJob& listed : jobs) {
    list.push_back(ListedJson(listed, view.detailed));
    if (view.why) list.back()["why"] = ReasonsJson(*taken.at(listed.job->spec));
  }
  return {{"jobs", std::move(list)}};
}

void PrintListTable(Reporter& out, const std::vector<ListedJob>& jobs) {
  Table table({"ID", "TYPE", "STATUS", "PATH", "IMAGES"});
  table.NamesIn(0);
  table.MayGo(1);
  table.MayCrop(3);
  table.MayCrop(4);
  for (const ListedJob& listed : jobs) {
    table.AddRow({{listed.job->name},
                  {TypeOf(*listed.job->spec)},
                  {listed.state},
                  {listed.job->spec->path()},
                  {listed.images.empty() ? std::string("-") : Join(listed.images, ",")}});
  }
  Print(out, table);
}

// A line for each word that took a spec, those of duplicates too.
void PrintReasons(Reporter& out, const repo::Selection& selection) {
  Table table({"ID", "TARGET", "WHY"});
  for (std::size_t i = 0; i < selection.specs.size(); ++i) {
    for (const repo::Taken& why : selection.taken[i]) {
      const std::string word = why.narrows ? "--and " + why.word : why.word;
      table.AddRow({{selection.names[i]}, {word}, {repo::ToText(why.reason)}});
    }
  }
  Print(out, table);
}

void PrintIds(Reporter& out, const std::vector<ListedJob>& jobs) {
  std::vector<std::string> lines;
  for (const ListedJob& listed : jobs) {
    if (!listed.job->id().empty()) lines.push_back(EscapeControls(listed.job->name));
  }
  out.Lines(lines);
}

nlohmann::json OrphansJson(const std::vector<nomad::JobSummary>& orphans) {
  nlohmann::json list = nlohmann::json::array();
  for (const nomad::JobSummary& job : orphans) {
    list.push_back({{"id", job.ref.id},
                    {"namespace", job.ref.name_space},
                    {"region", job.ref.region},
                    {"type", job.type},
                    {"status", StatusOf(job)}});
  }
  return {{"orphans", std::move(list)}};
}

}  // namespace

void ReportList(Reporter& out, const std::vector<ListedJob>& jobs, const repo::Selection& selection,
                const ListView& view) {
  if (out.json()) return out.Json(ListJson(jobs, selection, view));
  if (view.why) return PrintReasons(out, selection);
  view.detailed ? PrintListTable(out, jobs) : PrintIds(out, jobs);
}

void ReportOrphans(Reporter& out, const std::vector<nomad::JobSummary>& orphans,
                   const std::vector<std::string>& names,
                   const std::vector<std::string>& namespaces, bool detailed) {
  if (orphans.empty()) {
    out.Notice(fmt::format("every job that is registered in namespace {} has a spec",
                           Join(namespaces, ", ")));
  }
  if (out.json()) return out.Json(OrphansJson(orphans));
  if (!detailed) {
    for (const std::string& name : names) out.Line(name);
    return;
  }
  Table table({"ID", "TYPE", "STATUS", "NAMESPACE"});
  table.NamesIn(0);
  for (const nomad::JobSummary& job : orphans) {
    table.AddRow({{job.ref.id}, {job.type}, {StatusOf(job)}, {job.ref.name_space}});
  }
  Print(out, table);
}

std::vector<JsonShape> ListShapes() {
  const auto reason = {shape::Text("target", "the word of the command line"),
                       shape::Flag("narrows", "it is one of --and"),
                       shape::Text("why", "in words"),
                       shape::Optional(shape::Text("path", "the file that holds it")),
                       shape::Optional(shape::Whole("line", "of that file")),
                       shape::Optional(shape::Text("value", "of the evaluated spec"))};
  const JsonFields more = {
      shape::Text("type", "service, batch, system or sysbatch"),
      shape::Flag("valid", "its text parses, and its header can be trusted"),
      shape::Optional(shape::Texts("duplicates", "paths of further specs of this job")),
      shape::Optional(shape::Text("state", "with -l: a word of the table of states; ?: unknown")),
      shape::Optional(shape::Text("status", "the same")),
      shape::Optional(shape::Texts("images", "with -l: those of the spec")),
      shape::Optional(shape::Objects("why", "with --why: what took it", reason))};
  return {{.fields = {shape::Objects("jobs", "infra jobs in their order, others by name",
                                     shape::All({JobFields(), more}))}},
          {.when = "--orphans",
           .fields = {shape::Objects(
               "orphans", "registered jobs without a spec",
               {shape::Text("id", "the job's ID"), shape::Text("namespace", "where it is"),
                shape::Text("region", "empty: that of the connection"),
                shape::Text("type", "service, batch, system or sysbatch"),
                shape::Text("status", "stopped, or Nomad's pending, running, dead")})}}};
}

}  // namespace nmgr::report
