#include "nmgr/rollout/undo.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/verbs.h"

namespace nmgr::rollout {
namespace {

using nomad::JobVersion;

constexpr std::string_view kNoVersions = "Nomad keeps the last versions of a job only";

// The questions about one job.
struct Asking {
  nomad::JobClient& client;
  nomad::Call call;
};

Step RefusedStep(std::string reason, std::string hint = {}) {
  Step step = MakeStep(Move::kFail, std::move(reason));
  step.hint = std::move(hint);
  return step;
}

Step FailedStep(JobFacts& facts, const Error& error) {
  facts.error = error;
  return RefusedStep(error.message, error.hint);
}

const JobVersion* FindVersion(const std::vector<JobVersion>& versions, std::uint64_t number) {
  const auto found = std::find_if(versions.begin(), versions.end(), [number](const JobVersion& it) {
    return it.version == number && it.document;
  });
  return found == versions.end() ? nullptr : &*found;
}

std::string VersionsText(const std::vector<JobVersion>& versions) {
  std::vector<std::string> numbers;
  for (const JobVersion& it : versions) numbers.push_back(std::to_string(it.version));
  return Join(numbers, ", ");
}

// What is Nomad's own account of a version is no part of what is registered.
nomad::RawJob DocumentOf(const JobVersion& version) {
  nomad::RawJob document = *version.document;
  for (const char* field : {"VersionTag", "Stable", "Status", "StatusDescription"}) {
    document.erase(field);
  }
  return document;
}

// The live job with its state; `versions` too. Nothing of a job that is absent.
Expected<void> Look(const Asking& ask, JobFacts& facts, std::vector<JobVersion>& versions) {
  auto live = ask.client.ReadJob(facts.ref, {}, ask.call);
  if (!live && live.error().code == ErrorCode::kNotFound) return {};
  if (!live) return live.error();
  facts.live = std::move(live->value);
  TRY_ASSIGN(versions, ask.client.ListVersions(facts.ref, ask.call));
  TRY_ASSIGN(facts.evidence, AskSingly(*facts.live, facts.ref, ask.client, ask.call));
  return {};
}

// Plans `document` in place of the live job, or where it is absent.
Expected<void> PlanDocument(const Asking& ask, JobFacts& facts, const nomad::RawJob& document) {
  TRY_ASSIGN(facts.plan, ask.client.PlanJob(facts.ref, document, ask.call));
  facts.job = std::make_shared<const std::string>(
      document.dump(-1, ' ', false, nomad::RawJob::error_handler_t::replace));
  const std::uint64_t index = facts.live ? facts.live->job_modify_index : 0;
  if (facts.plan->job_modify_index == index) return {};
  return Error{ErrorCode::kConflict, "somebody is changing it at this moment"};
}

// To a version that Nomad keeps, which is planned already.
Step BackStep(const JobVersion& target, std::string reason) {
  Step step = MakeStep(target.stop ? Move::kTakeDown : Move::kRevert, std::move(reason));
  step.version = target.version;
  return step;
}

std::string LiveWords(const nomad::Job& live) {
  return fmt::format("version {}{}", live.version, live.stop ? ", stopped" : "");
}

// The deployment of the version that the run left behind: whether Nomad itself went back from it,
// and nobody has changed the job since.
Expected<bool> WentBackItself(const Asking& ask, const JobFacts& facts, const JobPoint& left) {
  if (!left.version || facts.live->version != *left.version + 1) return false;
  TRY_ASSIGN(const auto all,
             ask.client.ListAllDeployments(facts.ref.name_space, facts.ref.region, ask.call));
  return std::any_of(all.begin(), all.end(), [&](const nomad::Deployment& it) {
    return it.job_id == facts.ref.id && it.job_version == *left.version &&
           it.status_description.find("rolling back to job version") != std::string::npos;
  });
}

bool ChangesJob(WriteKind kind) {
  return kind == WriteKind::kRegister || kind == WriteKind::kStop || kind == WriteKind::kPurge ||
         kind == WriteKind::kRevert;
}

// What is to be done with one job of a run.
class JobUndo {
 public:
  JobUndo(const PastRun& run, const PastJob& past, const Asking& ask, const PastSpecOf& past_spec,
          JobFacts& facts)
      : run_(run), past_(past), ask_(ask), past_spec_(past_spec), facts_(facts) {
    for (const PastWrite& write : past.writes) {
      if (write.end == WriteEnd::kFailed) continue;
      const bool own = write.ref == past.ref && ChangesJob(write.kind);
      if (own) own_.push_back(&write);
      if (write.ref != past.ref) launched_ = true;
      if (!own && write.ref == past.ref) passing_ = write.kind;
    }
  }

