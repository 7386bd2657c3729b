#include "actions/serve_sync.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "actions/rollout_run.h"
#include "actions/serve_order.h"
#include "actions/serve_pushes.h"
#include "nmgr/base/log.h"
#include "nmgr/base/secrets.h"
#include "nmgr/base/system.h"
#include "nmgr/base/text.h"
#include "nmgr/git/url.h"
#include "nmgr/report/rollout.h"
#include "nmgr/serve/receivers.h"
#include "nmgr/serve/secret_file.h"
#include "nmgr/sync/declared.h"
#include "nmgr/sync/git_trees.h"
#include "nmgr/sync/stale.h"
#include "nmgr/sync/windows.h"

namespace nmgr::actions {
namespace {

using sync::Phase;
using sync::SourceStatus;

const sync::Credential* CredentialOf(const Env& env, const sync::Source& source) {
  const auto& all = env.settings.serve.credentials;
  const auto found = all.find(source.credential);
  return found == all.end() ? nullptr : &found->second;
}

std::optional<sync::JobKey> OwnJob(const Settings& settings) {
  if (settings.own_job.empty()) return std::nullopt;
  const std::string& name_space = settings.own_namespace;
  return sync::JobKey{name_space.empty() ? "default" : name_space, settings.own_job};
}

void NoteError(SourceStatus& status, const Error& error) {
  status.error = error.message;
  status.hint = error.hint;
}

// What stands against it is told once, as long as it stays so.
Expected<void> KeepLedger(Followed& followed, const SyncMeans& means,
                          const sync::LedgerJobs& rows) {
  const auto saved = means.ledgers->Save(followed.source->name, rows);
  const std::string why = saved ? "" : Told(saved.error());
  if (!saved && why != followed.not_kept) {
    means.warn(fmt::format("{}: what is done cannot be noted: {}", followed.source->name, why));
  }
  followed.not_kept = why;
  return saved;
}

// The journal of one sync: its commit is that of the source.
std::unique_ptr<rollout::Journal> JournalOf(Env& env, const Followed& followed) {
  if (env.settings.dry_run || env.state_folder.empty()) return nullptr;
  rollout::JournalOptions options;
  options.state_folder = env.state_folder;
  options.head = [&env, commit = followed.tree->checkout.commit] {
    rollout::RunHead head = HeadOf(env, "serve");
    head.commit = commit;
    return head;
  };
  options.hide = [&env](std::string_view text) { return env.out.Hide(text); };
  auto journal = std::make_unique<rollout::Journal>(std::move(options), env.clock);
  journal->WhenItFails([&env](const Error& error, bool begun) {
    env.out.Warning(error.message + (begun ? "; the journal of this sync ends here"
                                           : "; there is no journal of this sync"));
  });
  return journal;
}

void CountVerdicts(Followed& followed) {
  followed.status.counts.clear();
  for (const sync::JobStatus& job : followed.jobs) ++followed.status.counts[job.verdict];
}

void NotePast(Followed& followed, const SourceSync& done, WallTime now) {
  sync::PastSync past;
  past.at = now;
  past.commit = followed.status.commit;
  past.error = followed.status.error;
  for (const rollout::Rollout& run : done.runs) {
    past.applied += static_cast<std::size_t>(
        std::count_if(run.results.begin(), run.results.end(),
                      [](const rollout::JobResult& result) { return result.wrote; }));
  }
  past.result = done.code == kUnreachable ? "unreachable"
                : done.code == kDone      ? "ok"
                : done.code >= kHungUp    ? "interrupted"
                                          : "failed";
  auto& history = followed.status.history;
  // Of many that found nothing to do, one tells as much.
  const bool same = !history.empty() && past.applied == 0 && history.front().applied == 0 &&
                    history.front().result == past.result &&
                    history.front().commit == past.commit && history.front().error == past.error;
  if (same) history.erase(history.begin());
  history.insert(history.begin(), std::move(past));
  if (history.size() > sync::kKeptSyncs) history.resize(sync::kKeptSyncs);
}

// Whether a live job is what an earlier commit would have registered.
bool IsOfCommit(Env& env, Followed& followed, const SyncMeans& means, const sync::JobKey& job,
                const std::string& commit12, const rollout::GatherOptions& gather) {
  auto checkout = followed.trees->Earlier(commit12, followed.tree->checkout.commit, means.stop);
  if (!checkout) {
    LogDebug("{}: {}", followed.source->name, checkout.error().message);
    return false;
  }
  const auto tree = sync::ReadTree(*std::move(checkout), *followed.source, TreeOptionsOf(env),
                                   env.files, env.processes);
  return tree && sync::IsLive(job, **tree, *means.jobs, env.clock, gather);
}

// False: its status says why, and the tree is the one before.
bool ReadInto(Env& env, Followed& followed, sync::Checkout checkout) {
  const sync::TreeOptions options = TreeOptionsOf(env);
  SourceStatus& status = followed.status;
  auto tree =
      sync::ReadTree(std::move(checkout), *followed.source, options, env.files, env.processes);
  if (!tree) {
    NoteError(status, tree.error());
    return false;
  }
  followed.tree = *std::move(tree);
  env.out.ShowAs(followed.source->name + ":", followed.tree->checkout.folder);
  status.commit = followed.tree->checkout.commit;
  status.subject = followed.tree->checkout.subject;
  status.author = followed.tree->checkout.author;
  if (status.error.empty() && followed.tree->selection.jobs.empty()) {
    NoteError(status,
              {ErrorCode::kNotFound, "the commit holds no job spec; nothing is done about it", ""});
  }
  return true;
}

}  // namespace

sync::TreeOptions TreeOptionsOf(const Env& env) {
  sync::TreeOptions options;
  options.repo = env.settings.repo;
  options.file_root = env.settings.file_root;
  options.secrets = env.secrets;
  options.stop = env.stop;
  return options;
}

std::string Told(const Error& error) {
  return error.hint.empty() ? error.message : error.message + "; " + error.hint;
}

ExitCode Worse(ExitCode a, ExitCode b) {
  const auto rank = [](ExitCode code) {
    switch (code) {
      case kDone:
        return 0;
      case kChangesPending:
        return 1;
      case kFailed:
        return 2;
      default:
        return code >= kHungUp ? 4 : 3;
    }
  };
  return rank(b) > rank(a) ? b : a;
}

namespace {

// Each with where the config file names it.
std::vector<std::pair<std::string, Path>> SecretFilesOf(const sync::ServeConfig& config) {
  const sync::ServeTable& own = config.serve;
  std::vector<std::pair<std::string, Path>> all = {{own.place + ": tls_key", own.tls_key}};
  for (const auto& [name, credential] : config.credentials) {
    all.emplace_back(credential.place + ": token_file", credential.token_file);
  }
  for (const sync::ReceiverTable& receiver : config.receivers) {
    all.emplace_back(receiver.place + ": secret_file", receiver.secret_file);
  }
  return all;
}

}  // namespace

Expected<void> CheckServe(Env& env) {
  if (env.settings.serve.sources.empty() && !sync::MayDeclare(env.settings.serve)) {
    return Error{ErrorCode::kConfig,
                 env.settings.config_file.empty()
                     ? "there is no config file, so there is no source to keep"
                     : env.settings.config_file + ": there is no [source.NAME] to keep",
                 "docs/serve.md has a config file to begin with"};
  }
  if (env.settings.repo.default_namespace == "*") {
    return Error{ErrorCode::kUsage, "\"*\" is no namespace that a job can be in",
                 "set --namespace or NOMAD_NAMESPACE to where jobs without one of their own go"};
  }
  const sync::ServeTable& serve = env.settings.serve.serve;
  if (const auto zone = TimeZone::Load(serve.time_zone, env.files); !zone) {
    return Error{ErrorCode::kConfig,
                 fmt::format("{}: time_zone: {}", serve.place, zone.error().message),
                 zone.error().hint};
  }
  for (const auto& [place, file] : SecretFilesOf(env.settings.serve)) {
    if (!file.empty()) TRY(serve::CheckSecretFile(place, file, env.files));
  }
  for (const sync::Source& source : env.settings.serve.sources) TRY(CheckSource(env, source));
  TRY(serve::MakeReceivers(env.settings.serve.receivers, env.files));
  return {};
}

Expected<void> CheckSource(Env& env, const sync::Source& source) {
  TRY(sync::CheckGitAccess(source, CredentialOf(env, source), env.processes, env.files));
  const auto windows =
      sync::ParseWindows(source.windows, env.settings.serve.serve.time_zone, env.files);
  if (windows) return {};
  return Error{ErrorCode::kConfig, fmt::format("{}: source \"{}\": windows: {}", source.place,
                                               source.name, windows.error().message)};
}

Expected<Path> ServeFolder(Env& env) {
  const sync::ServeTable& serve = env.settings.serve.serve;
  if (!serve.folder.empty()) return JoinPath(CurrentFolder(), serve.folder);
  if (env.cache_folder.empty()) {
    return Error{ErrorCode::kConfig, "there is no folder for mirrors and checkouts",
                 "set HOME, XDG_CACHE_HOME or [serve] folder"};
  }
  return JoinPath(CurrentFolder(), JoinPath(env.cache_folder, "serve/" + serve.instance));
}

Followed FollowOne(Env& env, const sync::Source& source, const Path& folder) {
  // A daemon may be at work in the folder.
  const Path mirrors = env.settings.dry_run ? JoinPath(folder, "dry-run") : folder;
  Followed followed;
  followed.source = &source;
  followed.trees = sync::MakeGitTrees(source, CredentialOf(env, source),
                                      JoinPath(mirrors, source.name), env.processes, env.files);
  followed.status.name = source.name;
  followed.status.url = git::ShownUrl(source.url);
  followed.status.ref = source.FullRef();
  followed.status.leads = true;
  return followed;
}

std::vector<Followed> Follow(Env& env, const Path& folder) {
  std::vector<Followed> all;
  for (const sync::Source& source : env.settings.serve.sources) {
    all.push_back(FollowOne(env, source, folder));
  }
  return all;
}

Look FetchAndRead(Env& env, Followed& followed) {
  SourceStatus& status = followed.status;
  const std::string error = std::exchange(status.error, "");
  const std::string hint = std::exchange(status.hint, "");
  const auto cut_off = [&] {
    status.error = error;
    status.hint = hint;
    return Look::kFailed;
  };
  status.phase = Phase::kFetching;
  std::optional<sync::Checkout> checkout;
  auto remote = followed.trees->RemoteCommit(env.stop);
  if (remote && followed.tree && followed.tree->checkout.commit == *remote) {
    status.fetched_at = env.clock.Wall();
    if (!followed.tree->HasMoved()) return Look::kSame;
    status.phase = Phase::kReading;
    sync::Checkout same = followed.tree->checkout;
    same.forced = same.first = false;
    if (ReadInto(env, followed, std::move(same))) return Look::kAgain;
    return env.stop.stop_requested() ? cut_off() : Look::kFailed;
  }
  Expected<sync::Checkout> fetched =
      remote ? followed.trees->Fetch(env.stop) : Expected<sync::Checkout>(remote.error());
  const bool failed = !fetched;
  if (fetched) {
    status.fetched_at = env.clock.Wall();
    checkout = *std::move(fetched);
  } else if (env.stop.stop_requested()) {
    return cut_off();
  } else {
    NoteError(status, fetched.error());
    if (followed.tree) return Look::kFailed;
    checkout = followed.trees->LastGood();
    if (!checkout) return Look::kFailed;
  }
  status.phase = Phase::kReading;
  if (!ReadInto(env, followed, *std::move(checkout))) {
    return env.stop.stop_requested() ? cut_off() : Look::kFailed;
  }
  return failed ? Look::kFailed : Look::kNew;
}

namespace {

// What was known of a source's jobs when its sync begins.
struct Recalled {
  sync::LedgerJobs rows;
  bool stands = false;           // nothing of it is lost
  std::optional<Error> unknown;  // it could not be asked: nothing may be done
};

Recalled RecallJobs(Followed& followed, const SyncMeans& means) {
  Recalled recalled;
  auto loaded = means.ledgers->Load(followed.source->name);
  if (loaded) {
    recalled.rows = *std::move(loaded);
    recalled.stands = means.ledgers->stands();
    return recalled;
  }
  const std::string why = Told(loaded.error());
  const bool lost = sync::IsLostMemory(loaded.error());
  if (why != followed.not_kept) {
    means.warn(fmt::format("{}: {}; {}", followed.source->name, why,
                           lost ? "the sync goes on without a memory"
                                : "nothing is done until it is known what was applied"));
  }
  followed.not_kept = why;
  if (!lost) recalled.unknown = loaded.error();
  return recalled;
}

// All that are referred to must outlive it.
sync::SyncOptions SyncOptionsOf(Env& env, Followed& followed, const SyncMeans& means) {
  sync::SyncOptions options;
  options.source = followed.source;
  options.claims = means.claims;
  options.gates = means.gates;
  options.gates.new_history = followed.tree->checkout.forced || followed.tree->checkout.first;
  options.steering = means.steering;
  options.protect = env.settings.serve.serve.protect;
  options.own = OwnJob(env.settings);
  options.run = RunOptionsOf(env, followed.tree->context, nullptr, kDone);
  options.run.gather.memory = means.memory;
  options.run.gather.stop = means.stop;
  options.run.execute.stop = means.stop;
  options.run.execute.looks_again = true;
  if (means.veto) {
    options.run.execute.veto = [&](const rollout::JobFacts& job) {
      return means.veto(sync::KeyOf(job.ref, env.settings.repo));
    };
  }
  options.planned = means.planned;
  options.difference = report::DifferenceWords;
  options.hide = [&env](std::string_view text) { return env.out.Hide(text); };
  options.fetched = means.fetched;
  options.since = [&](const std::string& commit) {
    return followed.trees->Since(commit, followed.tree->checkout.commit, means.stop);
  };
  options.equals = [&, gather = options.run.gather](const sync::JobKey& key,
                                                    const std::string& commit) {
    return IsOfCommit(env, followed, means, key, commit, gather);
  };
  options.order = [&](const std::vector<repo::SelectedJob>& jobs) {
    return OrderIn(env, *followed.tree, jobs);
  };
  options.order_of_gone = [&](const std::vector<repo::SelectedJob>& jobs,
                              const std::vector<sync::LedgerJob>& rows) {
    return OrderOfGone(env, followed, means.stop, jobs, rows);
  };
  options.keep = [&](const sync::LedgerJobs& rows) {
    const auto before = means.ledgers->Load(followed.source->name);
    auto kept = KeepLedger(followed, means, rows);
    // Nothing of it is begun then, so it is not remembered either.
    if (!kept && before && !sync::IsLostMemory(kept.error())) {
      std::ignore = means.ledgers->Save(followed.source->name, *before);
    }
    return kept;
  };
  return options;
}

// The rows as the sync left them, and as what came of digests leaves them then.
void KeepRows(Env& env, Followed& followed, const SyncMeans& means, sync::LedgerJobs rows,
              const rollout::RolloutOptions& run) {
  if (!env.settings.dry_run) std::ignore = KeepLedger(followed, means, rows);
  if (means.pushes == nullptr) return;
  const sync::LedgerJobs kept = rows;
  means.pushes->After(followed, rows, means, run);
  if (!env.settings.dry_run && rows != kept) std::ignore = KeepLedger(followed, means, rows);
}

ExitCode SyncCodeOf(const Env& env, const Followed& followed, const sync::SyncResult& result) {
  if (result.end) return ExitCodeFor(result.end->code);
  ExitCode code = followed.tree->unclear.empty() ? kDone : kFailed;
  for (const rollout::Rollout& run : result.runs) {
    code = Worse(code, ExitCodeOf(run, kDone, env.settings.detailed_exitcode));
  }
  for (const sync::JobStatus& job : followed.jobs) {
    const bool bad = job.fails || job.verdict == sync::Verdict::kConflict ||
                     job.verdict == sync::Verdict::kFrozen ||
                     job.verdict == sync::Verdict::kFailed ||
                     job.verdict == sync::Verdict::kUnreachable;
    if (bad) code = Worse(code, kFailed);
  }
  return code;
}

}  // namespace

bool NeedsAnother(const Followed& followed) {
  const auto open = [&followed](const sync::JobStatus& job) {
    return job.verdict == sync::Verdict::kFailed || job.verdict == sync::Verdict::kUnreachable ||
           job.verdict == sync::Verdict::kApplying || job.verdict == sync::Verdict::kWillApply ||
           job.verdict == sync::Verdict::kConflict || job.refused ||
           job.hold == sync::Hold::kWindow || job.hold == sync::Hold::kPaused ||
           job.hold == sync::Hold::kDrift || job.hold == sync::Hold::kTooYoung ||
           (job.verdict == sync::Verdict::kOrphan && followed.source->prune);
  };
  return followed.jobs.empty() || !followed.not_kept.empty() ||
         std::any_of(followed.jobs.begin(), followed.jobs.end(), open);
}

SourceSync SyncSource(Env& env, Followed& followed, const SyncMeans& means) {
  SourceSync done;
  SourceStatus& status = followed.status;
  status.phase = Phase::kPlanning;
  const Recalled recalled = RecallJobs(followed, means);
  sync::SyncOptions options = SyncOptionsOf(env, followed, means);
  options.ledger_stands = recalled.stands;
  const std::unique_ptr<rollout::Journal> journal = JournalOf(env, followed);
  options.run.execute.journal = journal.get();
  sync::SyncResult result;
  if (recalled.unknown) {
    const std::string why = "what was applied is not known: " + recalled.unknown->message;
    result = sync::NoSync(*followed.tree, options, why, env.clock.Wall());
    result.end = recalled.unknown;
  } else {
    done.before = recalled.rows;
    if (means.pushes != nullptr) means.pushes->Before(followed, done.before, means);
    const std::unique_ptr<rollout::Progress> progress = means.progress();
    result = sync::Sync(*followed.tree, done.before, options, *means.jobs, env.clock, *progress);
  }
  const bool cut_off = result.end && means.stop.stop_requested();
  if (!cut_off) followed.jobs = std::move(result.jobs);
  CountVerdicts(followed);
  if (result.end) {
    if (!cut_off) {
      NoteError(status, *result.end);
      done.end = result.end;
    }
  } else {
    status.applied_at = env.clock.Wall();
    done.decided = !means.stop.stop_requested();
    KeepRows(env, followed, means, std::move(result.ledger), options.run);
  }
  done.code = means.stop.stop_requested() ? kInterrupted : SyncCodeOf(env, followed, result);
  if (env.stop.stop_requested()) {
    done.code = static_cast<ExitCode>(env.interruption.exit_code());
  }
  status.phase = Phase::kIdle;
  done.runs = std::move(result.runs);
  NotePast(followed, done, env.clock.Wall());
  return done;
}

}  // namespace nmgr::actions
