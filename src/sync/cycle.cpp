#include "nmgr/sync/cycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/images.h"
#include "nmgr/rollout/known_bad.h"
#include "nmgr/rollout/trouble.h"
#include "nmgr/sync/ledger_store.h"
#include "sync/orphans.h"

namespace nmgr::sync {
namespace {

using rollout::JobFacts;
using rollout::JobResult;
using rollout::Move;
using rollout::Outcome;
using rollout::Step;

// Marks go into the rows of the ledger.
class LedgerBadSpecs : public rollout::BadSpecs {
 public:
  LedgerBadSpecs(LedgerJobs& rows, const repo::RepoOptions& options)
      : rows_(rows), options_(options) {}

  bool Holds(const nomad::JobRef& ref, std::string_view digest) const override {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(Key(ref));
    return row != rows_.end() && row->second.bad_hash16 == digest.substr(0, kLedgerHash);
  }
  std::uint64_t RegisterOf(const nomad::JobRef& ref, std::string_view digest) const override {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(Key(ref));
    const bool same = row != rows_.end() && row->second.hash16 == digest.substr(0, kLedgerHash);
    return same ? row->second.applied_index : 0;
  }
  Expected<void> Try(const nomad::JobRef& ref, std::string_view, std::uint64_t) override {
    return Remove(ref);
  }
  Expected<void> Add(const nomad::JobRef& ref, std::string_view digest) override {
    const std::lock_guard lock(mutex_);
    rows_[Key(ref)].bad_hash16 = digest.substr(0, kLedgerHash);
    return {};
  }
  Expected<void> Remove(const nomad::JobRef& ref) override {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(Key(ref));
    if (row != rows_.end()) row->second.bad_hash16.clear();
    return {};
  }

 private:
  JobKey Key(const nomad::JobRef& ref) const { return KeyOf(ref, options_); }

