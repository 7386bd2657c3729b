// render: what a spec comes to, as plain HCL or as JSON. A spec in JSON syntax stays JSON in both.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "nmgr/actions/selection.h"

namespace nmgr::actions {
namespace {

// Bodies as text, because a spec in JSON syntax may repeat a key, which stands for two blocks.
Expected<std::string> JsonDocument(const std::vector<const EvaluatedSpec*>& specs, bool alone,
                                   ExitCode code) {
  const auto quoted = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  if (alone) {
    TRY_ASSIGN(std::string body, jobspec::BodyToJson(*specs.front()->spec));
    return body + "\n";
  }
  std::string out = "{\"specs\":[";
  for (const EvaluatedSpec* spec : specs) {
    TRY_ASSIGN(const std::string body, jobspec::BodyToJson(*spec->spec));
    if (out.back() != '[') out += ',';
    out += fmt::format("\n{{\"path\":{},\"id\":{},\"body\":{}}}", quoted(spec->spec->path),
                       quoted(spec->spec->header.id), body);
  }
  return out + fmt::format("\n],\"exit_code\":{}}}\n", static_cast<int>(code));
}

ExitCode RunRender(Env& env) {
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code, kInvalidSpec);
  if (!selection) return code;
  const std::vector<EvaluatedSpec> evaluated = Evaluate(env, AllSpecs(*selection));
  if (env.stop.stop_requested()) return kInterrupted;
  std::vector<const EvaluatedSpec*> valid;
  ReportDiagnostics(env, evaluated);
  for (const EvaluatedSpec& spec : evaluated) {
    if (spec.spec) {
      valid.push_back(&spec);
    } else {
      code = kInvalidSpec;
    }
  }
  if (env.out.json()) {
    if (evaluated.size() == 1 && valid.empty()) return code;
    Expected<std::string> document = JsonDocument(valid, evaluated.size() == 1, code);
    if (!document) {
      env.out.Error(document.error());
      return kInvalidSpec;
    }
    env.out.JsonText(*document);
    return code;
  }
  for (const EvaluatedSpec* spec : valid) {
    if (evaluated.size() > 1) env.out.Line(fmt::format("# {}", spec->spec->path));
    env.out.Raw(spec->spec->flat_hcl);
    if (!spec->spec->flat_hcl.ends_with('\n')) env.out.Line("");
  }
  return code;
}

namespace shape = report::shape;

std::vector<report::JsonShape> RenderShapes() {
  return {{.means = "Of one spec its body: blocks by type and label, attributes by name.",
           .form = report::JsonForm::kForeign},
          {.when = "TARGET TARGET",
           .means = "Of several specs, or none.",
           .fields = {
               shape::Objects("specs", "those that evaluate",
                              {shape::Text("path", "its file"), shape::Text("id", "the job's ID"),
                               shape::Any("body", "as that of one spec")})}}};
}

}  // namespace

Action RenderAction() {
  return {
      .name = "render",
      .summary = "show evaluated specs: no variable, local or function left",
      .run = RunRender,
      .needs_nomad = false,
      .details =
          "Prints flat HCL, which is what Nomad is sent; with -o json the body of the spec\n"
          "as JSON, for several specs {\"specs\":[{\"path\",\"id\",\"body\"}]}. Exits with 65 if "
          "a\n"
          "spec is invalid.\n",
      .documents = RenderShapes(),
  };
}

}  // namespace nmgr::actions