  Step Decide() {
    if (own_.empty()) return NothingToUndo();
    std::vector<JobVersion> versions;
    if (auto looked = Look(ask_, facts_, versions); !looked) {
      return FailedStep(facts_, looked.error());
    }
    Step step = facts_.live ? DecideLive(versions) : DecideAbsent();
    AddNotices(step);
    return step;
  }

 private:
  const JobPoint& before() const { return own_.front()->before; }
  const PastWrite& last() const { return *own_.back(); }
  bool in_doubt() const { return last().end == WriteEnd::kInDoubt && !last().after.index; }

  Step NothingToUndo() const {
    const bool none = !passing_ && !launched_;
    if (none && run_.cut && past_.outcome.empty()) {
      return RefusedStep(
          "whether that run changed it is not known: its journal could not be written to its end",
          fmt::format("look at it: nmgr history {}; then nmgr revert {} --version N",
                      repo::TypedTarget(past_.name), repo::TypedTarget(past_.name)));
    }
    if (none) return MakeStep(Move::kNothing, "not changed by that run");
    Step step = MakeStep(Move::kNothing, "not to be taken back");
    if (!passing_) {
      step.notice = "the run stopped what it had launched, which is left as it is";
      step.hint = "jobs of their own";
      return step;
    }
    step.notice =
        fmt::format("what the run did to it ({}) cannot be taken back", WriteName(*passing_));
    step.hint = "its version is the same as before";
    return step;
  }

  Step DecideAbsent() {
    if (!before().exists) return MakeStep(Move::kNothing, "absent, as before the run");
    if (last().kind == WriteKind::kPurge) return DecideGone("it was purged");
    return RefusedStep("somebody has purged it since, and Nomad keeps no version of what is purged",
                       AgainHint());
  }

  // Of what Nomad keeps nothing: the spec that brought it, if that can be had.
  Step DecideGone(const std::string& gone) {
    auto past = past_spec_ ? past_spec_(run_, past_, before(), last().kind == WriteKind::kPurge)
                           : Expected<PastSpec>(Error{ErrorCode::kNotFound, "no spec is at hand"});
    const Expected<void> planned = past ? PlanPast(*past) : Expected<void>();
    const bool as_before = past && planned && facts_.live && !PlanDiffers(*facts_.plan) &&
                           facts_.live->stop == before().stop;
    if (as_before) return MakeStep(Move::kNothing, "as before the run");
    if (facts_.live) {
      if (auto refused = IsOurs()) return *std::move(refused);
    }
    if (!past) {
      const Error& why = past.error();
      return RefusedStep(fmt::format("{}, and {}", gone, why.message),
                         why.hint.empty() ? UpHint() : why.hint);
    }
    if (!planned) return FailedStep(facts_, planned.error());
    if (RunsAgain(past->spec)) {
      return RefusedStep(gone + ": a batch job, which would run once more", UpHint());
    }
    Step step =
        MakeStep(before().stop ? Move::kTakeDown : Move::kRegister,
                 fmt::format("{}; {}{}", gone, before().stop ? "stopped, " : "", past->words));
    step.notice = past->notice;
    if (!step.notice.empty()) step.hint = "it gets the spec of when it was purged";
    facts_.spec_digest = std::move(past->digest);
    facts_.past_spec = std::move(past->place);
    facts_.spec = std::move(past->spec);
    return step;
  }

