// validate: every diagnostic of the selected specs, located; with --server Nomad's own opinion too.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "actions/all_actions.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/report/diagnostics.h"
#include "nmgr/report/faults.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {
namespace {

struct Options {
  bool server = false;
};

struct Judged {
  EvaluatedSpec spec;
  hcl::Diagnostics told;           // what Nomad has against it, and warns of
  std::optional<Error> unchecked;  // why Nomad could not be asked
  bool valid() const { return spec.spec.has_value() && !told.HasErrors(); }
};

// Nomad's own words where it refuses the spec, which is a 400. Whatever else it refuses, for
// another reason, says nothing of the spec.
std::optional<std::string_view> WordsOnSpec(const Error& error) {
  constexpr std::string_view kBefore = "/v1/jobs/parse: ";
  constexpr std::string_view kAfter = " (400)";
  std::string_view words = error.message;
  if (error.code != ErrorCode::kRejected || !words.ends_with(kAfter)) return std::nullopt;
  words.remove_suffix(kAfter.size());
  const std::size_t begin = words.find(kBefore);
  if (begin != std::string_view::npos) words.remove_prefix(begin + kBefore.size());
  return words;
}

// The job as it would be registered: one without a namespace of its own goes to that of the
// connection, of which Nomad would say nothing here.
Expected<nomad::JobVerdict> AskVerdict(Env& env, const nomad::JobRef& ref, nomad::RawJob job,
                                       const nomad::Call& call) {
  const std::string& name_space = env.settings.repo.default_namespace;
  if (ref.name_space.empty() && name_space == "*") {
    return Error{ErrorCode::kUsage, "\"*\" is no namespace that a job can be in",
                 "set --namespace or NOMAD_NAMESPACE to the one that is meant"};
  }
  if (ref.name_space.empty() && !name_space.empty()) job["Namespace"] = name_space;
  return env.jobs.ValidateJob(ref, job, call);
}

void AskServer(Env& env, Judged& judged) {
  const jobspec::JobSpec& spec = *judged.spec.spec;
  const nomad::JobRef ref = rollout::RefOf(spec.header);
  const nomad::Call call{TimePoint::max(), env.stop};
  const auto parsed = env.jobs.ParseJob(ref, spec.flat_hcl, call);
  if (!parsed) {
    if (const auto words = WordsOnSpec(parsed.error())) {
      judged.told = jobspec::ServerFaults(spec, *words);
    } else {
      judged.unchecked = parsed.error();
    }
    return;
  }
  const auto verdict = AskVerdict(env, ref, *parsed, call);
  if (!verdict) {
    judged.unchecked = verdict.error();
    return;
  }
  for (const std::string& fault : verdict->faults) {
    judged.told.Append(jobspec::ServerFaults(spec, fault));
  }
  for (const std::string& warning : verdict->warnings) {
    for (hcl::Diagnostic told : jobspec::ServerFaults(spec, warning).items()) {
      told.severity = hcl::Severity::kWarning;
      judged.told.Add(std::move(told));
    }
  }
}

void AskServer(Env& env, std::vector<Judged>& specs) {
  ParallelFor(
      specs.size(), static_cast<std::size_t>(env.settings.parallel),
      [&](std::size_t i) {
        if (specs[i].spec.spec) AskServer(env, specs[i]);
      },
      env.stop);
}

nlohmann::json ToJson(const repo::SpecFile& file, bool valid, const hcl::Diagnostics& diagnostics) {
  return {{"id", file.id()},
          {"path", file.path()},
          {"valid", valid},
          {"diagnostics", report::ToJson(diagnostics)}};
}

// "checked" tells whether Nomad was asked.
nlohmann::json ToJson(const Judged& judged, bool server) {
  hcl::Diagnostics all = judged.spec.diagnostics;
  all.Append(judged.told);
  nlohmann::json json = ToJson(*judged.spec.file, judged.valid(), all);
  if (!server) return json;
  json["checked"] = judged.spec.spec.has_value() && !judged.unchecked;
  if (judged.unchecked) json["error"] = report::ToJson(*judged.unchecked);
  return json;
}

// What keeps Nomad from answering is said once for all specs it concerns: they are not checked,
// which is not the same as invalid.
ExitCode ReportUnchecked(Env& env, const std::vector<Judged>& specs) {
  ExitCode code = kDone;
  std::map<std::string, std::vector<const Judged*>> causes;
  for (const Judged& judged : specs) {
    if (judged.unchecked) causes[judged.unchecked->message].push_back(&judged);
  }
  for (const auto& [message, concerned] : causes) {
    const std::string who = concerned.size() == 1
                                ? std::string(concerned.front()->spec.file->path())
                                : Count(concerned.size(), "spec");
    const Error& error = *concerned.front()->unchecked;
    env.out.Error(
        {error.code, fmt::format("{} not checked by Nomad: {}", who, message), error.hint});
    if (code == kDone) code = ExitCodeFor(error, env.contact);
  }
  return code;
}

void ReportFaults(Env& env, const std::vector<Judged>& specs) {
  std::vector<hcl::Diagnostics> faults;
  for (const Judged& judged : specs) {
    faults.push_back(judged.spec.diagnostics);
    faults.back().Append(judged.told);
  }
  std::vector<const hcl::Diagnostics*> refs;
  for (const hcl::Diagnostics& fault : faults) refs.push_back(&fault);
  ReportDiagnostics(env, refs);
}

std::string SummaryOf(std::size_t total, std::size_t invalid, std::size_t unchecked) {
  std::string text = invalid == 0 ? fmt::format("{}, no errors", Count(total, "spec"))
                                  : fmt::format("{} of {} invalid", invalid, Count(total, "spec"));
  if (unchecked != 0) text += fmt::format(", {} not checked by Nomad", unchecked);
  return text;
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
    specs.push_back({std::move(spec), {}, {}});
  if (options.server) AskServer(env, specs);
  if (env.stop.stop_requested()) return kInterrupted;

  std::size_t invalid = selection->failures.size();
  std::size_t unchecked = 0;
  const std::size_t total = specs.size() + invalid;
  nlohmann::json list = nlohmann::json::array();
  if (env.out.json()) {
    for (const repo::SpecPtr& file : selection->jobless) {
      list.push_back(ToJson(*file, false, file->diagnostics));
    }
  }
  for (const Judged& judged : specs) {
    if (!judged.valid()) ++invalid;
    if (judged.unchecked) ++unchecked;
    if (env.out.json()) list.push_back(ToJson(judged, options.server));
  }
  ReportFaults(env, specs);
  const ExitCode server = ReportUnchecked(env, specs);
  if (invalid != 0) {
    code = kInvalidSpec;
  } else if (server != kDone) {
    code = server;
  }
  env.out.Json({{"valid", invalid == 0},
                {"checked", options.server && unchecked == 0},
                {"specs", std::move(list)}});
  env.out.Line(SummaryOf(total, invalid, unchecked));
  return code;
}

namespace shape = report::shape;

std::vector<report::JsonShape> ValidateShapes() {
  return {
      {.fields = {shape::Flag("valid", "every spec is"),
                  shape::Flag("checked", "Nomad was asked about every spec (--server)"),
                  shape::Objects(
                      "specs", "those of the selection",
                      {shape::Text("id", "the job's ID"), shape::Text("path", "its file"),
                       shape::Flag("valid", "no error, as far as it was checked"),
                       report::DiagnosticsField(),
                       shape::Optional(shape::Flag("checked", "with --server: Nomad was asked")),
                       shape::Optional(report::ErrorField("why Nomad could not be asked"))})}}};
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
          "checked: only Nomad knows it. With --server a spec that Nomad could not be\n"
          "asked about is \"not checked\": the exit code says why (69, 77).\n"
          "\n"
          "  nmgr validate changed:origin/main    what a commit hook or CI would run\n",
      .documents = ValidateShapes(),
  };
}

}  // namespace nmgr::actions
