#include "nmgr/sync/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/trouble.h"
#include "nmgr/sync/state_text.h"

namespace nmgr::sync {
namespace {

using rollout::JobState;

class JobJudge {
 public:
  JobJudge(const JobCase& job, const Source& source, const Gates& gates, const std::string& commit,
           WallTime now)
      : job_(job), source_(source), gates_(gates), commit_(commit), now_(now) {
    if (job.row) result_.row = *job.row;
    result_.row.path = job.path;
    result_.row.absent_since.reset();
    result_.row.fetches_absent = 0;
    result_.row.batch = Batch::kNone;
    if (job.steering.retried) result_.row.bad_hash16.clear();
  }

  Decision Run() {
    LedgerJob& row = result_.row;
    if (OfTheRepository() || OfNomad()) {
      if (IsConfirmedNow(row.hold)) row.confirmed = row.hold;
    } else {
      OfTheState();
      row.confirmed = IsToBe() ? used_ : Hold::kNone;
    }
    // A retry that cannot be yet is one of the spec that was bad when it was asked for.
    if (job_.row && result_.verdict == Verdict::kHeld) row.bad_hash16 = job_.row->bad_hash16;
    // The commit that it was found at may be none of this history: noted anew once it is in sync.
    if (gates_.new_history && result_.verdict != Verdict::kInSync) row.commit_on = WallTime{};
    const bool same = job_.row && row.verdict == result_.verdict && row.hold == result_.hold;
    if (!same || row.since == WallTime{}) row.since = now_;
    row.verdict = result_.verdict;
    row.hold = result_.hold;
    row.reason = result_.reason;
    if (result_.hold != Hold::kDrift && !repairs_) row.drift_since.reset();
    return std::move(result_);
  }

 private:
  bool OfTheRepository() {
    if (!job_.other_sources.empty()) {
      Say(Verdict::kConflict, "source " + Join(job_.other_sources, ", ") + " names it too");
    } else if (!job_.other_files.empty()) {
      Say(Verdict::kConflict,
          "several files define it: " + job_.path + ", " + Join(job_.other_files, ", "));
    } else if (job_.is_protected) {
      HoldBy(Hold::kProtected, "no source may touch it ([serve] protect, or the daemon itself)");
    } else if (!job_.namespace_allowed) {
      HoldBy(Hold::kNamespace,
             fmt::format("`namespaces` of source {} does not name its namespace", source_.name));
    } else if (!job_.fault.empty()) {
      Say(Verdict::kFrozen, job_.fault);
    } else {
      return false;
    }
    return true;
  }

  bool OfNomad() {
    if (!job_.unreachable.empty()) {
      Say(Verdict::kUnreachable, job_.unreachable);
    } else if (!job_.refused.empty()) {
      Say(Verdict::kFrozen, job_.refused);
    } else if (job_.steering.held) {
      const std::string& by = job_.steering.held_by;
      const std::string& why = job_.steering.held_why;
      HoldBy(Hold::kPerson, fmt::format("{} holds it{}", by.empty() ? "somebody" : by,
                                        why.empty() ? "" : " (" + why + ")"));
    } else {
      return false;
    }
    return true;
  }

  void OfTheState() {
    if (job_.state == JobState::kAbsent) return OfAbsent();
    const bool stopped = job_.state == JobState::kStopped && !result_.row.pruned;
    const bool finished = job_.state == JobState::kFinished;
    result_.row.ended = stopped ? Ended::kStopped : finished ? Ended::kFinished : Ended::kNo;
    if (job_.state == JobState::kStopped) return OfStopped();
    result_.row.pruned = false;
    if (job_.state == JobState::kDiffers || job_.state == JobState::kKnownBad) return OfDiffering();
    InSync(job_.trouble.empty() ? "" : std::string(kNotWell) + job_.trouble);
    if (job_.state == JobState::kNeedsPromotion) {
      result_.verdict = Verdict::kApplying;
      result_.hint = rollout::PromoteCommand(job_.name);
    }
    if (job_.state == JobState::kRunning && result_.row.bad_hash16 == job_.hash16) {
      result_.row.bad_hash16.clear();
    }
  }

  // Said in this sync of what has waited for it.
  bool IsConfirmedNow(Hold hold) const {
    if (hold == Hold::kAdopt) return job_.steering.confirmed || job_.steering.confirmed_set;
    const bool by_name = hold == Hold::kStopped || hold == Hold::kPurged || hold == Hold::kDrift ||
                         hold == Hold::kPolicy;
    return by_name && job_.steering.confirmed;
  }