  Expected<void> PlanPast(const PastSpec& past) {
    TRY_ASSIGN(nomad::RawJob document,
               ask_.client.ParseJob(facts_.ref, past.spec.flat_hcl, ask_.call));
    if (before().stop) document["Stop"] = true;
    return PlanDocument(ask_, facts_, document);
  }

  bool RunsAgain(const jobspec::JobSpec& spec) const {
    const std::string& type = spec.header.type;
    const bool batch = type == "batch" || type == "sysbatch";
    return batch && !spec.periodic && !spec.parameterized && !before().stop;
  }

  std::string UpHint() const {
    if (past_.path.empty()) return "it had no spec here that could be registered again";
    return fmt::format("nmgr up {} registers what its spec says now",
                       repo::TypedTarget(past_.name));
  }

  std::string AgainHint() const {
    const std::string up = fmt::format("nmgr up {}", repo::TypedTarget(past_.name));
    if (run_.head.commit.empty()) return UpHint();
    if (run_.head.dirty.value_or(true)) {
      return fmt::format(
          "{} registers what its spec says now; the run came from commit {} with "
          "changes that were not committed",
          up, run_.head.commit);
    }
    return fmt::format("{} from commit {} registers what the run saw", up, run_.head.commit);
  }

  Step DecideLive(const std::vector<JobVersion>& versions) {
    if (in_doubt() && facts_.live->job_modify_index == before().index) {
      return MakeStep(Move::kNothing, "not changed by that run");
    }
    if (!before().exists) return DecideStop(versions);
    // Another one is there now, whose versions count from 0 again.
    const bool purged = last().kind == WriteKind::kPurge && last().end == WriteEnd::kDone;
    return purged ? DecideGone("it was purged") : DecideBack(versions);
  }

  // Where the job is not as the run left it: why it is refused.
  std::optional<Step> IsOurs() {
    if (!in_doubt() && last().after.index == facts_.live->job_modify_index) return std::nullopt;
    if (in_doubt()) {
      return RefusedStep(
          fmt::format("the run was cut off while it wrote to it, and {} may be somebody else's",
                      LiveWords(*facts_.live)),
          fmt::format("look at it: nmgr history {}; then nmgr revert {} --version N",
                      repo::TypedTarget(past_.name), repo::TypedTarget(past_.name)));
    }
    const auto itself = WentBackItself(ask_, facts_, last().after);
    if (!itself) return FailedStep(facts_, itself.error());
    if (*itself) return std::nullopt;
    return RefusedStep(
        fmt::format("somebody changed it since: it is at {}, the run left it {}",
                    LiveWords(*facts_.live), LeftWords()),
        fmt::format("nmgr history {} shows its versions", repo::TypedTarget(past_.name)));
  }

  std::string LeftWords() const {
    const JobPoint& left = last().after;
    if (!left.exists) return "absent";
    if (!left.version) return fmt::format("at index {}", left.index.value_or(0));
    return fmt::format("at version {}{}", *left.version, left.stop ? ", stopped" : "");
  }

  Step DecideStop(const std::vector<JobVersion>& versions) {
    if (facts_.live->stop) return MakeStep(Move::kNothing, "stopped");
    if (auto refused = IsOurs()) return *std::move(refused);
    const JobVersion* now = FindVersion(versions, facts_.live->version);
    if (now == nullptr) return RefusedStep("its own version cannot be read");
    nomad::RawJob document = DocumentOf(*now);
    document["Stop"] = true;
    if (auto planned = PlanDocument(ask_, facts_, document); !planned) {
      return FailedStep(facts_, planned.error());
    }
    return MakeStep(Move::kTakeDown, "was absent before the run");
  }

  std::optional<std::uint64_t> VersionBefore() const {
    if (before().version) return before().version;
    const PastWrite& first = *own_.front();
    const bool one_on = first.kind == WriteKind::kStop && first.after.version.value_or(0) > 0;
    return one_on ? std::optional(*first.after.version - 1) : std::nullopt;
  }