  LedgerJobs& rows_;
  const repo::RepoOptions& options_;
  mutable std::mutex mutex_;
};

// For the read that a write leaves to be made when a sync is asked to end.
constexpr Duration kLastRead{2'000};

constexpr std::string_view kNotBeforeItIsNoted = ", but not before its ledger can be written";

// The first error, with its place.
std::string FaultOf(const JobFacts& facts) {
  for (const hcl::Diagnostic& diagnostic : facts.diagnostics.items()) {
    if (diagnostic.severity == hcl::Severity::kError) return hcl::ToLine(diagnostic);
  }
  return repo::FaultPlace(facts.diagnostics, facts.path) + ": it does not evaluate";
}

// Whether Nomad understood the question and has something against the spec.
bool IsRefusal(const Error& error) {
  return error.code == ErrorCode::kRejected || error.code == ErrorCode::kInvalid;
}

// What is missing stands in the hint: a right, a token.
std::string WithHint(const Error& error) {
  return error.hint.empty() ? error.message : error.message + "; " + error.hint;
}

// The jobs of a sync as cases, and what is decided of each, which takes no Nomad.
class CaseBook {
 public:
  CaseBook(const Tree& tree, const LedgerJobs& ledger, const SyncOptions& options, WallTime now)
      : tree_(tree), options_(options), source_(*options.source), now_(now) {
    result_.ledger = ledger;
  }

  SyncResult& result() { return result_; }

  JobCase CaseOf(const JobKey& key, const std::string& name, const Path& path) const {
    JobCase job;
    job.name = name;
    job.steered = SteeredName(key, tree_.repo.default_namespace);
    job.path = tree_.Shown(path);
    // With what the questions of this sync have shown to be bad.
    if (const auto row = result_.ledger.find(key); row != result_.ledger.end()) {
      job.row = row->second;
    }
    if (options_.steering) job.steering = options_.steering(key);
    if (options_.claims != nullptr) {
      const auto claim = options_.claims->names.find(key);
      if (claim != options_.claims->names.end()) {
        for (const std::string& other : claim->second) {
          if (other != source_.name) job.other_sources.push_back(other);
        }
      }
    }
    const bool is_own = options_.own && key == *options_.own;
    job.is_protected = (is_own && !source_.self) || IsProtected(key, options_.protect);
    job.namespace_allowed = source_.namespaces.empty()
                                ? key.name_space == tree_.repo.default_namespace
                                : std::find(source_.namespaces.begin(), source_.namespaces.end(),
                                            key.name_space) != source_.namespaces.end();
    return job;
  }

  Decision DecideOn(const JobCase& job) const {
    return Decide(job, source_, options_.gates, tree_.checkout.commit, now_);
  }

  // What Nomad is not asked about.
  bool DecideUnasked(const repo::SelectedJob& selected, const JobKey& key) {
    JobCase job = CaseOf(key, selected.name, selected.spec->path());
    const bool unasked =
        !job.other_sources.empty() || job.is_protected || !job.namespace_allowed || key.id.empty();
    if (!unasked) return false;
    if (key.id.empty()) {
      job.fault = job.path + ": its job has no ID that can be read";
      Keep(key, job);
      result_.ledger.erase(key);
      return true;
    }
    Keep(key, job);
    return true;
  }

  // Nothing was decided: Nomad was not asked, or did not answer, or the files forbid it.
  void Undecided(const std::vector<repo::SelectedJob>& jobs, std::string JobCase::*cause,
                 const std::string& why) {
    for (const repo::SelectedJob& selected : jobs) {
      const JobKey key = KeyOf(*selected.spec, tree_.repo);
      JobCase job = CaseOf(key, selected.name, selected.spec->path());
      job.*cause = why;
      Keep(key, job);
    }
  }

  void Keep(const JobKey& key, const JobCase& job, Decision decision) {
    JobStatus status;
    status.source = source_.name;
    status.name_space = key.name_space;
    status.id = key.id;
    status.path = job.path;
    status.verdict = decision.verdict;
    status.hold = decision.hold;
    status.reason = decision.reason;
    status.hint = decision.hint;
    status.trouble = job.trouble;
    status.refused = !job.refused.empty();
    status.fails = decision.verdict == Verdict::kInSync && job.state == rollout::JobState::kFailed;
    status.commit = decision.row.commit12;
    status.since = decision.row.since;
    status.drift_since = decision.row.drift_since;
    result_.jobs.push_back(std::move(status));
    result_.ledger[key] = std::move(decision.row);
  }
  void Keep(const JobKey& key, const JobCase& job) { Keep(key, job, DecideOn(job)); }

  // The result, by namespace and ID.
  SyncResult Take() {
    std::stable_sort(result_.jobs.begin(), result_.jobs.end(),
                     [](const JobStatus& a, const JobStatus& b) {
                       return std::tie(a.name_space, a.id) < std::tie(b.name_space, b.id);
                     });
    return std::move(result_);
  }

  std::string Told(const std::string& text) const {
    const std::string shown = tree_.Shown(text);
    return options_.hide ? options_.hide(shown) : shown;
  }

 private:
  const Tree& tree_;
  const SyncOptions& options_;
  const Source& source_;
  const WallTime now_;
  SyncResult result_;
};

class Syncer {
 public:
  Syncer(const Tree& tree, const LedgerJobs& ledger, const SyncOptions& options,
         nomad::JobClient& client, Clock& clock, rollout::Progress& progress)
      : tree_(tree),
        options_(options),
        source_(*options.source),
        client_(client),
        clock_(clock),
        progress_(progress),
        before_(ledger),
        now_(clock.Wall()),
        book_(tree, ledger, options, now_),
        result_(book_.result()) {}

  SyncResult Run() {
    std::vector<repo::SelectedJob> asked;
    std::vector<repo::SelectedJob> own;
    for (const repo::SelectedJob& job : tree_.selection.jobs) {
      const JobKey key = KeyOf(*job.spec, tree_.repo);
      seen_.named.insert(key);
      if (options_.own && key == *options_.own && source_.self) {
        own.push_back(job);
      } else if (!book_.DecideUnasked(job, key)) {
        asked.push_back(job);
      }
    }
    CarryOut(asked, false);
    if (options_.planned) options_.planned();
    if (!result_.end && !own.empty()) CarryOut(own, true);
    if (!result_.end) AddOrphans();
    return book_.Take();
  }

 private:
  struct Decided {
    JobKey key;
    JobCase job;
    Decision decision;
  };

  void Judge(JobCase& job, const JobFacts& facts) const {
    for (const Path& path : facts.duplicates) job.other_files.push_back(tree_.Shown(path));
    if (!facts.Satisfies(rollout::SpecNeed::kWhole) && facts.duplicates.empty()) {
      job.fault = book_.Told(FaultOf(facts));
      return;
    }
    job.hash16 = facts.spec_digest.substr(0, kLedgerHash);
    if (facts.error) {
      const std::string words = book_.Told(WithHint(*facts.error));
      if (IsRefusal(*facts.error)) {
        job.refused = words.starts_with(job.path + ":") ? words : job.path + ": " + words;
      } else {
        job.unreachable = words;
      }
      return;
    }
    const rollout::Verdict verdict = facts.JudgeAnew();
    job.state = verdict.state;
    job.live_index = facts.live ? facts.live->job_modify_index : 0;
    job.failed_registers = facts.evidence.failed_registers;
    if (verdict.state == rollout::JobState::kDiffers) {
      const std::vector<rollout::ImageChange> images =
          rollout::CompareImages(facts.spec->images, *facts.live);
      job.images_differ = !images.empty();
      if (options_.difference) job.difference = book_.Told(options_.difference(facts, images));
    } else if (verdict.state == rollout::JobState::kFailed) {
      job.trouble = "failed: " + rollout::FailureWords(verdict);
    } else if (verdict.state != rollout::JobState::kRunning) {
      job.trouble = rollout::JobStateName(verdict.state);
    }
  }

  // Of what differs: whether it is a register of an earlier commit that landed late.
  void SeekStale(const JobKey& key, JobCase& job) const {
    if (job.state != rollout::JobState::kDiffers || !job.row || !options_.equals) return;
    if (job.row->bad_hash16 == job.hash16) return;
    // One that is to be registered anyhow need not be looked at.
    if (!job.row->hash16.empty() && job.row->hash16 != job.hash16) return;
    for (const LedgerTry& one : job.row->tries) {
      if (one.hash16 == job.hash16 || !options_.equals(key, one.commit12)) continue;
      job.stale = one.commit12;
      return;
    }
  }

  void NoteTry(Decided& decided) const {
    const LedgerTry now{tree_.checkout.commit.substr(0, kLedgerCommit), decided.job.hash16,
                        decided.job.live_index};
    std::vector<LedgerTry>& tries = decided.decision.row.tries;
    std::erase_if(tries, [&](const LedgerTry& one) {
      return one.commit12 == now.commit12 && one.hash16 == now.hash16;
    });
    tries.push_back(now);
    if (tries.size() > kMostTries) tries.erase(tries.begin());
  }

  // Its try still stands in the row, of this commit or one with the same spec.
  static bool IsNotedAsRefused(const Decided& decided) {
    const LedgerJob& row = decided.decision.row;
    const std::string& hash16 = decided.job.hash16;
    return row.refused_hash16 == hash16 &&
           std::any_of(row.tries.begin(), row.tries.end(),
                       [&](const LedgerTry& one) { return one.hash16 == hash16; });
  }

  // What is about to be registered is noted before it is, so that it is known when it lands late.
  // Where that cannot be written now nothing is registered: it would be taken for somebody's
  // change. A ledger that is full, or none, is no reason to stop.
  bool NoteTries(const rollout::Plan& plan) {
    if (options_.planned) options_.planned();
    bool noted = false;
    for (std::size_t i = 0; i < decided_.size() && i < plan.steps.size(); ++i) {
      Decided& decided = decided_[i];
      if (!decided.decision.apply || !rollout::IsWrite(plan.steps[i].move)) continue;
      if (IsNotedAsRefused(decided)) continue;
      NoteTry(decided);
      result_.ledger[decided.key] = decided.decision.row;
      noted = true;
    }
    if (noted && options_.keep) {
      const auto kept = options_.keep(result_.ledger);
      // Where this copy may write no more, its other writes are refused as well.
      const bool ours = kept || kept.error().code != ErrorCode::kInterrupted;
      if (!kept && ours && !IsLostMemory(kept.error())) {
        result_.end =
            Error{kept.error().code, "what would be done cannot be noted: " + kept.error().message,
                  kept.error().hint};
        return false;
      }
    }
    return true;
  }

  // The step of `up` as it is, or taken back.
  Step Amend(const JobFacts& facts, Step step) {
    const JobKey key = KeyOf(facts.ref, tree_.repo);
    JobCase job = book_.CaseOf(key, facts.name, facts.path);
    Judge(job, facts);
    SeekStale(key, job);
    Decision decision = book_.DecideOn(job);
    if (job.fault.empty()) {
      seen_.good.insert(job.path);
    } else {
      seen_.faulty.push_back({job.path, key.name_space, key.id});
    }
    const bool applies = decision.apply;
    const bool as_it_is =
        step.move == Move::kBroken || (step.move == Move::kFail && facts.error.has_value());
    if (applies) {
      step.move = Move::kRegister;
      if (step.reason.empty()) step.reason = decision.reason;
    } else if (!as_it_is) {
      Step left;
      left.reason = Words(decision.verdict, decision.hold);
      // What runs as its spec says and has failed holds up what comes after it, too.
      const bool runs_ill =
          decision.verdict == Verdict::kInSync && job.state == rollout::JobState::kFailed;
      left.fails = decision.verdict == Verdict::kKnownBad || runs_ill;
      if (left.fails) {
        left.notice = decision.reason;
        left.hint = decision.hint;
      }
      step = std::move(left);
    }
    decided_.push_back({key, std::move(job), std::move(decision)});
    return step;
  }

  void CarryOut(const std::vector<repo::SelectedJob>& jobs, bool own) {
    rollout::Intent intent{rollout::Verb::kUp, own};
    rollout::RolloutOptions run = options_.run;
    run.gather.specs = &tree_.context;
    run.gather.default_namespace = tree_.repo.default_namespace;
    LedgerBadSpecs bad(result_.ledger, tree_.repo);
    run.gather.known_bad = &bad;
    run.execute.known_bad = &bad;
    decided_.clear();
    run.amend = [this](const JobFacts& facts, Step step) { return Amend(facts, std::move(step)); };
    run.confirm = [this](const rollout::Plan& plan, const std::vector<JobFacts>&) {
      return NoteTries(plan);
    };
    rollout::Rollout done;
    auto order = OrderOf(jobs);
    if (order) {
      run.configured = *std::move(order);
      done = rollout::CarryOut(intent, jobs, client_, clock_, progress_, run);
    } else {
      done.failures.push_back(order.error());
    }
    if (!done.failures.empty()) result_.end = done.failures.front();
    if ((result_.end && !done.declined) || done.plan.steps.size() != jobs.size()) {
      seen_.settled = false;
      book_.Undecided(jobs, order ? &JobCase::unreachable : &JobCase::fault,
                      result_.end ? book_.Told(WithHint(*result_.end)) : "it was not asked about");
    } else {
      for (std::size_t i = 0; i < decided_.size(); ++i) {
        Decided& decided = decided_[i];
        const bool held_up = done.facts[i].infra && done.plan.steps[i].fails;
        const bool not_started =
            i < done.results.size() && done.results[i].outcome == Outcome::kNotStarted;
        if (held_up || not_started) {
          seen_.settled = false;
        }
        if (decided.decision.apply && !run.dry_run) {
          AfterApply(decided, done.facts[i],
                     i < done.results.size() ? done.results[i] : JobResult{});
          if (done.declined) decided.decision.reason += kNotBeforeItIsNoted;
        }
        book_.Keep(decided.key, decided.job, std::move(decided.decision));
      }
    }
    result_.runs.push_back(std::move(done));
  }

  Expected<std::vector<order::Edge>> OrderOf(const std::vector<repo::SelectedJob>& jobs) const {
    if (!options_.order) return std::vector<order::Edge>();
    return options_.order(jobs);
  }

  // What came of a register that was decided.
  void AfterApply(Decided& decided, const JobFacts& facts, const JobResult& result) {
    Decision& decision = decided.decision;
    LedgerJob& row = decision.row;
    // The executor's marks stand in the ledger already.
    if (const auto kept = result_.ledger.find(decided.key); kept != result_.ledger.end()) {
      row.bad_hash16 = kept->second.bad_hash16;
    }
    if (result.wrote) {
      row.hash16 = facts.spec_digest.substr(0, kLedgerHash);
      row.commit12 = tree_.checkout.commit.substr(0, kLedgerCommit);
      row.commit_on = std::chrono::floor<std::chrono::days>(now_);
      row.applied_index = IndexAfter(facts, result);
      row.pruned = false;
      row.confirmed = Hold::kNone;
      row.drift_since.reset();
    }
    SettleTries(decided, result);
    const std::string words = book_.Told(result.summary);
    switch (result.outcome) {
      case Outcome::kDone:
        decision.verdict = Verdict::kInSync;
        decision.reason = words;
        decided.job.trouble.clear();
        break;
      case Outcome::kUnconfirmed:
        if (!result.wrote) {
          decision.reason += "; " + words;
          break;
        }
        [[fallthrough]];
      case Outcome::kSubmitted:
        decision.verdict = Verdict::kApplying;
        decision.reason = words;
        break;
      case Outcome::kNeedsPromotion:
        decision.verdict = Verdict::kApplying;
        decision.reason = words;
        decision.hint = rollout::PromoteCommand(facts.name);
        break;
      case Outcome::kFailed:
      case Outcome::kRefused:
      case Outcome::kTimedOut:
        decision.verdict = result.deployment_failed && row.bad_hash16 == decided.job.hash16
                               ? Verdict::kKnownBad
                               : Verdict::kFailed;
        decision.reason = book_.Told(FailureSaid(result));
        break;
      case Outcome::kUntouched:
      case Outcome::kNotStarted:
        if (!words.empty()) decision.reason += "; not started: " + words;
        break;
    }
    const bool same = decided.job.row && decided.job.row->verdict == decision.verdict;
    row.since = same ? decided.job.row->since : clock_.Wall();
    row.verdict = decision.verdict;
    row.hold = Hold::kNone;
    row.reason = decision.reason;
  }

  void SettleTries(Decided& decided, const JobResult& result) const {
    LedgerJob& row = decided.decision.row;
    const std::string& hash16 = decided.job.hash16;
    if (result.wrote) {
      row.tries.clear();
      row.refused_hash16.clear();
    } else if (result.error && result.error->in_doubt) {
      NoteTry(decided);
      row.refused_hash16.clear();
    } else if (result.outcome == Outcome::kFailed || result.outcome == Outcome::kRefused) {
      row.refused_hash16 = hash16;
    } else if (row.refused_hash16 != hash16) {
      std::erase_if(row.tries, [&](const LedgerTry& one) { return one.hash16 == hash16; });
    }
  }

  // Where the answer was lost, or gave none, the job says it.
  std::uint64_t IndexAfter(const JobFacts& facts, const JobResult& result) {
    if (result.job_modify_index != 0) return result.job_modify_index;
    nomad::Call call{DeadlineAfter(clock_.Now(), options_.run.gather.time_limit),
                     options_.run.gather.stop, options_.run.gather.patience};
    if (Ends()) call = {DeadlineAfter(clock_.Now(), kLastRead), {}, nomad::Patience::kBrief};
    const auto job = client_.ReadJob(facts.ref, {}, call);
    return job ? job->value.job_modify_index : 0;
  }

  // It was asked to: what is not known any more by that is as it was.
  bool Ends() const { return options_.run.gather.stop.stop_requested(); }

  // Rows of the ledger that no file names.
  void AddOrphans() {
    LedgerJobs rows;
    std::size_t managed = 0;
    for (const auto& [key, row] : before_) {
      if (row.applied_index != 0 && (!row.pruned || row.WasStopRefused())) ++managed;
      if (seen_.named.contains(key)) continue;
      if (row.applied_index == 0) {
        result_.ledger.erase(key);
      } else if (Ends()) {
        JobCase job;
        job.path = row.path;
        book_.Keep(key, job, {row.verdict, row.hold, row.reason, "", false, row});
      } else if (const std::string fault = FaultAt(row.path); !fault.empty()) {
        JobCase job = book_.CaseOf(key, key.id, JoinPath(tree_.checkout.folder, row.path));
        job.fault = fault;
        book_.Keep(key, job);
      } else {
        rows.emplace(key, row);
      }
    }
    Orphans orphans(tree_, options_, seen_, std::move(rows), managed, client_, clock_, progress_);
    for (Orphan& orphan : orphans.Run(result_)) {
      JobCase job;
      job.path = orphan.path;
      book_.Keep(orphan.key, job, std::move(orphan.decision));
    }
  }

  // A file that had the job and has no ID now that can be read.
  std::string FaultAt(const std::string& path) const {
    if (path.empty()) return {};
    for (const std::string& text : tree_.unclear) {
      if (text.starts_with(path + ":")) return text;
    }
    for (const std::string& text : tree_.checkout.left_out) {
      for (std::string at = path; at != "." && at != "/"; at = DirName(at)) {
        if (text.starts_with(at + ": ")) return text + ", which is not read";
      }
    }
    return {};
  }

  const Tree& tree_;
  const SyncOptions& options_;
  const Source& source_;
  nomad::JobClient& client_;
  Clock& clock_;
  rollout::Progress& progress_;
  const LedgerJobs& before_;
  const WallTime now_;
  FilesSeen seen_;
  std::vector<Decided> decided_;  // of the run that is under way, in the order of its facts
  CaseBook book_;
  SyncResult& result_;  // the book's
};

}  // namespace

SyncResult Sync(const Tree& tree, const LedgerJobs& ledger, const SyncOptions& options,
                nomad::JobClient& client, Clock& clock, rollout::Progress& progress) {
  return Syncer(tree, ledger, options, client, clock, progress).Run();
}

SyncResult NoSync(const Tree& tree, const SyncOptions& options, const std::string& why,
                  WallTime now) {
  CaseBook book(tree, {}, options, now);
  std::vector<repo::SelectedJob> unasked;
  for (const repo::SelectedJob& job : tree.selection.jobs) {
    if (!book.DecideUnasked(job, KeyOf(*job.spec, tree.repo))) unasked.push_back(job);
  }
  book.Undecided(unasked, &JobCase::unreachable, why);
  SyncResult result = book.Take();
  for (JobStatus& job : result.jobs) job.since.reset();
  return result;
}

}  // namespace nmgr::sync
