#include "nmgr/report/validate_view.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/report/diagnostics.h"
#include "nmgr/report/faults.h"

namespace nmgr::report {
namespace {

hcl::Diagnostics AllOf(const JudgedSpec& judged) {
  hcl::Diagnostics all = judged.spec.diagnostics;
  all.Append(judged.told);
  return all;
}

nlohmann::json SpecJson(const repo::SpecFile& file, bool valid,
                        const hcl::Diagnostics& diagnostics) {
  return {{"id", file.id()},
          {"path", file.path()},
          {"valid", valid},
          {"diagnostics", ToJson(diagnostics)}};
}

nlohmann::json JudgedJson(const JudgedSpec& judged, bool server) {
  nlohmann::json json = SpecJson(*judged.spec.file, judged.valid(), AllOf(judged));
  if (!server) return json;
  json["checked"] = judged.spec.spec.has_value() && !judged.unchecked;
  if (judged.unchecked) json["error"] = ToJson(*judged.unchecked);
  return json;
}

// What keeps Nomad from answering is said once for all specs it concerns: they are not checked,
// which is not the same as invalid.
void ReportUnchecked(Reporter& out, const std::vector<JudgedSpec>& specs) {
  std::map<std::string, std::vector<const JudgedSpec*>> causes;
  for (const JudgedSpec& judged : specs) {
    if (judged.unchecked) causes[judged.unchecked->message].push_back(&judged);
  }
  for (const auto& [message, concerned] : causes) {
    const JudgedSpec& first = *concerned.front();
    const std::string who = concerned.size() == 1 ? std::string(first.spec.file->path())
                                                  : Count(concerned.size(), "spec");
    out.Error({first.unchecked->code, fmt::format("{} not checked by Nomad: {}", who, message),
               first.unchecked->hint});
  }
}

void ReportAllFaults(Reporter& out, const std::vector<JudgedSpec>& specs) {
  std::vector<hcl::Diagnostics> all;
  for (const JudgedSpec& judged : specs) all.push_back(AllOf(judged));
  std::vector<const hcl::Diagnostics*> refs;
  for (const hcl::Diagnostics& faults : all) refs.push_back(&faults);
  ReportFaults(out, refs);
}

std::string ValidateSummary(std::size_t total, std::size_t invalid, std::size_t unchecked,
                            bool server) {
  std::string text = invalid == 0 ? fmt::format("{}, no errors", Count(total, "spec"))
                                  : fmt::format("{} of {} invalid", invalid, Count(total, "spec"));
  if (!server && invalid == 0) text += " (Nomad's job schema not checked: --server)";
  if (unchecked != 0) text += fmt::format(", {} not checked by Nomad", unchecked);
  return text;
}

}  // namespace

void ReportVerdicts(Reporter& out, const std::vector<JudgedSpec>& specs,
                    const repo::Selection& selection, bool server) {
  std::size_t invalid = selection.failures.size();
  const std::size_t total = specs.size() + invalid;
  std::size_t unchecked = 0;
  nlohmann::json list = nlohmann::json::array();
  for (const repo::SpecPtr& file : selection.jobless) {
    list.push_back(SpecJson(*file, false, file->diagnostics));
  }
  for (const JudgedSpec& judged : specs) {
    if (!judged.valid()) ++invalid;
    if (judged.unchecked) ++unchecked;
    if (out.json()) list.push_back(JudgedJson(judged, server));
  }
  ReportAllFaults(out, specs);
  ReportUnchecked(out, specs);
  out.Line(ValidateSummary(total, invalid, unchecked, server));
  out.Json(
      {{"valid", invalid == 0}, {"checked", server && unchecked == 0}, {"specs", std::move(list)}});
}

std::vector<JsonShape> ValidateShapes() {
  return {{.fields = {
               shape::Flag("valid", "every spec is"),
               shape::Flag("checked", "Nomad was asked about every spec (--server)"),
               shape::Objects(
                   "specs", "those of the selection",
                   {shape::Text("id", "the job's ID"), shape::Text("path", "its file"),
                    shape::Flag("valid", "no error, as far as it was checked"), DiagnosticsField(),
                    shape::Optional(shape::Flag("checked", "with --server: Nomad was asked")),
                    shape::Optional(ErrorField("why Nomad could not be asked"))})}}};
}

}  // namespace nmgr::report
