// graph: what comes after what, and why.
#include "nmgr/report/graph.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "actions/all_actions.h"
#include "actions/job_graph.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/anonymous_file.h"
#include "nmgr/base/text.h"
#include "nmgr/report/faults.h"

namespace nmgr::actions {
namespace {

struct GraphOptions {
  Path svg;
};

// What could not be looked at: of the selection an error, of the others a warning.
void ReportFaulty(Env& env, const std::vector<EvaluatedSpec>& faulty,
                  const std::set<std::string>& wanted, ExitCode& code) {
  std::vector<const hcl::Diagnostics*> told;
  for (const EvaluatedSpec& spec : faulty) {
    if (wanted.contains(spec.file->path())) {
      told.push_back(&spec.diagnostics);
      code = kFailed;
    } else {
      env.out.Warning(
          fmt::format("{}: its spec does not evaluate, so what it names is not known ({})",
                      spec.file->id(), repo::FaultPlace(spec.diagnostics, spec.file->path())));
    }
  }
  report::ReportFaults(env.out, told);
}

// Whether what lies at `path` is a drawing that this action made before.
bool IsOurDrawing(Env& env, const Path& path) {
  const Expected<std::string> text = env.files.ReadFile(path, kMaxFileSize);
  return text && text->find("<svg") != std::string::npos &&
         text->find("<title>nmgr</title>") != std::string::npos;
}

// Has graphviz draw it. A file that is something else is never written over.
Expected<void> Draw(Env& env, const report::Graph& graph, const Path& named) {
  const Path path = JoinPath(CurrentFolder(), named);
  if (env.files.Stat(path) && !IsOurDrawing(env, path)) {
    return Error{ErrorCode::kUsage, named + " is there and no drawing of nmgr's",
                 "remove it, or name another file"};
  }
  TRY_ASSIGN(const AnonymousFile text, AnonymousFile::Of(report::GraphDot(graph)));
  const auto drawn =
      env.processes.Run({"dot", "-Tsvg", "-o", path, text.path()}, CurrentFolder(), env.stop);
  if (!drawn && drawn.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kNotFound, "--svg needs graphviz: " + drawn.error().message,
                 "install graphviz, or take `nmgr graph -o dot` to where it is"};
  }
  if (!drawn) return drawn.error();
  if (drawn->exit_code == 0) return {};
  return Error{ErrorCode::kIo, fmt::format("dot failed with exit code {}: {}", drawn->exit_code,
                                           TrimBlanks(drawn->err))};
}

ExitCode RunGraph(Env& env) {
  ExitCode code = kDone;
  std::optional<repo::Repo> repo;
  const std::optional<repo::Selection> selection =
      SelectTargets(env, code, kFailed, VariableCheck::kOff, false,
                    {.otherwise = {"all"}, .repo = &repo, .heeds_order = true});
  if (!selection) return code;
  const auto around = GraphAround(env, repo, *selection);
  if (!around) {
    env.out.Error(around.error());
    return ExitCodeFor(around.error().code);
  }
  if (env.stop.stop_requested()) return kInterrupted;
  std::set<std::string> wanted;
  for (const repo::SpecPtr& spec : selection->specs) wanted.insert(spec->path());
  ReportFaulty(env, around->faulty, wanted, code);
  const report::Graph& graph = around->graph;
  const Path svg = env.settings.Own<GraphOptions>().svg;
  if (svg.empty()) {
    report::ReportGraph(env.out, graph, env.settings.output);
    return code;
  }
  const Expected<void> drawn = Draw(env, graph, svg);
  if (env.out.json()) report::ReportGraph(env.out, graph, report::Output::kJson);
  if (drawn) return code;
  env.out.Error(drawn.error());
  return drawn.error().code == ErrorCode::kUsage ? kUsage : kFailed;
}

}  // namespace

Action GraphAction() {
  return {
      .name = "graph",
      .summary = "show what comes after what, and why",
      .argument_help = "[TARGET...]",
      .options = {{.name = "svg",
                   .value_name = "FILE",
                   .help = "draw it there, by graphviz's `dot`",
                   .value = FilePath(&GraphOptions::svg)}},
      .run = RunGraph,
      .needs_nomad = false,
      .details =
          "A job comes after those that register a service which its templates, env or\n"
          "upstreams name, after the job that has a static port which it reaches on its\n"
          "own node or under a name or address of that job, and after the storage plugin\n"
          "of a volume that it mounts. Only what the specs say counts. `-o dot` is for\n"
          "graphviz, `-o mermaid` for Markdown.\n"
          "\n"
          "  nmgr graph              every edge, with the file and line that names it\n"
          "  nmgr graph valkey       what valkey comes after, and what comes after it\n",
      .documents = {report::GraphShape()},
      .outputs = {"dot", "mermaid"},
  };
}

}  // namespace nmgr::actions
