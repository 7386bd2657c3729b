#include "actions/rollout_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/actions/selection.h"
#include "nmgr/base/log.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/system.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/order/rules.h"
#include "nmgr/repo/commit.h"
#include "nmgr/report/live_progress.h"
#include "nmgr/report/rollout.h"
#include "nmgr/report/rollout_events.h"

namespace nmgr::actions {
namespace {

using rollout::Verb;

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

}  // namespace

rollout::RunHead HeadOf(const Env& env, std::string_view action) {
  const Settings& settings = env.settings;
  rollout::RunHead head;
  head.action = action;
  head.user = UserName();
  head.host = HostName();
  head.arguments = settings.arguments();
  head.build = settings.build;
  head.address = nomad::NormalAddress(nomad::DisplayAddress(settings.connection));
  head.region = settings.connection.region.empty() ? "global" : settings.connection.region;
  head.name_space = settings.repo.default_namespace;
  head.base_dir = JoinPath(CurrentFolder(), settings.repo.base_dir);
  return head;
}

rollout::RunHead RunHeadOf(Env& env, std::string_view action) {
  rollout::RunHead head = HeadOf(env, action);
  const repo::Repo repo = repo::UnopenedRepo(env.settings.repo, AccessOf(env));
  if (const auto state = repo::CommitNow(repo)) {
    head.commit = state->commit;
    head.dirty = state->dirty;
  } else {
    LogDebug("no commit in the journal: {}", state.error().message);
  }
  return head;
}

std::unique_ptr<rollout::Progress> MakeProgress(Env& env) {
  if (env.settings.events) return std::make_unique<report::RolloutEvents>(env.out, env.clock);
  return std::make_unique<report::LiveProgress>(env.out, env.clock, env.stop);
}

void HideSecrets(const report::Reporter& out, rollout::Rollout& run) {
  for (rollout::JobResult& result : run.results) result.summary = out.Hide(result.summary);
  for (rollout::Step& step : run.plan.steps) step.reason = out.Hide(step.reason);
}

rollout::RolloutOptions RunOptionsOf(Env& env, const jobspec::SpecContext& specs,
                                     rollout::StoppedRecord* record, ExitCode so_far) {
  const Settings& settings = env.settings;
  rollout::RolloutOptions options;
  options.gather = GatherOptionsOf(env, specs);
  if (!settings.dry_run) {
    options.gather.time_limit = settings.timeout;
    options.gather.patience = nomad::Patience::kServed;
  }
  options.execute.parallel = settings.parallel;
  options.execute.timeout = settings.timeout;
  options.execute.fail_fast = settings.fail_fast;
  options.execute.record = record;
  options.execute.stop = env.stop;
  options.execute.interruption = &env.interruption;
  options.execute.logs = settings.no_logs ? nullptr : &env.allocations;
  options.dry_run = settings.dry_run;
  options.strict = settings.strict;
  options.incomplete = so_far != kDone;
  options.infer_order = !settings.no_order;
  options.gather.default_namespace = settings.repo.default_namespace;
  return options;
}

rollout::GatherOptions GatherOptionsOf(Env& env, const jobspec::SpecContext& specs) {
  rollout::GatherOptions options;
  options.specs = &specs;
  options.contact = &env.contact;
  options.stop = env.stop;
  options.time_limit = std::min(options.time_limit, env.settings.timeout);
  options.all_namespaces = env.settings.repo.default_namespace == "*";
  return options;
}

std::unique_ptr<rollout::PlanMemory> OpenMemory(Env& env) {
  const Settings& settings = env.settings;
  const std::string build = BuildIdentity();
  if (settings.no_cache || build.empty()) return nullptr;
  return rollout::PlanMemory::Open(
      env.cache_folder, env.state_folder,
      {nomad::DisplayAddress(settings.connection), settings.connection.region,
       settings.repo.default_namespace, build},
      env.clock);
}

std::unique_ptr<rollout::KnownBad> OpenKnownBad(Env& env) {
  const Settings& settings = env.settings;
  if (env.state_folder.empty()) return nullptr;
  return std::make_unique<rollout::KnownBad>(
      env.state_folder,
      rollout::MemoryPlace{nomad::DisplayAddress(settings.connection), settings.connection.region,
                           settings.repo.default_namespace, ""},
      env.clock);
}

std::optional<std::vector<rollout::JobFacts>> Gather(Env& env, const rollout::Questions& questions,
                                                     const repo::Selection& selection,
                                                     ExitCode& exit_code) {
  std::optional<Error> end = RefuseAllNamespaces(env, selection.jobs);
  rollout::Facts facts;
  if (!end) {
    const jobspec::SpecContext specs = SpecContextOf(env);
    const std::unique_ptr<rollout::PlanMemory> memory = OpenMemory(env);
    rollout::GatherOptions options = GatherOptionsOf(env, specs);
    options.memory = memory.get();
    const std::unique_ptr<rollout::KnownBad> known_bad = OpenKnownBad(env);
    options.known_bad = known_bad.get();
    facts = rollout::GatherFacts(questions, selection.jobs, env.jobs, env.clock, options);
    end = std::move(facts.end);
  }
  if (!end) return std::move(facts.jobs);
  env.out.Error(*end);
  exit_code = ExitCodeFor(end->code);
  return std::nullopt;
}

rollout::Facts GatherListed(Env& env, const std::vector<repo::SelectedJob>& jobs) {
  const jobspec::SpecContext specs = SpecContextOf(env);
  rollout::GatherOptions options = GatherOptionsOf(env, specs);
  const std::unique_ptr<rollout::KnownBad> known_bad = OpenKnownBad(env);
  options.known_bad = known_bad.get();
  return rollout::GatherFacts({.spec = rollout::SpecNeed::kNone, .listed = true}, jobs, env.jobs,
                              env.clock, options);
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
        "stops, and `nmgr up --restore` brings nothing back; nor is there a journal for `nmgr "
        "history` and `nmgr undo`");
    return nullptr;
  }
  auto record = rollout::StoppedRecord::Open(env.state_folder, std::move(key), env.clock);
  if (record) return *std::move(record);
  env.out.Warning(record.error().message +
                  "; what is stopped now cannot be brought back by up --restore");
  return nullptr;
}

