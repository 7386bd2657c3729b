#include "sync/orphans.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/rollout/namespaces.h"

namespace nmgr::sync {
namespace {

using rollout::JobFacts;
using rollout::JobResult;
using rollout::Move;
using rollout::Outcome;
using rollout::Step;

JobKey KeyOfRef(const nomad::JobRef& ref) { return {ref.name_space, ref.id}; }

bool MayHaveStopped(const JobResult& result) {
  return result.wrote || result.outcome == Outcome::kDone ||
         result.outcome == Outcome::kUnconfirmed || (result.error && result.error->in_doubt);
}

// What a stop came to.
void AfterStop(const JobResult& result, Decision& decision) {
  switch (result.outcome) {
    case Outcome::kDone:
      decision.verdict = Verdict::kInSync;
      decision.reason = fmt::format("stopped, because {} was deleted in git", decision.row.path);
      break;
    case Outcome::kSubmitted:
    case Outcome::kTimedOut:
    case Outcome::kUnconfirmed:
      decision.verdict = Verdict::kApplying;
      decision.reason = "it is being stopped: " + result.summary;
      break;
    case Outcome::kUntouched:
    case Outcome::kNotStarted:
      decision.reason += ", but not by this sync";
      if (!result.summary.empty()) decision.reason += ": " + result.summary;
      break;
    default:
      decision.verdict = Verdict::kFailed;
      decision.reason = "it could not be stopped: " + FailureSaid(result);
      break;
  }
  decision.row.verdict = decision.verdict;
  decision.row.reason = decision.reason;
}

}  // namespace

bool IsProtected(const JobKey& job, const std::vector<std::string>& globs) {
  const std::string whole = job.name_space + "/" + job.id;
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return GlobMatch(glob, glob.find('/') == std::string::npos ? job.id : whole);
  });
}

std::string FailureSaid(const JobResult& result) {
  const bool forbidden = result.error && result.error->code == ErrorCode::kForbidden;
  return forbidden ? result.summary + "; " + result.error->hint : result.summary;
}

Orphans::Orphans(const Tree& tree, const SyncOptions& options, const FilesSeen& seen,
                 LedgerJobs rows, std::size_t managed, nomad::JobClient& client, Clock& clock,
                 rollout::Progress& progress)
    : tree_(tree),
      options_(options),
      source_(*options.source),
      seen_(seen),
      rows_(std::move(rows)),
      managed_(managed),
      client_(client),
      clock_(clock),
      progress_(progress),
      now_(clock.Wall()) {}

std::vector<Orphan> Orphans::Run(SyncResult& result) {
  const PruneFacts facts = Facts();
  const std::vector<PruneVerdict> verdicts = DecidePrune(facts);
  std::vector<Orphan> orphans;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const JobKey& key = facts.jobs[i].key;
    const LedgerJob& row = rows_.at(key);
    auto decision = DecideOrphan(facts.jobs[i], verdicts[i], row, source_, now_);
    if (!decision) {
      result.ledger.erase(key);
      continue;
    }
    result.ledger[key] = decision->row;
    orphans.push_back({key, row.path, *std::move(decision)});
  }
  Stop(orphans, result);
  return orphans;
}

PruneFacts Orphans::Facts() {
  PruneFacts facts;
  facts.enabled = source_.prune && source_.apply != Apply::kNone;
  facts.ledger_stands = options_.ledger_stands;
  facts.fetched = options_.fetched;
  facts.follows = !tree_.checkout.forced;
  facts.paused = options_.gates.is_paused;
  facts.window_open = options_.gates.window_open;
  facts.settled = seen_.settled;
  facts.files = tree_.selection.jobs.size() + tree_.unclear.size();
  facts.faulty = seen_.faulty;
  facts.unknown_faults = tree_.unclear;
  facts.described = seen_.named;
  if (options_.claims != nullptr) {
    for (const auto& [key, sources] : options_.claims->names) facts.described.insert(key);
    for (const auto& [source, files] : options_.claims->unclear) {
      if (source == source_.name) continue;
      for (const std::string& file : files) facts.unknown_faults.push_back(source + ": " + file);
    }
  }
  facts.managed = managed_;
  facts.grace = source_.prune_grace;
  facts.now = now_;
  // Whoever reads what hides jobs does not know that one is absent.
  const bool counts = facts.fetched && facts.unknown_faults.empty();
  for (auto& [key, row] : rows_) {
    PruneJob job = JobOf(key, row, counts);
    if (!row.path.empty() && tree_.walked->Stat(JoinPath(tree_.checkout.folder, row.path))) {
      facts.paths.insert(row.path);
    }
    if (row.batch == Batch::kRefused && options_.steering) {
      const JobSteering steering = options_.steering(key);
      if (steering.confirmed_prune || steering.confirmed_set) facts.confirmed.insert(key);
    }
    facts.jobs.push_back(std::move(job));
  }
  return facts;
}

PruneJob Orphans::JobOf(const JobKey& key, LedgerJob& row, bool counts) {
  PruneJob job;
  job.key = key;
  job.live = Ask(key);
  Count(row, counts);
  job.applied_index = row.applied_index;
  job.path = row.path;
  job.is_infra = repo::InfraPosition(key.id, tree_.repo).has_value();
  job.is_protected = (options_.own && key == *options_.own) || IsProtected(key, options_.protect);
  job.is_held = options_.steering && options_.steering(key).held;
  job.fetches_absent = row.fetches_absent;
  job.absent_since = row.absent_since;
  job.batch = row.batch;
  if (source_.prune && job.live && job.live->index == row.applied_index)
    AddHistory(key.id, row, job);
  return job;
}

