#include "actions/rollout_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actions/rollout_report.h"
#include "nmgr/actions/selection.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/report/faults.h"
#include "nmgr/rollout/execute.h"

namespace nmgr::actions {
namespace {

using rollout::JobFacts;
using rollout::JobResult;
using rollout::Move;
using rollout::Plan;
using rollout::Verb;

bool IsUsable(Verb verb, const JobFacts& facts) {
  if (!rollout::NeedsWholeSpec(verb)) return !facts.faulty;
  return facts.spec.has_value() && facts.duplicates.empty();
}

void ReportUnusable(Env& env, const JobFacts& facts) {
  if (!facts.duplicates.empty()) {
    std::vector<std::string> paths = {facts.path};
    paths.insert(paths.end(), facts.duplicates.begin(), facts.duplicates.end());
    env.out.Error(
        {ErrorCode::kInvalid,
         fmt::format("{}: {} specs have this ID: {}", facts.name, paths.size(), SomeOf(paths)),
         "name one of them by its path"});
  }
}

// What `down` and `restart` do not need is only worth a warning.
void ReportUnneeded(Env& env, const JobFacts& facts) {
  for (const hcl::Diagnostic& diagnostic : facts.diagnostics.items()) {
    if (diagnostic.severity != hcl::Severity::kError) continue;
    env.out.Warning(fmt::format("{}: its spec does not evaluate, which this does not need: {}",
                                facts.name, hcl::ToLine(diagnostic)));
    return;
  }
}

// Jobs that cannot go on are named before anything is changed.
void ReportFailedSteps(Env& env, const Plan& plan, const std::vector<JobFacts>& facts) {
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const rollout::Step& step = plan.steps[i];
    if (step.move == Move::kFail) {
      env.out.Error({facts[i].error ? facts[i].error->code : ErrorCode::kRejected,
                     WithDetails(facts[i].name + ": " + step.reason, step.details), step.hint});
    } else if (step.move == Move::kSkip) {
      env.out.Notice(fmt::format("{}: an infra job, skipped: {} ({})", facts[i].name,
                                 WhyWords(facts[i], step), step.hint));
    } else if (!step.notice.empty()) {
      env.out.Notice(WithDetails(fmt::format("{}: {} ({})", facts[i].name, step.notice, step.hint),
                                 step.details));
    } else if (env.settings.dry_run) {
      for (const std::string& detail : step.details) env.out.Notice(facts[i].name + ": " + detail);
    }
  }
}

ExitCode ExitCodeOf(Env& env, const Plan& plan, const std::vector<JobResult>& results,
                    ExitCode so_far) {
  if (env.stop.stop_requested()) return static_cast<ExitCode>(env.interruption.exit_code());
  if (so_far != kDone) return so_far;
  if (plan.CountOf(Move::kBroken) != 0 || plan.CountOf(Move::kFail) != 0) return kFailed;
  for (const JobResult& result : results) {
    if (rollout::IsFailure(result.outcome)) return kFailed;
  }
  if (!env.settings.detailed_exitcode) return kDone;
  const bool pending = env.settings.dry_run ? plan.HasChanges() : plan.CountOf(Move::kSkip) != 0;
  return pending ? kChangesPending : kDone;
}

// The record of this run, opened before anything is asked, since what was put in later is somebody
// else's stop. False where the run must not start: --strict, and `down` cannot record.
bool OpenRecordFor(Env& env, Verb verb, std::unique_ptr<rollout::StoppedRecord>& record) {
  if (env.settings.dry_run) return true;
  record = OpenRecord(env);
  if (verb != Verb::kDown) return true;
  const auto warn = [&env](const Error& error) {
    env.out.Warning(error.message +
                    "; what is stopped now is not recorded and cannot be brought back by "
                    "`nmgr up --restore`");
  };
  if (record) record->WhenItFails(warn);
  if (!env.settings.strict) return true;
  const Expected<void> tried = record ? record->Try() : Expected<void>();
  if (record && tried) return true;
  if (!tried) env.out.Error(tried.error());
  env.out.Error(
      {ErrorCode::kIo, "nothing was touched, because stops could not be recorded (--strict)"});
  return false;
}

// At the end again, where it is seen.
void ReportUnrecorded(Env& env, const rollout::StoppedRecord* record,
                      const std::vector<JobFacts>& facts, const std::vector<JobResult>& results) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const bool stopped = results[i].wrote && !results[i].purged;
    if (stopped && (record == nullptr || record->Missed(facts[i].ref))) {
      ids.push_back(facts[i].ref.id);
    }
  }
  if (ids.empty()) return;
  constexpr std::size_t kMost = 10;
  const std::size_t count = ids.size();
  if (count > kMost) ids.resize(kMost);
  std::string names = Join(ids, ", ");
  if (count > kMost) names += fmt::format(" and {} more", count - kMost);
  env.out.Warning("not recorded, so `nmgr up --restore` will not bring it back: " + names);
}