  Step DecideBack(const std::vector<JobVersion>& versions) {
    const auto wanted = VersionBefore();
    const JobVersion* target = wanted ? FindVersion(versions, *wanted) : nullptr;
    if (target != nullptr) {
      if (auto planned = PlanDocument(ask_, facts_, DocumentOf(*target)); !planned) {
        return FailedStep(facts_, planned.error());
      }
      if (!PlanDiffers(*facts_.plan) && facts_.live->stop == target->stop) {
        return MakeStep(Move::kNothing, "as before the run");
      }
    }
    if (wanted && target == nullptr) {
      return DecideGone(
          fmt::format("version {} is gone: {}: {}", *wanted, kNoVersions, VersionsText(versions)));
    }
    if (auto refused = IsOurs()) return *std::move(refused);
    if (!wanted) return RefusedStep("its version before the run is not on record", AgainHint());
    return BackStep(*target, fmt::format("version {} -> {}", facts_.live->version, *wanted));
  }

  void AddNotices(Step& step) const {
    if (!IsWrite(step.move) || !facts_.live || !step.notice.empty()) return;
    if (facts_.live->type == "batch" || facts_.live->type == "sysbatch") {
      step.notice = "what it has run cannot be taken back";
      step.hint = "a batch job";
    }
    if (launched_ || facts_.live->periodic || facts_.live->parameterized) {
      step.notice = "what it launched is left as it is";
      step.hint = "jobs of their own";
    }
  }

  const PastRun& run_;
  const PastJob& past_;
  const Asking& ask_;
  const PastSpecOf& past_spec_;
  JobFacts& facts_;
  std::vector<const PastWrite*> own_;
  bool launched_ = false;
  std::optional<WriteKind> passing_;  // of writes that leave the job as it is
};

bool TakesPart(const Step& step) { return IsWrite(step.move) || IsAwait(step.move); }

// Backwards: what was written last goes first.
void OrderBack(const PastRun& run, const std::vector<JobFacts>& facts, Plan& plan) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (TakesPart(plan.steps[i])) order.push_back(i);
  }
  const auto began = [&](std::size_t i) {
    return run.jobs[i].writes.empty() ? 0 : run.jobs[i].writes.front().number;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return began(a) > began(b); });
  for (const std::size_t i : order) {
    if (facts[i].infra || plan.waves.empty() || plan.waves.back().barrier) {
      plan.waves.push_back({{i}, facts[i].infra});
    } else {
      plan.waves.back().steps.push_back(i);
    }
  }
  for (const Wave& wave : plan.waves) {
    for (const std::size_t later : wave.steps) {
      for (const std::string& name : run.jobs[later].after) {
        const auto earlier = std::find_if(wave.steps.begin(), wave.steps.end(),
                                          [&](std::size_t i) { return run.jobs[i].name == name; });
        if (earlier != wave.steps.end()) plan.steps[*earlier].after.push_back({later, false});
      }
    }
  }
}

// True: nothing can be known, and why is among the failures.
bool Ends(Rollout& run, const BackOptions& back) {
  const auto verdict = back.contact->Verdict();
  if (verdict) run.failures.push_back(*verdict);
  return verdict.has_value();
}

Asking AskingOf(nomad::JobClient& client, Clock& clock, const BackOptions& back,
                const RolloutOptions& options) {
  return {client,
          {DeadlineAfter(clock.Now(), back.time_limit), options.execute.stop, back.patience}};
}

// What may be gone back to where no version was named, the newest first.
std::vector<const JobVersion*> Candidates(const JobFacts& facts,
                                          const std::vector<JobVersion>& versions) {
  std::vector<const JobVersion*> found;
  for (const JobVersion& it : versions) {
    const bool stable = it.stable && !it.stop && it.document;
    if (it.version < facts.live->version && stable) found.push_back(&it);
  }
  return found;
}