  // What would be held so, where nobody has confirmed it.
  bool Confirmed(Hold hold) {
    const bool waited = job_.row && job_.row->hold == hold;
    const bool in_set = hold == Hold::kAdopt && job_.steering.confirmed_set && waited;
    const bool before = job_.row && job_.row->confirmed == hold;
    if (!job_.steering.confirmed && !in_set && !before) return false;
    used_ = hold;
    return true;
  }

  // Wanted, and not registered yet.
  bool IsToBe() const {
    return result_.apply || result_.hold == Hold::kPaused || result_.hold == Hold::kWindow;
  }

  void OfStopped() {
    if (job_.row && job_.row->pruned) return Want("its file is back");
    if (Confirmed(Hold::kStopped)) return Want("stopped by hand, and confirmed");
    HoldBy(Hold::kStopped, "it was stopped in Nomad");
  }

  // What Nomad has forgotten by itself stays as it was.
  void OfForgotten() {
    if (job_.row->ended == Ended::kFinished) {
      return Say(Verdict::kInSync, "finished, and forgotten by Nomad since");
    }
    if (Confirmed(Hold::kStopped)) return Want("stopped by hand, and confirmed");
    HoldBy(Hold::kStopped, "it was stopped in Nomad, which has forgotten it since");
  }

  void OfAbsent() {
    const Ended ended = job_.row && !job_.row->pruned ? job_.row->ended : Ended::kNo;
    const bool same = job_.row && job_.row->hash16 == job_.hash16;
    if (ended == Ended::kStopped || (ended == Ended::kFinished && same)) return OfForgotten();
    if (job_.row && job_.row->pruned && source_.create != Create::kNever) {
      return Want("its file is back");
    }
    const bool known = job_.row && job_.row->applied_index != 0;
    const bool confirmed =
        Confirmed(source_.create == Create::kNever ? Hold::kPolicy : Hold::kPurged);
    if (!known || confirmed || source_.create == Create::kAlways) {
      if (source_.create == Create::kNever && !confirmed) {
        HoldBy(Hold::kPolicy, "not registered (create = \"never\")");
        result_.hint =
            fmt::format("nmgr sync confirm {} {}", source_.name, ShellWord(job_.steered));
        return;
      }
      return Want(known ? "gone from Nomad" : "new");
    }
    if (source_.create == Create::kNever || job_.row->hash16 == job_.hash16) {
      return HoldBy(Hold::kPurged, job_.row->hash16 == job_.hash16
                                       ? "it was purged from Nomad, and its spec is what it was"
                                       : "it was purged from Nomad (create = \"never\")");
    }
    Want("gone from Nomad, and its spec has changed");
  }

  // A leader died after it had set out to register this very spec, and of what was registered since
  // a deployment has failed: it landed, and Nomad has taken it back.
  bool IsTakenBack() const {
    if (!job_.row || job_.steering.retried || job_.row->refused_hash16 == job_.hash16) return false;
    const auto& tries = job_.row->tries;
    return std::any_of(tries.begin(), tries.end(), [this](const LedgerTry& one) {
      const auto& failed = job_.failed_registers;
      return one.hash16 == job_.hash16 && one.index != 0 &&
             std::any_of(failed.begin(), failed.end(), [&](std::uint64_t index) {
               return one.index < index && index < job_.live_index;
             });
    });
  }

  void OfDiffering() {
    if (IsTakenBack()) result_.row.bad_hash16 = job_.hash16;
    if (!result_.row.bad_hash16.empty() && result_.row.bad_hash16 == job_.hash16) {
      Say(Verdict::kKnownBad, "the deployment of this spec has failed before");
      result_.hint = Release();
      return;
    }
    if (!job_.stale.empty()) {
      return Want(Differs() + ", as commit " + job_.stale + " of this source left it");
    }
    const bool known = job_.row && !job_.row->hash16.empty();
    if (!known) return OfForeign();
    if (job_.row->hash16 == job_.hash16 || IsChangedSinceTry()) return OfDrift();
    // What Nomad has rolled back was nobody else.
    const bool untouched = job_.live_index == job_.row->applied_index ||
                           job_.row->applied_index == 0 || !job_.row->bad_hash16.empty();
    Want(untouched ? Differs() : Differs() + ", also what somebody else has changed since");
  }

  void OfForeign() {
    if (source_.adopt == Adopt::kAlways || Confirmed(Hold::kAdopt)) return Want(Differs());
    HoldBy(Hold::kAdopt, "it was there before and differs from its spec: " + Differs());
  }

