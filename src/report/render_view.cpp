#include "nmgr/report/render_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

namespace nmgr::report {
namespace {

std::string QuotedJson(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Bodies as text, because a spec in JSON syntax may repeat a key, which stands for two blocks.
Expected<std::string> BodiesJson(const std::vector<repo::EvaluatedSpec>& specs, int exit_code) {
  std::string out = "{\"specs\":[";
  for (const repo::EvaluatedSpec& evaluated : specs) {
    if (!evaluated.spec) continue;
    TRY_ASSIGN(const std::string body, jobspec::BodyToJson(*evaluated.spec));
    if (out.back() != '[') out += ',';
    out += fmt::format("\n{{\"path\":{},\"id\":{},\"body\":{}}}", QuotedJson(evaluated.spec->path),
                       QuotedJson(evaluated.spec->header.id), body);
  }
  return out + fmt::format("\n],\"exit_code\":{}}}\n", exit_code);
}

}  // namespace

Expected<void> ReportBodies(Reporter& out, const std::vector<repo::EvaluatedSpec>& specs,
                            int exit_code) {
  const bool alone = specs.size() == 1;
  if (out.json() && !alone) {
    TRY_ASSIGN(const std::string document, BodiesJson(specs, exit_code));
    out.JsonText(document);
    return {};
  }
  for (const repo::EvaluatedSpec& evaluated : specs) {
    if (!evaluated.spec) continue;
    if (out.json()) {
      TRY_ASSIGN(const std::string body, jobspec::BodyToJson(*evaluated.spec));
      out.JsonText(body + "\n");
      continue;
    }
    if (!alone) out.Line(fmt::format("# {}", evaluated.spec->path));
    out.Raw(evaluated.spec->flat_hcl);
    if (!evaluated.spec->flat_hcl.ends_with('\n')) out.Line("");
  }
  return {};
}

std::vector<JsonShape> RenderShapes() {
  return {{.means = "Of one spec its body: blocks by type and label, attributes by name.",
           .form = JsonForm::kForeign},
          {.when = "TARGET TARGET",
           .means = "Of several specs, or none.",
           .fields = {
               shape::Objects("specs", "those that evaluate",
                              {shape::Text("path", "its file"), shape::Text("id", "the job's ID"),
                               shape::Any("body", "as that of one spec")})}}};
}

}  // namespace nmgr::report