std::unique_ptr<rollout::Journal> OpenJournal(Env& env, std::string_view action,
                                              std::string undoes) {
  if (env.settings.dry_run || env.state_folder.empty()) return nullptr;
  rollout::JournalOptions options;
  options.state_folder = env.state_folder;
  options.head = [&env, action, undoes = std::move(undoes)] {
    rollout::RunHead head = RunHeadOf(env, action);
    head.undoes = undoes;
    return head;
  };
  options.hide = [&env](std::string_view text) {
    return env.secrets == nullptr ? std::string(text) : env.secrets->HideAll(text);
  };
  auto journal = std::make_unique<rollout::Journal>(std::move(options), env.clock);
  journal->WhenItFails([&env](const Error& error, bool begun) {
    env.out.Warning(error.message +
                    (begun ? "; the journal of this run ends here: what it does from now on is not "
                             "known to `nmgr history`, and `nmgr undo` does not take it back"
                           : "; there is no journal of this run, so `nmgr history` will not show "
                             "it and `nmgr undo` cannot take it back"));
  });
  return journal;
}

Expected<std::vector<order::Edge>> ConfiguredEdges(Env& env,
                                                   const std::vector<repo::SelectedJob>& jobs) {
  const Settings& settings = env.settings;
  if (settings.no_order || settings.order.empty()) return std::vector<order::Edge>();
  TRY(order::CheckCycles(settings.order));
  const repo::Repo repo = repo::UnopenedRepo(settings.repo, AccessOf(env));
  return order::ConfiguredEdges(settings.order, jobs, settings.filters, repo);
}

std::optional<rollout::Rollout> StartRollout(Env& env, const rollout::Intent& intent,
                                             const repo::Selection& selection, ExitCode& code,
                                             Confirm confirm, Refuse refuse) {
  std::unique_ptr<rollout::StoppedRecord> record;
  if (!OpenRecordFor(env, intent.verb, record)) {
    code = kFailed;
    return std::nullopt;
  }
  if (const auto refused = RefuseAllNamespaces(env, selection.jobs)) {
    env.out.Error(*refused);
    code = ExitCodeFor(refused->code);
    return std::nullopt;
  }
  const jobspec::SpecContext specs = SpecContextOf(env);
  const std::unique_ptr<rollout::PlanMemory> memory = refuse ? nullptr : OpenMemory(env);
  rollout::RolloutOptions options = RunOptionsOf(env, specs, record.get(), code);
  options.execute.exact = static_cast<bool>(refuse);
  options.refuse = std::move(refuse);
  options.gather.memory = memory.get();
  const std::unique_ptr<rollout::KnownBad> known_bad = OpenKnownBad(env);
  options.gather.known_bad = known_bad.get();
  options.execute.known_bad = known_bad.get();
  if (rollout::HeedsEdges(intent.verb)) {
    auto configured = ConfiguredEdges(env, selection.jobs);
    if (!configured) {
      env.out.Error(configured.error());
      code = ExitCodeFor(configured.error().code);
      return std::nullopt;
    }
    options.configured = *std::move(configured);
  }
  const std::unique_ptr<rollout::Journal> journal =
      OpenJournal(env, rollout::VerbName(intent.verb));
  options.execute.journal = journal.get();
  const std::unique_ptr<rollout::Progress> progress = MakeProgress(env);
  options.keep_diff = confirm != nullptr;
  options.confirm = std::move(confirm);
  rollout::Rollout run =
      rollout::CarryOut(intent, selection.jobs, env.jobs, env.clock, *progress, options);
  HideSecrets(env.out, run);
  return run;
}

ExitCode EndRollout(Env& env, const rollout::Rollout& run, ExitCode so_far) {
  if (run.failures.empty()) env.interruption.SumUp();
  ExitCode code = ExitCodeOf(run, so_far, env.settings.detailed_exitcode);
  if (code == kInterrupted) code = static_cast<ExitCode>(env.interruption.exit_code());
  report::ReportEnd(env.out, run);
  return code;
}

ExitCode RunRollout(Env& env, const rollout::Intent& intent, const repo::Selection& selection,
                    ExitCode so_far, Refuse refuse) {
  ExitCode code = so_far;
  const std::optional<rollout::Rollout> run =
      StartRollout(env, intent, selection, code, {}, std::move(refuse));
  if (!run) return code;
  code = EndRollout(env, *run, so_far);
  report::ReportDocument(env.out, *run);
  return code;
}

}  // namespace nmgr::actions