  // A leader died after it had set out to register this very spec, and the job is neither that now
  // nor what it was before: it landed and was taken back, by Nomad or a person, or somebody was
  // faster. Of one that was refused it is not told from what a person did before the next attempt.
  bool IsChangedSinceTry() const {
    if (job_.row->refused_hash16 == job_.hash16) return false;
    const auto& tries = job_.row->tries;
    return std::any_of(tries.begin(), tries.end(), [this](const LedgerTry& one) {
      return one.hash16 == job_.hash16 && one.index != 0 && one.index != job_.live_index;
    });
  }

  // What a rollback looks like goes with the retry of what was rolled back; what a person did to a
  // job that ran well does not.
  bool IsRetried() const {
    const LedgerJob& row = *job_.row;
    const bool was_bad = row.bad_hash16 == job_.hash16 || row.verdict == Verdict::kFailed;
    return job_.steering.retried && was_bad;
  }

  void OfDrift() {
    if (IsRetried() || Confirmed(Hold::kDrift)) return Want(Differs());
    if (job_.live_index == job_.row->applied_index) {
      return HoldBy(
          Hold::kDrift,
          "it was registered as its spec says, and Nomad's plan still differs: " + Differs());
    }
    if (source_.drift == Drift::kIgnore) {
      Say(Verdict::kInSync, "somebody else has changed it (drift = \"ignore\")");
      return;
    }
    const std::string what =
        (job_.row->hash16 == job_.hash16
             ? "somebody else has changed it: "
             : "its register was begun, and it was taken back or changed since: ") +
        Differs();
    WallTime seen = now_;
    if (job_.row->drift_since) seen = *job_.row->drift_since;
    result_.row.drift_since = seen;
    if (source_.drift == Drift::kRepair) {
      const auto due = seen + source_.drift_grace;
      repairs_ = true;
      if (now_ >= due) return Want(what + "; it is repaired");
      return HoldBy(Hold::kDrift, fmt::format("{}; it is repaired at {}", what, StateTime(due)));
    }
    HoldBy(Hold::kDrift, what);
  }

  std::string Differs() const { return job_.difference.empty() ? "differs" : job_.difference; }

  // It differs and ought to be registered, if nothing stands before that.
  void Want(std::string reason) {
    const bool creates = job_.state == JobState::kAbsent || job_.state == JobState::kStopped;
    if (source_.apply == Apply::kNone) {
      return HoldBy(Hold::kPolicy, reason + " (apply = \"none\")");
    }
    // What this source has stopped it starts again.
    const bool returns = job_.row && job_.row->pruned;
    if (source_.apply == Apply::kImages && !returns && (creates || !job_.images_differ)) {
      return HoldBy(Hold::kPolicy,
                    reason + (creates ? " (apply = \"images\")"
                                      : ", but not in its images (apply = \"images\")"));
    }
    if (gates_.is_paused) {
      const std::string by = gates_.paused.empty() ? "" : " " + gates_.paused;
      return HoldBy(Hold::kPaused, fmt::format("{}; the source is paused{}", reason, by));
    }
    if (!gates_.window_open) {
      return HoldBy(Hold::kWindow, fmt::format("{}; {}", reason, gates_.window));
    }
    result_.verdict = Verdict::kWillApply;
    result_.reason = std::move(reason);
    result_.apply = true;
  }

  void InSync(std::string reason) {
    Say(Verdict::kInSync, std::move(reason));
    LedgerJob& row = result_.row;
    if (!IsNoted()) {
      row.commit12 = commit_.substr(0, kLedgerCommit);
      row.commit_on = std::chrono::floor<std::chrono::days>(now_);
    }
    row.hash16 = job_.hash16;
    row.applied_index = job_.live_index;
    row.pruned = false;
    row.refused_hash16.clear();
    std::erase_if(row.tries, [&](const LedgerTry& one) { return one.hash16 == job_.hash16; });
  }

  // Whether the row says already at which commit it was found so.
  bool IsNoted() const {
    if (!job_.row || job_.row->commit12.empty()) return false;
    const LedgerJob& row = *job_.row;
    if (gates_.new_history && row.commit12 != commit_.substr(0, kLedgerCommit)) return false;
    return row.hash16 == job_.hash16 && row.applied_index == job_.live_index &&
           row.path == job_.path && !row.pruned && row.commit_on <= now_ &&
           now_ < row.commit_on + kCommitKept;
  }

