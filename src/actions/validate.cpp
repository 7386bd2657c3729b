// validate: every diagnostic of the selected specs, located; with --server Nomad's own opinion too.
#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "actions/all_actions.h"
#include "nmgr/actions/selection.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/parallel.h"
#include "nmgr/report/validate_view.h"
#include "nmgr/rollout/facts.h"

namespace nmgr::actions {
namespace {

using report::JudgedSpec;

struct ValidateOptions {
  bool server = false;
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

void AskServer(Env& env, JudgedSpec& judged) {
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

void AskServer(Env& env, std::vector<JudgedSpec>& specs) {
  ParallelFor(
      specs.size(), static_cast<std::size_t>(env.settings.parallel),
      [&](std::size_t i) {
        if (specs[i].spec.spec) AskServer(env, specs[i]);
      },
      env.stop);
}

// What an invalid spec comes to, else what kept Nomad from answering.
ExitCode CodeOf(const Env& env, const std::vector<JudgedSpec>& specs,
                const repo::Selection& selection) {
  const bool valid = selection.failures.empty() &&
                     std::all_of(specs.begin(), specs.end(), std::mem_fn(&JudgedSpec::valid));
  if (!valid) return kInvalidSpec;
  for (const JudgedSpec& judged : specs) {
    if (judged.unchecked) return ExitCodeFor(*judged.unchecked, env.contact);
  }
  return kDone;
}

ExitCode RunValidate(Env& env) {
  const auto options = env.settings.Own<ValidateOptions>();
  ExitCode code = kDone;
  const std::optional<repo::Selection> selection = SelectTargets(env, code, kInvalidSpec);
  if (!selection) return code;
  for (const repo::SelectedJob& job : selection->jobs) {
    if (!job.duplicates.empty()) env.out.Warning(DuplicatesText(job));
  }
  std::vector<JudgedSpec> specs;
  for (EvaluatedSpec& spec : Evaluate(env, AllSpecs(*selection))) {
    specs.push_back({std::move(spec)});
  }
  if (options.server) AskServer(env, specs);
  if (env.stop.stop_requested()) return kInterrupted;

  report::ReportVerdicts(env.out, specs, *selection, options.server);
  return CodeOf(env, specs, *selection);
}

}  // namespace

Action ValidateAction() {
  return {
      .name = "validate",
      .summary = "check specs and show every fault with its place",
      .options = {{.name = "server",
                   .help = "ask Nomad too, which alone knows the job schema",
                   .value = Switch(&ValidateOptions::server)},
                  ParallelOption()},
      .run = RunValidate,
      .needs_nomad = false,
      .details =
          "Exits with 65 if a spec is invalid. Without --server the job schema is not\n"
          "checked: only Nomad knows it. With --server a spec that Nomad could not be\n"
          "asked about is \"not checked\": the exit code says why (69, 77).\n"
          "\n"
          "  nmgr validate changed:origin/main    what a commit hook or CI would run\n",
      .finds = true,
      .documents = report::ValidateShapes(),
  };
}

}  // namespace nmgr::actions
