// sync: steers a daemon from anywhere, through the variables that it reads.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "actions/all_actions.h"
#include "actions/serve_state.h"
#include "nmgr/actions/shared_options.h"
#include "nmgr/base/system.h"
#include "nmgr/base/text.h"
#include "nmgr/git/url.h"
#include "nmgr/repo/target.h"
#include "nmgr/report/serve_view.h"
#include "nmgr/sync/control.h"
#include "nmgr/sync/decide.h"
#include "nmgr/sync/lease.h"
#include "nmgr/sync/ledger.h"

namespace nmgr::actions {
namespace {

using sync::Control;
using sync::JobKey;
using sync::Trigger;
using sync::TriggerKind;

struct SyncActionOptions {
  bool force = false;
  bool all = false;
  std::string until;
  std::string commit;
  std::string why;
};

constexpr Duration kCallLimit{30'000};

nomad::Call VariableCall(Env& env) {
  return {DeadlineAfter(env.clock.Now(), kCallLimit), env.stop, nomad::Patience::kBrief};
}

std::string WhoAmI() { return UserName() + "@" + HostName(); }

// "2h" from now, or a time as it is shown.
Expected<WallTime> UntilOf(Env& env, const std::string& text) {
  TRY_ASSIGN(const Duration pause, ParseDuration(text));
  if (pause <= Duration(0)) {
    return Error{ErrorCode::kUsage, fmt::format("--until {} is over at once", text), "such as 2h"};
  }
  return env.clock.Wall() + pause;
}

// "media/tv", or an ID of the name space that jobs without one of their own go to.
JobKey KeyIn(const Env& env, const std::string& word) {
  const std::size_t slash = word.find('/');
  if (slash == std::string::npos) return {env.settings.repo.default_namespace, word};
  return {word.substr(0, slash), word.substr(slash + 1)};
}

// The command that releases a job, from the words that the ledger keeps of its verdict.
std::string ReleaseOf(const Env& env, const std::string& source, const JobKey& key,
                      const sync::LedgerJob& row) {
  if (row.verdict == sync::Verdict::kOrphan) return sync::OrphanCommand(row, key, source);
  return sync::ReleaseCommand(row.verdict, row.hold, source,
                              sync::SteeredName(key, env.settings.repo.default_namespace));
}

// What the daemon that keeps `source` says of itself.
struct Kept {
  sync::SourceStatus status;
  std::vector<sync::JobStatus> jobs;
  bool known = false;  // it has written a status
};

// Where it is, by the config file or by its variable, which this token need not be able to read.
void AddDeclaration(Env& env, const std::string& source, Kept& kept) {
  for (const sync::Source& configured : env.settings.serve.sources) {
    if (configured.name != source) continue;
    kept.status.url = git::ShownUrl(configured.url);
    if (kept.status.ref.empty()) kept.status.ref = configured.FullRef();
    return;
  }
  const auto read = env.variables.ReadVariable(
      StateVariable(env, sync::StateKind::kSources, source), {}, VariableCall(env));
  if (!read || !read->value) return;
  kept.known = true;
  const nomad::VariableItems& items = read->value->items;
  if (const auto url = items.find("url"); url != items.end())
    kept.status.url = git::ShownUrl(url->second);
}

// Rows that somebody deleted. What has no ID that can be read, or was never asked about, has none.
void WarnOfLostRows(Env& env, const std::string& source,
                    const std::map<sync::Verdict, std::size_t>& told,
                    const sync::LedgerJobs& rows) {
  std::size_t jobs = 0;
  for (const auto& [verdict, count] : told) {
    const bool has_rows =
        verdict != sync::Verdict::kFrozen && verdict != sync::Verdict::kUnreachable;
    if (has_rows) jobs += count;
  }
  if (rows.size() >= jobs) return;
  env.out.Warning(
      fmt::format("{}: its daemon has {}, and its variables tell of {}: the others are lost there; "
                  "`nmgr sync now {}` has it look again",
                  source, Count(jobs, "job"), rows.size(), source));
}

Expected<Kept> ReadKept(Env& env, const std::string& source) {
  const nomad::Call call = VariableCall(env);
  Kept kept;
  sync::StatusVariable status(env.variables, StateVariable(env, sync::StateKind::kStatus, source));
  TRY_ASSIGN(auto stored, status.Read(call));
  kept.known = stored.has_value();
  if (stored) kept.status = *std::move(stored);
  kept.status.name = source;
  const std::map<sync::Verdict, std::size_t> told = std::exchange(kept.status.counts, {});
  AddDeclaration(env, source, kept);
  TRY_ASSIGN(const auto lease, env.variables.ReadVariable(
                                   StateVariable(env, sync::StateKind::kLease, source), {}, call));
  if (lease.value) {
    if (const auto holder = sync::HolderIn(lease.value->items)) {
      kept.status.leader = holder->holder;
      kept.status.leader_address = holder->address;
    }
  }
  TRY_ASSIGN(
      const auto control,
      env.variables.ReadVariable(StateVariable(env, sync::StateKind::kControl, source), {}, call));
  if (control.value) {
    const Control decoded = sync::DecodeControl(control.value->items);
    if (decoded.PausedAt(env.clock.Wall())) {
      kept.status.paused = sync::StatusOf(*decoded.pause);
    }
  }
  sync::Ledger ledger(env.variables, StateVariable(env, sync::StateKind::kJobs, source));
  const sync::SaveReport read = ledger.Load(call);
  if (read.error) return *read.error;
  for (const std::string& trouble : read.troubles) {
    env.out.Warning(fmt::format("{}: {}", source, trouble));
  }
  WarnOfLostRows(env, source, told, ledger.jobs());
  for (const auto& [key, row] : ledger.jobs()) {
    sync::JobStatus job;
    job.source = source;
    job.name_space = key.name_space;
    job.id = key.id;
    job.path = row.path;
    job.verdict = row.verdict;
    if (row.verdict != sync::Verdict::kOrphan) job.hold = row.hold;
    job.reason = row.reason;
    job.commit = row.commit12;
    job.since = row.since;
    job.drift_since = row.drift_since;
    job.hint = ReleaseOf(env, source, key, row);
    ++kept.status.counts[job.verdict];
    kept.jobs.push_back(std::move(job));
  }
  return kept;
}

// Sources that a daemon has written of, those of the config file, and those in variables.
Expected<std::vector<std::string>> KnownSources(Env& env) {
  std::vector<std::string> names;
  for (const sync::Source& source : env.settings.serve.sources) names.push_back(source.name);
  for (const sync::StateKind kind : {sync::StateKind::kStatus, sync::StateKind::kSources}) {
    const nomad::VariableRef prefix = StateVariable(env, kind, "");
    TRY_ASSIGN(const auto list, env.variables.ListVariables(prefix, {}, VariableCall(env)));
    for (const nomad::VariableInfo& info : list.value) {
      names.push_back(sync::NameIn(info.path, prefix.path));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

ExitCode ShowKept(Env& env, const std::vector<std::string>& words) {
  std::vector<std::string> names = words;
  if (names.empty()) {
    auto known = KnownSources(env);
    if (!known) return EndWith(env, known.error());
    names = *std::move(known);
  }
  report::ServeView view;
  bool missing = false;
  for (const std::string& name : names) {
    auto kept = ReadKept(env, name);
    if (!kept) return EndWith(env, kept.error());
    const bool configured =
        std::any_of(env.settings.serve.sources.begin(), env.settings.serve.sources.end(),
                    [&](const sync::Source& source) { return source.name == name; });
    if (!kept->known && !configured) {
      env.out.Error({ErrorCode::kNotFound, fmt::format("no daemon keeps a source \"{}\"", name),
                     "`nmgr sync status` shows those that are kept"});
      missing = true;
      continue;
    }
    if (kept->status.leader.empty()) {
      env.out.Warning(fmt::format("nobody leads source {} now: this is what was last known", name));
    }
    view.sources.push_back(std::move(kept->status));
    view.jobs.insert(view.jobs.end(), std::make_move_iterator(kept->jobs.begin()),
                     std::make_move_iterator(kept->jobs.end()));
  }
  if (view.sources.empty() && !missing) report::TellNoSource(env.out);
  report::ReportServe(env.out, view, env.settings.Own<SyncActionOptions>().all);
  return missing ? kNoSuchTarget : kDone;
}

// Tells at once where nobody will read it.
void WarnIfNobodyLeads(Env& env, const std::string& source) {
  const auto lease = env.variables.ReadVariable(StateVariable(env, sync::StateKind::kLease, source),
                                                {}, VariableCall(env));
  if (lease && lease->value && sync::HolderIn(lease->value->items)) return;
  env.out.Warning(fmt::format(
      "nobody leads source {} now; this is kept, and done when a daemon leads it", source));
}

struct Steered {
  std::string source;
  std::vector<std::string> jobs;  // as they were typed
  std::vector<JobKey> keys;       // of these
  sync::LedgerJobs known = {};    // its jobs, where that matters
};

using Change = Expected<void> (*)(Env& env, const Steered& steered, Control& control);

Trigger NewTrigger(Env& env) {
  return {sync::TriggerId(env.clock.Wall()), WhoAmI(), {}, false, {}};
}

Expected<void> Now(Env& env, const Steered&, Control& control) {
  const auto options = env.settings.Own<SyncActionOptions>();
  Trigger trigger = NewTrigger(env);
  trigger.force = options.force;
  trigger.commit = options.commit;
  if (!options.commit.empty() && !sync::IsCommitName(options.commit)) {
    return Error{ErrorCode::kUsage, fmt::format("\"{}\" is no commit", options.commit),
                 "--commit takes 7 to 64 of its hexadecimal digits"};
  }
  sync::RequestSync(control, std::move(trigger));
  return {};
}

Expected<void> PauseIt(Env& env, const Steered&, Control& control) {
  const std::string until = env.settings.Own<SyncActionOptions>().until;
  sync::Pause pause{WhoAmI(), env.clock.Wall(), std::nullopt};
  if (!until.empty()) {
    TRY_ASSIGN(pause.until, UntilOf(env, until));
  }
  pause.why = env.settings.Own<SyncActionOptions>().why;
  control.pause = std::move(pause);
  return {};
}

Expected<void> Resume(Env&, const Steered&, Control& control) {
  control.pause.reset();
  return {};
}

Expected<void> Request(Env& env, const Steered& steered, Control& control, TriggerKind kind) {
  for (const JobKey& key : steered.keys) control.triggers[{kind, key}] = NewTrigger(env);
  return {};
}

// What a job is shown as waiting for that a person may confirm with all others; "": nothing.
std::string_view WaitsFor(const sync::LedgerJob& row) {
  if (row.batch == sync::Batch::kRefused) return sync::kForPrune;
  return row.hold == sync::Hold::kAdopt ? sync::kForSpec : std::string_view();
}

Expected<void> ConfirmHeld(Env& env, const Steered& steered, Control& control) {
  for (std::size_t i = 0; i < steered.keys.size(); ++i) {
    const JobKey& key = steered.keys[i];
    if (control.holds.contains(key)) {
      return Error{
          ErrorCode::kNotFound,
          fmt::format("{}: it is held by hand, so nothing of it is taken over", steered.jobs[i]),
          sync::ReleaseCommand(sync::Verdict::kHeld, sync::Hold::kPerson, steered.source,
                               steered.jobs[i])};
    }
    Trigger trigger = NewTrigger(env);
    const bool goes = WaitsFor(steered.known.at(key)) == sync::kForPrune;
    trigger.purpose = goes ? sync::kForPrune : sync::kForSpec;
    control.triggers[{TriggerKind::kConfirm, key}] = std::move(trigger);
  }
  if (!steered.keys.empty()) return {};
  Trigger all = NewTrigger(env);
  for (const auto& [key, row] : steered.known) {
    if (!WaitsFor(row).empty()) all.jobs.push_back(sync::JobMark(key));
  }
  if (all.jobs.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("no job of {} waits to be confirmed with others", steered.source),
                 fmt::format("`nmgr sync status {}` shows what is held, and why", steered.source)};
  }
  control.triggers[{TriggerKind::kConfirmAll, {}}] = std::move(all);
  return {};
}

Expected<void> Retry(Env& env, const Steered& steered, Control& control) {
  return Request(env, steered, control, TriggerKind::kRetry);
}

Expected<void> Unfollow(Env& env, const Steered& steered, Control& control) {
  return Request(env, steered, control, TriggerKind::kUnfollow);
}

Expected<void> HoldJobs(Env& env, const Steered& steered, Control& control) {
  for (const JobKey& key : steered.keys) {
    control.holds[key] = {WhoAmI(), env.clock.Wall(), env.settings.Own<SyncActionOptions>().why};
  }
  return {};
}

Expected<void> Release(Env&, const Steered& steered, Control& control) {
  for (std::size_t i = 0; i < steered.keys.size(); ++i) {
    if (control.holds.erase(steered.keys[i]) != 0) continue;
    return Error{ErrorCode::kNotFound, fmt::format("{}: nobody holds it", steered.jobs[i]),
                 fmt::format("`nmgr sync status {}` shows what is held, and why", steered.source)};
  }
  return {};
}

enum class Jobs { kNone, kSome, kMaybe };

// What is said of a job that the source does not have.
enum class Unknown { kNotAsked, kNothing, kWarning, kError };

struct VerbRow {
  std::string_view word;
  Jobs jobs;
  Change change;
  std::string_view done;  // "{}: paused"
  Unknown unknown = Unknown::kNotAsked;
  std::string_view in_sync = {};  // said of a job that is
};

constexpr std::array kVerbs = {
    VerbRow{"now", Jobs::kNone, Now, "a sync is requested"},
    VerbRow{"pause", Jobs::kNone, PauseIt, "paused"},
    VerbRow{"resume", Jobs::kNone, Resume, "goes on"},
    VerbRow{"confirm", Jobs::kMaybe, ConfirmHeld, "confirmed", Unknown::kError,
            "nothing of it waits to be confirmed"},
    VerbRow{"retry", Jobs::kSome, Retry, "is to be tried once more", Unknown::kError,
            "there is nothing to try"},
    VerbRow{"hold", Jobs::kSome, HoldJobs, "held", Unknown::kWarning},
    VerbRow{"release", Jobs::kSome, Release, "released", Unknown::kNothing},
    VerbRow{"unfollow", Jobs::kSome, Unfollow, "is to follow no tag any more", Unknown::kError},
};

ExitCode UsageError(Env& env, std::string message) {
  std::string words = "status";
  for (const VerbRow& row : kVerbs) words += fmt::format(", {}", row.word);
  env.out.Error(
      {ErrorCode::kUsage, std::move(message), "nmgr sync VERB [SOURCE] [JOB...]: " + words});
  return kUsage;
}

// An option that says nothing about this verb: who gave it would rely on it.
Expected<void> CheckOptions(const SyncActionOptions& options, const std::string& verb) {
  struct Row {
    bool given;
    std::string_view option;
    std::vector<std::string> verbs;
  };
  const Row rows[] = {{options.force, "--force", {"now"}},
                      {!options.commit.empty(), "--commit", {"now"}},
                      {!options.until.empty(), "--until", {"pause"}},
                      {!options.why.empty(), "--reason", {"pause", "hold"}},
                      {options.all, "--jobs", {"status"}}};
  for (const Row& row : rows) {
    if (!row.given || std::find(row.verbs.begin(), row.verbs.end(), verb) != row.verbs.end()) {
      continue;
    }
    return Error{ErrorCode::kUsage, fmt::format("{} says nothing about sync {}", row.option, verb),
                 "it belongs to sync " + Join(row.verbs, " and sync ")};
  }
  return {};
}

// The jobs that are meant. An ID with a "/" is one where the source has such a job, and else a name
// space with an ID of it.
Expected<void> FindJobs(Env& env, const VerbRow& verb, Steered& steered) {
  bool is_known = false;  // which jobs it has
  if (verb.unknown != Unknown::kNotAsked) {
    sync::Ledger ledger(env.variables, StateVariable(env, sync::StateKind::kJobs, steered.source));
    const sync::SaveReport read = ledger.Load(VariableCall(env));
    if (read.error && verb.unknown == Unknown::kError) return *read.error;
    is_known = !read.error;
    if (is_known) steered.known = ledger.jobs();
  }
  for (const std::string& job : steered.jobs) {
    const JobKey whole{env.settings.repo.default_namespace, job};
    const JobKey key = steered.known.contains(whole) ? whole : KeyIn(env, job);
    steered.keys.push_back(key);
    const auto row = steered.known.find(key);
    if (row != steered.known.end()) {
      if (row->second.verdict != sync::Verdict::kInSync || verb.in_sync.empty()) continue;
      env.out.Warning(fmt::format("{} is in sync: {}", job, verb.in_sync));
    } else if (is_known && verb.unknown == Unknown::kWarning) {
      env.out.Warning(fmt::format("{} has no job {} yet", steered.source, job));
    } else if (verb.unknown == Unknown::kError) {
      return Error{ErrorCode::kNotFound, fmt::format("{} has no job {}", steered.source, job),
                   fmt::format("`nmgr sync status {} --jobs` shows those it has", steered.source)};
    }
  }
  return {};
}

ExitCode Steer(Env& env, const VerbRow& verb, const std::vector<std::string>& words) {
  if (words.empty()) return UsageError(env, fmt::format("sync {} needs a source", verb.word));
  Steered steered{words.front(), {words.begin() + 1, words.end()}, {}};
  if (!sync::IsName(steered.source)) {
    return UsageError(env, fmt::format("\"{}\" is no name of a source", steered.source));
  }
  if (verb.jobs == Jobs::kNone && !steered.jobs.empty()) {
    return UsageError(env, fmt::format("sync {} takes a source and no job", verb.word));
  }
  if (verb.jobs == Jobs::kSome && steered.jobs.empty()) {
    return UsageError(env, fmt::format("sync {} needs the jobs that are meant", verb.word));
  }
  auto known = KnownSources(env);
  if (!known) return EndWith(env, known.error());
  if (std::find(known->begin(), known->end(), steered.source) == known->end()) {
    env.out.Error({ErrorCode::kNotFound,
                   fmt::format("no daemon keeps a source \"{}\"{}", steered.source,
                               DidYouMean(steered.source, *known)),
                   "`nmgr sync status` shows those that are kept"});
    return kNoSuchTarget;
  }
  const nomad::VariableRef variable = StateVariable(env, sync::StateKind::kControl, steered.source);
  const auto changed = [&]() -> Expected<Control> {
    TRY(FindJobs(env, verb, steered));
    return sync::ChangeControl(
        env.variables, variable,
        [&](Control& control) { return verb.change(env, steered, control); }, VariableCall(env),
        env.settings.dry_run);
  }();
  if (!changed) {
    const ErrorCode code = changed.error().code;
    env.out.Error(changed.error());
    return code == ErrorCode::kNotFound ? kNoSuchTarget : ExitCodeFor(changed.error(), env.contact);
  }
  if (env.settings.dry_run) {
    report::ReportDrySteering(env.out, variable.path, verb.done);
    return kDone;
  }
  report::ReportSteered(
      env.out, {steered.source, steered.jobs, std::string(verb.word), std::string(verb.done)});
  if (verb.word == "now" && changed->PausedAt(env.clock.Wall())) {
    env.out.Warning(
        fmt::format("source {} is paused{}: it is fetched and planned, and nothing is "
                    "applied",
                    steered.source, changed->pause->by.empty() ? "" : " by " + changed->pause->by));
  }
  WarnIfNobodyLeads(env, steered.source);
  return kDone;
}

ExitCode RunSync(Env& env) {
  std::vector<std::string> words = env.settings.targets;
  if (words.empty()) words.emplace_back("status");
  const std::string word = words.front();
  words.erase(words.begin());
  const auto fits = CheckOptions(env.settings.Own<SyncActionOptions>(), word);
  if (word == "status") return fits ? ShowKept(env, words) : EndWith(env, fits.error());
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                 [&](const VerbRow& row) { return row.word == word; });
  if (verb != kVerbs.end()) {
    return fits ? Steer(env, *verb, words) : EndWith(env, fits.error());
  }
  std::vector<std::string> names{"status"};
  for (const VerbRow& row : kVerbs) names.emplace_back(row.word);
  return UsageError(env, fmt::format("sync has no verb \"{}\"{}", word, DidYouMean(word, names)));
}

}  // namespace

Action SyncAction() {
  return {
      .name = "sync",
      .summary = "see and steer what `serve` keeps",
      .argument_help = "[VERB [SOURCE [JOB...]]]",
      .options = {{.name = "force",
                   .help = "now: also where no window is open",
                   .value = Switch(&SyncActionOptions::force)},
                  {.name = "until",
                   .value_name = "T",
                   .help = "pause: how long, as \"2h\"; then it goes on by itself",
                   .value = Text(&SyncActionOptions::until)},
                  {.name = "commit",
                   .value_name = "HASH",
                   .help = "now: the commit that is meant",
                   .value = Text(&SyncActionOptions::commit)},
                  {.name = "reason",
                   .value_name = "TEXT",
                   .help = "pause, hold: the reason, for others",
                   .value = Text(&SyncActionOptions::why)},
                  {.name = "jobs",
                   .help = "status: those in sync too",
                   .value = Switch(&SyncActionOptions::all)},
                  DryRunOption()},
      .run = RunSync,
      .details =
          "Reads and writes the Nomad variables of a daemon, with your own token: who may\n"
          "steer is decided by Nomad's policies.\n"
          "\n"
          "  nmgr sync status                  every source, and what is not in sync\n"
          "  nmgr sync now homelab             look at once; --force: windows or not\n"
          "  nmgr sync pause homelab --until 2h   and resume homelab\n"
          "  nmgr sync confirm homelab         what was there before is taken over\n"
          "  nmgr sync confirm homelab web     that job, also if stopped or changed\n"
          "  nmgr sync retry homelab web       a spec that failed, once more\n"
          "  nmgr sync hold homelab web        leave it as it is; release homelab web\n"
          "  nmgr sync unfollow homelab web    git's version, not the registry's\n",
      .documents = report::SyncShapes(),
  };
}

}  // namespace nmgr::actions