  void Say(Verdict verdict, std::string reason) {
    result_.verdict = verdict;
    result_.reason = std::move(reason);
  }

  void HoldBy(Hold hold, std::string reason) {
    Say(Verdict::kHeld, std::move(reason));
    result_.hold = hold;
    result_.hint = Release();
  }

  std::string Release() const {
    return ReleaseCommand(result_.verdict, result_.hold, source_.name, job_.steered);
  }

  const JobCase& job_;
  const Source& source_;
  const Gates& gates_;
  const std::string& commit_;
  const WallTime now_;
  Decision result_;
  bool repairs_ = false;
  Hold used_ = Hold::kNone;  // what of a person's word this decision rests on
};

}  // namespace

Decision Decide(const JobCase& job, const Source& source, const Gates& gates,
                const std::string& commit, WallTime now) {
  return JobJudge(job, source, gates, commit, now).Run();
}

namespace {

// What holds an orphan, as its row keeps it: kTooYoung is what time alone, or a confirm, lets go.
Hold BarredBy(PruneBar bar) {
  switch (bar) {
    case PruneBar::kNothing:
    case PruneBar::kNotFetched:
    case PruneBar::kUnsettled:
    case PruneBar::kFetchedOnce:
    case PruneBar::kGrace:
    case PruneBar::kTooMany:
      return Hold::kTooYoung;
    case PruneBar::kPaused:
      return Hold::kPaused;
    case PruneBar::kWindow:
      return Hold::kWindow;
    case PruneBar::kHeld:
      return Hold::kPerson;
    default:
      return Hold::kNone;
  }
}

std::string OrphanReason(const LedgerJob& row, const PruneVerdict& prune) {
  if (prune.MayGo()) return prune.reason + "; it is stopped";
  if (prune.until) return fmt::format("{}; grace until {}", prune.reason, StateTime(*prune.until));
  if (prune.bar != PruneBar::kSwitchedOff) {
    return "no file describes it any more; it goes on running: " + prune.reason;
  }
  return fmt::format("no file describes it any more ({} is gone); it goes on running",
                     row.path.empty() ? "its file" : row.path);
}

}  // namespace

std::optional<Decision> DecideOrphan(const PruneJob& job, const PruneVerdict& prune,
                                     const LedgerJob& row, const Source& source, WallTime now) {
  Decision decision;
  decision.row = row;
  decision.row.batch = prune.batch;
  decision.row.confirmed = decision.row.hold = Hold::kNone;
  const bool stopped = job.live && job.live->index != 0 && job.live->stopped;
  if (!job.live) {
    decision.verdict = Verdict::kUnreachable;
    decision.reason = "no file describes it any more, and Nomad cannot be asked about it";
  } else if (stopped && row.pruned) {
    decision.verdict = Verdict::kInSync;
    decision.reason = fmt::format("stopped, because {} was deleted in git", row.path);
    decision.row.batch = Batch::kNone;
  } else if (stopped || job.live->index == 0 || prune.bar == PruneBar::kDescribed) {
    return std::nullopt;
  } else {
    decision.verdict = Verdict::kOrphan;
    decision.reason = OrphanReason(row, prune);
    decision.row.commit_on = WallTime{};
    decision.row.hold = BarredBy(prune.bar);
    decision.hint = OrphanCommand(decision.row, job.key, source.name);
    decision.apply = prune.MayGo();
    const bool given_up = row.WasStopRefused() && !decision.apply;
    if (job.live->index != row.applied_index || given_up) decision.row.pruned = false;
  }
  if (row.verdict != decision.verdict || row.since == WallTime{}) decision.row.since = now;
  decision.row.verdict = decision.verdict;
  decision.row.reason = decision.reason;
  return decision;
}

std::string SteeredName(const JobKey& job, std::string_view default_namespace) {
  const bool plain = job.name_space == default_namespace && !job.id.starts_with('-') &&
                     job.id.find('/') == std::string::npos;
  return plain ? job.id : job.name_space + "/" + job.id;
}

std::string OrphanCommand(const LedgerJob& row, const JobKey& key, std::string_view source) {
  const std::string whole = fmt::format("{}/{}", key.name_space, key.id);
  if (row.hold == Hold::kNone) return "nmgr down " + ShellWord(repo::JobTarget(whole));
  if (row.hold != Hold::kTooYoung) {
    return ReleaseCommand(Verdict::kOrphan, row.hold, source, whole);
  }
  return row.batch == Batch::kRefused ? fmt::format("nmgr sync confirm {}", source) : "";
}

}  // namespace nmgr::sync
