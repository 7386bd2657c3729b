// render: what a spec comes to, as plain HCL or as JSON. A spec in JSON syntax stays JSON in both.
#include "actions/all_actions.h"
#include "nmgr/actions/selection.h"
#include "nmgr/report/faults.h"
#include "nmgr/report/render_view.h"

namespace nmgr::actions {
namespace {

ExitCode RunRender(Env& env) {
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code, kInvalidSpec);
  if (!selection) return code;
  const std::vector<EvaluatedSpec> evaluated = Evaluate(env, AllSpecs(*selection));
  if (env.stop.stop_requested()) return kInterrupted;
  std::vector<const hcl::Diagnostics*> faults;
  for (const EvaluatedSpec& spec : evaluated) {
    faults.push_back(&spec.diagnostics);
    if (!spec.spec) code = kInvalidSpec;
  }
  report::ReportFaults(env.out, faults);
  if (const auto shown = report::ReportBodies(env.out, evaluated, code); !shown) {
    env.out.Error(shown.error());
    return kInvalidSpec;
  }
  return code;
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
      .documents = report::RenderShapes(),
  };
}

}  // namespace nmgr::actions
