// validate: every diagnostic of the selected specs, located; with --server Nomad's own opinion too.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/report/diagnostics.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool server = false;
};

struct Judged {
  EvaluatedSpec spec;
  std::optional<Error> server;  // what Nomad has against it
  bool valid() const { return spec.spec.has_value() && !server; }
};

void AskServer(Env& env, std::vector<Judged>& specs) {
  ParallelFor(
      specs.size(), static_cast<std::size_t>(env.settings.parallel),
      [&](std::size_t i) {
        Judged& judged = specs[i];
        if (!judged.spec.spec) return;
        const jobspec::JobHeader& header = judged.spec.spec->header;
        const auto parsed =
            env.nomad.ParseJob({header.id, header.name_space, header.region},
                               judged.spec.spec->flat_hcl, {TimePoint::max(), env.stop});
        if (!parsed) judged.server = parsed.error();
      },
      env.stop);
}

nlohmann::json ToJson(const repo::SpecFile& file, bool valid, const hcl::Diagnostics& diagnostics) {
  return {{"id", file.id()},
          {"path", file.path()},
          {"valid", valid},
          {"diagnostics", report::ToJson(diagnostics)}};
}

nlohmann::json ToJson(const Judged& judged) {
  nlohmann::json json = ToJson(*judged.spec.file, judged.valid(), judged.spec.diagnostics);
  if (judged.server) json["server"] = judged.server->message;
  return json;
}

// What keeps Nomad from answering at all is said once and decides the exit code; that it refuses a
// spec makes the spec invalid.
ExitCode ReportServer(Env& env, const std::vector<Judged>& specs) {
  ExitCode code = kDone;
  std::string told;
  for (const Judged& judged : specs) {
    if (!judged.server || judged.server->message == told) continue;
    told = judged.server->message;
    if (judged.server->code == ErrorCode::kRejected) {
      env.out.Error({ErrorCode::kRejected, fmt::format("{}: {}", judged.spec.file->path(), told),
                     judged.server->hint});
    } else {
      env.out.Error(*judged.server);
      code = ExitCodeFor(*judged.server, env.contact);
    }
  }
  return code;
}

ExitCode RunValidate(Env& env) {
  const auto options = env.settings.Own<Options>();
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code, kInvalidSpec);
  if (!selection) return code;
  for (const repo::SelectedJob& job : selection->jobs) {
    if (!job.duplicates.empty()) env.out.Warning(DuplicatesText(job));
  }
  std::vector<Judged> specs;
  for (EvaluatedSpec& spec : Evaluate(env, AllSpecs(*selection)))
    specs.push_back({std::move(spec), {}});
  if (options.server) AskServer(env, specs);
  if (env.stop.stop_requested()) return kInterrupted;

  std::size_t invalid = selection->failures.size();
  const std::size_t total = specs.size() + invalid;
  nlohmann::json list = nlohmann::json::array();
  if (env.out.json()) {
    for (const repo::SpecPtr& file : selection->jobless) {
      list.push_back(ToJson(*file, false, file->diagnostics));
    }
  }
  for (const Judged& judged : specs) {
    env.out.Diagnostics(judged.spec.diagnostics);
    if (!judged.valid()) ++invalid;
    if (env.out.json()) list.push_back(ToJson(judged));
  }
  if (invalid != 0) code = kInvalidSpec;
  if (const ExitCode server = ReportServer(env, specs); server != kDone) code = server;
  env.out.Json({{"valid", code == kDone}, {"specs", std::move(list)}});
  env.out.Line(invalid == 0 ? fmt::format("{}, no errors", Count(total, "spec"))
                            : fmt::format("{} of {} invalid", invalid, Count(total, "spec")));
  return code;
}

}  // namespace

Action ValidateAction() {
  return {
      .name = "validate",
      .summary = "check specs and show every fault with its place",
      .options = {{.name = "server",
                   .help = "ask Nomad too, which alone knows the job schema",
                   .value = Switch(&Options::server)},
                  ParallelOption()},
      .run = RunValidate,
      .needs_nomad = false,
      .details =
          "Exits with 65 if a spec is invalid. Without --server the job schema is not\n"
          "checked: only Nomad knows it.\n"
          "\n"
          "  nmgr validate changed:origin/main    what a commit hook or CI would run\n",
  };
}

}  // namespace nmgr::actions