void Orphans::AddHistory(const std::string& id, const LedgerJob& row, PruneJob& job) const {
  if (!options_.since || row.commit12.empty()) return;
  const Expected<FilesSince> since = options_.since(row.commit12);
  if (!since) {
    LogDebug("{}: what has become of {} since {} is not known: {}", source_.name, row.path,
             row.commit12, since.error().message);
    return;
  }
  job.follows = since->follows;
  job.deleted = since->deleted.contains(row.path);
  const auto moved = since->moved.find(row.path);
  // Where a good file of the source stands, its text was only taken for the one of another job.
  if (moved != since->moved.end() && !seen_.good.contains(moved->second)) {
    job.moved_to = moved->second;
  } else if (job.deleted) {
    const auto stray = tree_.Strays().find(id);
    if (stray != tree_.Strays().end()) job.moved_to = stray->second;
  }
}

// Nothing: it could not be asked.
std::optional<PruneJob::Live> Orphans::Ask(const JobKey& key) {
  const nomad::Call call = CallNow();
  const nomad::JobRef ref{key.id, key.name_space, ""};
  const auto job = client_.ReadJob(ref, {}, call);
  if (job) return PruneJob::Live{job->value.job_modify_index, job->value.stop};
  if (job.error().code != ErrorCode::kNotFound) return std::nullopt;
  if (!rollout::Namespaces(client_).CheckAbsent(ref, call)) return std::nullopt;
  return PruneJob::Live{};
}

void Orphans::Count(LedgerJob& row, bool counts) const {
  if (!options_.fetched) return;
  if (!counts || row.path.empty()) {
    row.absent_since.reset();
    row.fetches_absent = 0;
    return;
  }
  if (!row.absent_since) row.absent_since = now_;
  row.fetches_absent = std::min(row.fetches_absent + 1, kSeenAbsent);
}

void Orphans::Stop(std::vector<Orphan>& orphans, SyncResult& result) {
  std::map<JobKey, Orphan*> going;
  std::vector<repo::SpecPtr> specs;
  for (Orphan& orphan : orphans) {
    if (!orphan.decision.apply) continue;
    specs.push_back(repo::OrphanSpec(orphan.key.id, orphan.key.name_space));
    going[orphan.key] = &orphan;
  }
  if (going.empty()) return;
  rollout::RolloutOptions run = options_.run;
  run.gather.specs = &tree_.context;
  run.gather.default_namespace = tree_.repo.default_namespace;
  run.execute.record = nullptr;
  if (!run.dry_run) {
    for (auto& [key, orphan] : going) {
      orphan->decision.row.pruned = true;
      const LedgerJob& before = rows_.at(key);
      result.ledger[key] = before.WasStopRefused() ? before : orphan->decision.row;
    }
    if (const auto kept = options_.keep(result.ledger); !kept) {
      for (auto& [key, orphan] : going) {
        orphan->decision.row.pruned = rows_.at(key).pruned;
        orphan->decision.reason +=
            ", but not before its ledger can be written: " + kept.error().message;
      }
      return;
    }
  }
  run.amend = [&](const JobFacts& facts, Step step) {
    const Orphan& orphan = *going.at(KeyOfRef(facts.ref));
    const bool as_judged =
        facts.live && facts.live->job_modify_index == orphan.decision.row.applied_index;
    if (step.move == Move::kStop && as_judged) {
      step.reason = orphan.decision.reason;
      return step;
    }
    if (step.move != Move::kStop && step.move != Move::kNothing) return step;
    Step left;
    left.reason = as_judged ? step.reason : "somebody has changed it meanwhile";
    return left;
  };
  const repo::Selection selection = repo::MakeSelection(std::move(specs), tree_.repo);
  run.infer_order = false;  // the specs are gone
  if (options_.order_of_gone) {
    std::vector<LedgerJob> rows;
    for (const repo::SelectedJob& job : selection.jobs) {
      rows.push_back(rows_.at(KeyOf(*job.spec, tree_.repo)));
    }
    run.configured = options_.order_of_gone(selection.jobs, rows);
  }
  rollout::Rollout done =
      rollout::CarryOut({rollout::Verb::kDown}, selection.jobs, client_, clock_, progress_, run);
  std::set<JobKey> stopped;
  for (std::size_t i = 0; i < done.results.size(); ++i) {
    if (MayHaveStopped(done.results[i])) stopped.insert(KeyOfRef(done.facts[i].ref));
  }
  for (const auto& [key, orphan] : going) {
    if (run.dry_run || stopped.contains(key)) continue;
    orphan->decision.row.pruned = false;
    result.ledger[key] = orphan->decision.row;
  }
  for (std::size_t i = 0; i < done.results.size() && !run.dry_run; ++i) {
    Orphan& orphan = *going.at(KeyOfRef(done.facts[i].ref));
    if (done.results[i].outcome == Outcome::kUntouched) {
      orphan.decision.reason += ", but not by this sync: " + done.plan.steps[i].reason;
      continue;
    }
    AfterStop(done.results[i], orphan.decision);
    orphan.decision.row.pruned |= orphan.decision.verdict == Verdict::kFailed;
    const LedgerJob& before = rows_.at(orphan.key);
    if (before.verdict == orphan.decision.verdict) orphan.decision.row.since = before.since;
    result.ledger[orphan.key] = orphan.decision.row;
  }
  result.runs.push_back(std::move(done));
}

nomad::Call Orphans::CallNow() const {
  return {DeadlineAfter(clock_.Now(), options_.run.gather.time_limit), options_.run.gather.stop,
          options_.run.gather.patience};
}

}  // namespace nmgr::sync