Step RevertStep(const Asking& ask, JobFacts& facts, const std::vector<JobVersion>& versions,
                std::optional<std::uint64_t> version) {
  if (version && *version == facts.live->version) {
    return MakeStep(Move::kNothing, fmt::format("at version {} already", *version));
  }
  std::vector<const JobVersion*> candidates = Candidates(facts, versions);
  if (version) candidates = {FindVersion(versions, *version)};
  std::erase(candidates, nullptr);
  const std::string kept = fmt::format("Nomad keeps {}{}", VersionsText(versions),
                                       version ? "" : "; --version N takes one of them");
  if (candidates.empty()) {
    return RefusedStep(version ? fmt::format("it has no version {}", *version)
                               : "no earlier version of it was ever stable",
                       kept);
  }
  for (const JobVersion* target : candidates) {
    if (auto planned = PlanDocument(ask, facts, DocumentOf(*target)); !planned) {
      return FailedStep(facts, planned.error());
    }
    // A revert to what is there already makes no version, and takes nothing back.
    if (!PlanDiffers(*facts.plan) && facts.live->stop == target->stop) continue;
    return BackStep(*target, fmt::format("version {} -> {}", facts.live->version, target->version));
  }
  return version ? MakeStep(Move::kNothing, fmt::format("as version {} already", *version))
                 : RefusedStep("every earlier stable version is what is registered now", kept);
}

}  // namespace

Rollout Revert(const nomad::JobRef& ref, const std::string& name,
               std::optional<std::uint64_t> version, nomad::JobClient& client, Clock& clock,
               Progress& progress, const BackOptions& back, const RolloutOptions& options) {
  Rollout run;
  run.dry_run = options.dry_run;
  run.plan.intent = back.intent;
  JobFacts facts;
  facts.ref = ref;
  facts.name = name;
  std::vector<JobVersion> versions;
  const Asking ask = AskingOf(client, clock, back, options);
  const auto looked = Look(ask, facts, versions);
  if (Ends(run, back)) return run;
  if (looked && !facts.live) {
    run.failures.push_back({ErrorCode::kNotFound, name + ": Nomad has no such job",
                            "see --namespace, NOMAD_NAMESPACE"});
    return run;
  }
  run.plan.steps.push_back(looked ? RevertStep(ask, facts, versions, version)
                                  : FailedStep(facts, looked.error()));
  if (TakesPart(run.plan.steps.back())) run.plan.waves.push_back({{0}, false});
  run.facts.push_back(std::move(facts));
  CarryOutPlan(run, client, clock, progress, options);
  return run;
}

Rollout Undo(const PastRun& past, nomad::JobClient& client, Clock& clock, Progress& progress,
             const BackOptions& back, const RolloutOptions& options) {
  Rollout run;
  run.dry_run = options.dry_run;
  run.plan.intent = back.intent;
  run.facts.resize(past.jobs.size());
  run.plan.steps.resize(past.jobs.size());
  constexpr std::size_t kAtOnce = 8;
  ParallelFor(past.jobs.size(), kAtOnce, [&](std::size_t i) {
    JobFacts& facts = run.facts[i];
    facts.ref = past.jobs[i].ref;
    facts.name = past.jobs[i].name;
    facts.path = past.jobs[i].path;
    facts.infra = past.jobs[i].infra;
    const Asking ask = AskingOf(client, clock, back, options);
    run.plan.steps[i] = JobUndo(past, past.jobs[i], ask, back.past_spec, facts).Decide();
  });
  if (Ends(run, back)) return run;
  OrderBack(past, run.facts, run.plan);
  const std::size_t refused = run.plan.CountOf(Move::kFail);
  if (options.strict && refused != 0) {
    for (std::size_t i = 0; i < run.facts.size(); ++i) {
      const Step& step = run.plan.steps[i];
      if (step.move == Move::kFail) {
        run.failures.push_back(
            {ErrorCode::kRejected, run.facts[i].name + ": " + step.reason, step.hint});
      }
    }
    run.failures.push_back({ErrorCode::kRejected,
                            "nothing was touched, because not all can be taken back (--strict)"});
    return run;
  }
  CarryOutPlan(run, client, clock, progress, options);
  return run;
}

}  // namespace nmgr::rollout