std::vector<JobResult> Carry(Env& env, const Plan& plan, const std::vector<JobFacts>& facts,
                             rollout::StoppedRecord* record) {
  RolloutProgress progress(env.out, plan.intent);
  rollout::ExecuteOptions options;
  options.parallel = env.settings.parallel;
  options.timeout = env.settings.timeout;
  options.fail_fast = env.settings.fail_fast;
  options.record = record;
  options.stop = env.stop;
  options.interruption = &env.interruption;
  return rollout::Execute(plan, facts, env.jobs, env.clock, progress, options);
}

// A job can be in no namespace called "*": Nomad would say "job not found" of every one.
std::optional<Error> RefuseAllNamespaces(const Env& env, const repo::Selection& selection) {
  if (env.settings.repo.default_namespace != "*") return std::nullopt;
  for (const repo::SelectedJob& job : selection.jobs) {
    if (job.spec->faulty || !job.spec->parsed.header.name_space.empty()) continue;
    return Error{
        ErrorCode::kUsage,
        fmt::format("{} has no namespace of its own, and \"*\" is none that a job can be in",
                    job.id()),
        "set --namespace or NOMAD_NAMESPACE to the one that is meant"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<JobFacts>> Gather(Env& env, const rollout::Intent& intent,
                                            const repo::Selection& selection, ExitCode& exit_code) {
  const auto end = [&](const Error& error) {
    env.out.Error(error);
    exit_code = ExitCodeFor(error.code);
    return std::nullopt;
  };
  if (const auto refused = RefuseAllNamespaces(env, selection)) return end(*refused);
  const jobspec::SpecContext specs = SpecContextOf(env);
  rollout::GatherOptions options;
  options.specs = &specs;
  options.contact = &env.contact;
  options.stop = env.stop;
  options.time_limit = std::min(options.time_limit, env.settings.timeout);
  auto facts = rollout::GatherFacts(intent, selection.jobs, env.jobs, env.clock, options);
  if (!facts) return end(facts.error());
  return *std::move(facts);
}

bool ReportSpecs(Env& env, Verb verb, const std::vector<JobFacts>& facts) {
  bool unusable = false;
  std::vector<const hcl::Diagnostics*> shown;
  for (const JobFacts& job : facts) {
    const bool unneeded = IsUsable(verb, job) && job.diagnostics.HasErrors();
    if (!unneeded) shown.push_back(&job.diagnostics);
  }
  ReportDiagnostics(env, shown);
  for (const JobFacts& job : facts) {
    if (!IsUsable(verb, job)) {
      ReportUnusable(env, job);
      unusable = true;
    } else if (job.diagnostics.HasErrors()) {
      ReportUnneeded(env, job);
    }
  }
  return unusable;
}

std::unique_ptr<rollout::StoppedRecord> OpenRecord(Env& env) {
  const Settings& settings = env.settings;
  rollout::RecordKey key;
  key.address = nomad::DisplayAddress(settings.connection);
  key.region = settings.connection.region;
  key.base_dir = JoinPath(CurrentFolder(), settings.repo.base_dir);
  key.name_space = settings.repo.default_namespace;
  if (env.state_folder.empty()) {
    env.out.Warning(
        "neither HOME nor XDG_STATE_HOME names a folder, so there is no record of what `down` "
        "stops, and `nmgr up --restore` brings nothing back");
    return nullptr;
  }
  auto record = rollout::StoppedRecord::Open(env.state_folder, std::move(key));
  if (record) return *std::move(record);
  env.out.Warning(record.error().message +
                  "; what is stopped now cannot be brought back by up --restore");
  return nullptr;
}

ExitCode RunRollout(Env& env, std::string_view name, const rollout::Intent& intent,
                    const repo::Selection& selection, ExitCode so_far) {
  ExitCode code = so_far;
  std::unique_ptr<rollout::StoppedRecord> record;
  if (!OpenRecordFor(env, intent.verb, record)) return kFailed;
  auto facts = Gather(env, intent, selection, code);
  if (!facts) return code;
  const bool unusable = ReportSpecs(env, intent.verb, *facts);
  if (env.settings.strict && (unusable || so_far != kDone)) {
    env.out.Error(
        {ErrorCode::kInvalid,
         "nothing was touched, because a spec does not evaluate or cannot be read (--strict)"});
    return kFailed;
  }
  const Plan plan = rollout::MakePlan(intent, *facts);
  ReportFailedSteps(env, plan, *facts);
  std::vector<JobResult> results(plan.steps.size());
  if (env.settings.dry_run) {
    ReportDryRun(env.out, plan, *facts);
  } else {
    results = Carry(env, plan, *facts, record.get());
  }
  env.interruption.SumUp();
  code = ExitCodeOf(env, plan, results, so_far);
  ReportSummary(env.out, plan, *facts, results, env.settings.dry_run);
  if (!env.settings.dry_run && intent.verb == Verb::kDown) {
    ReportUnrecorded(env, record.get(), *facts, results);
  }
  if (env.out.json()) {
    env.out.Json(RolloutJson(name, env.settings.dry_run, plan, *facts, results, code));
  }
  return code;
}

}  // namespace nmgr::actions
