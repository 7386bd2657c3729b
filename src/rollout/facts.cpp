#include "nmgr/rollout/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/base/parallel.h"
#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/images.h"
#include "nmgr/rollout/namespaces.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/listed.h"
#include "rollout/recall.h"

namespace nmgr::rollout {
namespace {

// A limit of a `scaling` block, or `otherwise`.
int Limit(const nlohmann::json& scaling, const char* name, int otherwise) {
  const nlohmann::json& value = nomad::Member(scaling, name);
  return value.is_number_integer() ? value.get<int>() : otherwise;
}

// Groups with an enabled `scaling` block are scaled by somebody else: their count stays what it is,
// within the limits that the spec has now.
void KeepLiveCounts(const nomad::Job& live, nomad::RawJob& job) {
  const auto groups = job.find("TaskGroups");
  if (groups == job.end() || !groups->is_array()) return;
  for (nlohmann::json& group : *groups) {
    const nlohmann::json& scaling = nomad::Member(group, "Scaling");
    const nlohmann::json& enabled = nomad::Member(scaling, "Enabled");
    if (!scaling.is_object() || (enabled.is_boolean() && !enabled.get<bool>())) continue;
    const std::string name = nomad::Text(group, "Name");
    const auto found = std::find_if(live.groups.begin(), live.groups.end(),
                                    [&](const nomad::TaskGroup& it) { return it.name == name; });
    if (found == live.groups.end()) continue;
    // Nomad switches the block off when it stops the job.
    if (!found->scales && !(live.stop && found->has_scaling)) continue;
    const int most = Limit(scaling, "Max", found->count);
    group["Count"] = std::min(std::max(found->count, Limit(scaling, "Min", 0)), most);
  }
}

// Asks about one job. Each question notes how it went; the first that fails ends the questions.
class Inquirer {
 public:
  Inquirer(const Questions& questions, JobFacts& facts, nomad::JobClient& client,
           Namespaces& namespaces, nomad::Call call)
      : questions_(questions),
        facts_(facts),
        client_(client),
        namespaces_(namespaces),
        call_(std::move(call)) {}

  void Ask() {
    if (facts_.ref.id.empty() || !facts_.Satisfies(questions_.spec) || !AskJob()) return;
    if (questions_.children && MayHaveChildren() && !AskChildren()) return;
    if (IsToBePlanned()) AskPlan();
  }

  void AskPlan() {
    if (!facts_.spec) return;
    auto job = client_.ParseJob(facts_.ref, facts_.spec->flat_hcl, call_);
    if (!job) {
      job.error().message = jobspec::WithAuthorsPlaces(*facts_.spec, job.error().message);
    }
    if (!KeepPlan(job)) return;
    if (facts_.live && !questions_.reset_counts) KeepLiveCounts(*facts_.live, *job);
    auto plan = client_.PlanJob(facts_.ref, *job, call_);
    if (!KeepPlan(plan)) return;
    using Json = nomad::RawJob;
    facts_.job = std::make_shared<const std::string>(
        job->dump(-1, ' ', false, Json::error_handler_t::replace));
    facts_.plan = *std::move(plan);
  }

 private:
  template <class T>
  bool Keep(const Expected<T>& answer) {
    if (answer) return true;
    facts_.error = answer.error();
    return false;
  }

  template <class T>
  bool KeepPlan(const Expected<T>& answer) {
    if (answer || !questions_.plan_may_fail) return Keep(answer);
    facts_.plan_error = answer.error();
    return false;
  }

  bool AskJob() {
    auto answer = client_.ReadJob(facts_.ref, {}, call_);
    if (!answer && answer.error().code == ErrorCode::kNotFound) {
      return Keep(namespaces_.CheckAbsent(facts_.ref, call_));
    }
    if (!Keep(answer)) return false;
    facts_.live = std::move(answer->value);
    return true;
  }

  bool IsToBePlanned() const {
    if (questions_.plan == PlanNeed::kAll) return facts_.Satisfies(SpecNeed::kWhole);
    const bool planned =
        questions_.plan == PlanNeed::kRegistered || questions_.plan == PlanNeed::kNewImages;
    if (!planned || !facts_.live || facts_.live->stop) return false;
    const bool new_images = !CompareImages(facts_.spec->images, *facts_.live).empty();
    if (new_images && facts_.infra && !questions_.infra_images) return false;
    return new_images || questions_.plan == PlanNeed::kRegistered;
  }

  bool AskChildren() {
    auto list =
        client_.ListJobs(facts_.ref.name_space, facts_.ref.region, facts_.ref.id + "/", call_);
    if (!Keep(list)) return false;
    facts_.children = RunningLaunches(facts_.ref, list->value);
    return true;
  }

  // Of a job that somebody has purged its spec tells.
  bool MayHaveChildren() const {
    if (facts_.live) return facts_.live->periodic || facts_.live->parameterized;
    return !facts_.spec || facts_.spec->periodic || facts_.spec->parameterized;
  }

  const Questions& questions_;
  JobFacts& facts_;
  nomad::JobClient& client_;
  Namespaces& namespaces_;
  nomad::Call call_;
};

// What was only needed to ask is not kept: of some thousand jobs it would be half a gigabyte.
void Shed(const Questions& questions, JobFacts& facts) {
  if (facts.spec) {
    facts.spec->body = {};
    if (facts.job || facts.remembered) std::string().swap(facts.spec->flat_hcl);
  }
  if (!questions.keep_job) return facts.job.reset();
  if (questions.keep_diff || facts.live || !facts.plan || !facts.plan->diff) return;
  facts.plan->diff_digest = DigestOf(*facts.plan->diff);
  facts.plan->diff.reset();
}

JobFacts ReadSpec(const repo::SelectedJob& selected, const GatherOptions& options) {
  const jobspec::SpecContext& context = *options.specs;
  const repo::SpecFile& spec = *selected.spec;
  JobFacts facts;
  facts.ref = RefOf(spec.parsed.header);
  facts.name = selected.name;
  facts.path = spec.path();
  facts.infra = selected.infra;
  facts.faulty = spec.faulty;
  for (const repo::SpecFile* duplicate : selected.duplicates) {
    facts.duplicates.push_back(duplicate->path());
  }
  repo::EvaluatedSpec evaluated = repo::TakeEvaluated(spec, context);
  facts.spec = std::move(evaluated.spec);
  facts.diagnostics = std::move(evaluated.diagnostics);
  if (options.known_bad != nullptr && facts.spec) {
    facts.spec_digest = KnownBad::DigestOf(facts.spec->flat_hcl);
    facts.known_bad = options.known_bad->Holds(facts.ref, facts.spec_digest);
    facts.registered_at = options.known_bad->RegisterOf(facts.ref, facts.spec_digest);
  }
  if (options.links && facts.spec) {
    facts.links = std::make_shared<order::Links>(
        order::LinksOf(*facts.spec, options.default_namespace, nullptr));
  }
  return facts;
}

// Asks about all jobs of a run.
class Gatherer {
 public:
  Gatherer(const Questions& questions, const std::vector<repo::SelectedJob>& jobs,
           nomad::JobClient& client, Clock& clock, const GatherOptions& options)
      : questions_(questions),
        jobs_(jobs),
        client_(client),
        clock_(clock),
        options_(options),
        contact_(*options.contact),
        namespaces_(client),
        facts_(jobs.size()),
        read_(jobs.size()) {}

  Facts Run() {
    if (options_.memory != nullptr && CanRecall(questions_) && !options_.memory->empty()) {
      RecallJobs();
    }
    // The first request goes alone, so that "nobody answers" is said at once and not by every job.
    std::size_t first = 0;
    while (!questions_.listed && first < jobs_.size() && !contact_.answered() && MayGoOn()) {
      AskEach(first++);
    }
    // What states are judged from is asked beside the jobs, by who first knows that it is needed.
    ParallelFor(jobs_.size() - first + 1, options_.parallel, [&](std::size_t i) {
      if (i == 0) {
        for (std::size_t asked = 0; asked < first; ++asked) AskEvidenceFor(facts_[asked]);
      } else {
        AskEach(first + i - 1);
        AskEvidenceFor(facts_[first + i - 1]);
      }
    });
    if (questions_.states && (questions_.listed || contact_.granted())) AskStates();
    if (questions_.plan == PlanNeed::kStartAnew && contact_.granted()) {
      ForEach([this](JobFacts& facts) { AskToStartAnew(facts); });
    }
    if (options_.memory != nullptr) options_.memory->Save();
    Facts all{std::move(facts_), contact_.Verdict()};
    if (options_.stop.stop_requested()) all.end = Error{ErrorCode::kInterrupted, "interrupted"};
    return all;
  }

 private:
  bool MayGoOn() const { return !contact_.NobodyThere() && !options_.stop.stop_requested(); }

  nomad::Call CallNow() const {
    return {DeadlineAfter(clock_.Now(), options_.time_limit), options_.stop, options_.patience};
  }

  template <class Body>
  void ForEach(Body body) {
    ParallelFor(facts_.size(), options_.parallel, [&](std::size_t i) { body(facts_[i]); });
  }

  void AskEach(std::size_t i) {
    if (!MayGoOn() || facts_[i].remembered) return;
    if (read_[i] == 0) facts_[i] = ReadSpec(jobs_[i], options_);
    if (questions_.listed) return;
    Inquirer(questions_, facts_[i], client_, namespaces_, CallNow()).Ask();
    if (options_.memory != nullptr) NoteAnswers(questions_, facts_[i], *options_.memory);
    Shed(questions_, facts_[i]);
  }

  // The lists of the place where the job is, once for all its jobs.
  void AskEvidenceFor(const JobFacts& facts) {
    if (!questions_.states || questions_.listed || !NeedsEvidence(facts) || !MayGoOn()) return;
    const nomad::JobRef place = PlaceOf(facts);
    {
      const std::lock_guard lock(asking_);
      if (!evidence_.emplace(place, Error{}).second) return;
    }
    Expected<Evidence> answer = Evidence::Ask(place, client_, CallNow());
    const std::lock_guard lock(asking_);
    evidence_.at(place) = std::move(answer);
  }

  static nomad::JobRef PlaceOf(const JobFacts& facts) {
    return {"", facts.ref.name_space, facts.ref.region};
  }

  // What the memory knows, as far as a few questions for each name space show that it still holds.
  void RecallJobs() {
    std::vector<std::optional<Candidate>> found(jobs_.size());
    ParallelFor(jobs_.size(), options_.parallel, [&](std::size_t i) {
      facts_[i] = ReadSpec(jobs_[i], options_);
      read_[i] = 1;
      found[i] = Recall(questions_, facts_[i], *options_.memory);
      if (facts_[i].spec) facts_[i].spec->body = {};
    });
    std::map<nomad::JobRef, std::vector<Candidate>> places;
    for (std::optional<Candidate>& candidate : found) {
      if (!candidate) continue;
      const nomad::JobRef& ref = candidate->facts->ref;
      if (ref.name_space.empty() && options_.all_namespaces) continue;
      places[{"", ref.name_space, ref.region}].push_back(*std::move(candidate));
    }
    for (auto& [place, candidates] : places) {
      const bool known = std::any_of(candidates.begin(), candidates.end(),
                                     [](const Candidate& it) { return it.job.has_value(); });
      if (!known || !MayGoOn()) continue;
      auto lists = TakeRemembered(place, candidates, questions_, client_, namespaces_, CallNow());
      if (lists) evidence_.emplace(place, *std::move(lists));
    }
    for (JobFacts& facts : facts_) {
      if (facts.remembered) Shed(questions_, facts);
    }
  }

  void AskToStartAnew(JobFacts& facts) {
    const bool anew =
        !facts.error && facts.duplicates.empty() && facts.Judge().failure == Failure::kNothingRuns;
    if (!anew) return;
    Inquirer(questions_, facts, client_, namespaces_, CallNow()).AskPlan();
    Shed(questions_, facts);
  }

  // What states are judged from, of all jobs of a name space together; then alone what looks as if
  // it had failed.
  void AskStates() {
    std::map<nomad::JobRef, std::vector<JobFacts*>> places;
    for (JobFacts& facts : facts_) {
      if (questions_.listed || NeedsEvidence(facts)) places[PlaceOf(facts)].push_back(&facts);
    }
    for (const auto& [place, jobs] : places) {
      const Expected<void> told = Distribute(place, jobs);
      if (told) continue;
      for (JobFacts* facts : jobs) facts->error = told.error();
    }
    ForEach([this](JobFacts& facts) { LookCloser(facts); });
  }

  bool HasState(const JobFacts& facts) const {
    return !facts.error && facts.live && (!facts.live->stop || questions_.stopped_too);
  }

  bool NeedsEvidence(const JobFacts& facts) const { return HasState(facts) && !facts.remembered; }

  Expected<Evidence> TakeEvidence(const nomad::JobRef& place) {
    const auto asked = evidence_.find(place);
    if (asked != evidence_.end()) return std::move(asked->second);
    return Evidence::Ask(place, client_, CallNow());
  }

  Expected<void> Distribute(const nomad::JobRef& place, const std::vector<JobFacts*>& jobs) {
    Rows rows;
    if (questions_.listed) {
      TRY_ASSIGN(auto list, client_.ListJobs(place.name_space, place.region, "", CallNow()));
      for (nomad::JobSummary& row : list.value) {
        const std::string id = row.ref.id;
        rows.emplace(id, std::move(row));
      }
    }
    TRY_ASSIGN(Evidence evidence, TakeEvidence(place));
    for (JobFacts* facts : jobs) {
      if (questions_.listed) {
        TakeListed(rows, evidence, *facts);
      } else {
        facts->evidence = evidence.Take(facts->live->ref);
      }
      NoteUnwatched(*facts);
    }
    return {};
  }

  // What has failed while nobody watched, as the list of deployments still shows.
  void NoteUnwatched(JobFacts& facts) {
    if (options_.known_bad == nullptr || facts.known_bad || facts.registered_at == 0) return;
    const std::vector<std::uint64_t>& failed = facts.evidence.failed_registers;
    facts.known_bad = std::find(failed.begin(), failed.end(), facts.registered_at) != failed.end();
    if (!facts.known_bad) return;
    const Expected<void> kept = options_.known_bad->Add(facts.ref, facts.spec_digest);
    if (!kept) LogDebug("that a spec is bad is not kept: {}", kept.error().message);
  }

  // By ID, which over all namespaces may stand for several jobs.
  using Rows = std::multimap<std::string, nomad::JobSummary>;

  static Error SeveralOf(const JobFacts& facts, Rows::const_iterator first,
                         Rows::const_iterator last) {
    std::vector<std::string> names;
    for (; first != last; ++first) names.push_back(first->second.ref.name_space);
    return {ErrorCode::kInvalid,
            fmt::format("{} is in the namespaces {}, and its spec names none", facts.ref.id,
                        Join(names, ", ")),
            "name one of them: --namespace, NOMAD_NAMESPACE"};
  }

  void TakeListed(const Rows& rows, Evidence& evidence, JobFacts& facts) {
    const auto [row, end] = rows.equal_range(facts.ref.id);
    if (std::distance(row, end) > 1) {
      facts.error = SeveralOf(facts, row, end);
    } else if (row != end) {
      facts.evidence = evidence.Take(row->second.ref);
      facts.live = JobFromLists(row->second, facts.spec ? &*facts.spec : nullptr, facts.evidence);
    } else if (const auto absent = CheckUnlisted(facts.ref); !absent) {
      facts.error = absent.error();
    }
    Shed(questions_, facts);
  }

  // From a list over all namespaces absence proves nothing.
  Expected<void> CheckUnlisted(const nomad::JobRef& ref) {
    if (!ref.name_space.empty() || !options_.all_namespaces) {
      return namespaces_.CheckAbsent(ref, CallNow());
    }
    return Error{ErrorCode::kNotFound,
                 ref.id + " is in no namespace that the token may list, or not registered",
                 "name its namespace: --namespace, NOMAD_NAMESPACE"};
  }

  // A list may be older than the job, and says nothing of what is only about to happen.
  void LookCloser(JobFacts& facts) {
    if (!NeedsEvidence(facts)) return;
    const Verdict verdict = questions_.closer ? facts.JudgeLive() : facts.JudgeAnew();
    const bool under_way = questions_.closer && verdict.state == JobState::kUnderWay;
    if (verdict.state != JobState::kFailed && !under_way && !verdict.unproven) return;
    if (const auto told = AskAlone(facts); !told) facts.error = told.error();
  }

  Expected<void> AskAlone(JobFacts& facts) {
    if (questions_.listed) {
      auto job = client_.ReadJob(facts.ref, {}, CallNow());
      if (!job && job.error().code == ErrorCode::kNotFound) {
        facts.live.reset();
        return {};
      }
      if (!job) return job.error();
      facts.live = std::move(job->value);
    }
    TRY_ASSIGN(facts.evidence, AskSingly(*facts.live, facts.ref, client_, CallNow()));
    return {};
  }

  const Questions& questions_;
  const std::vector<repo::SelectedJob>& jobs_;
  nomad::JobClient& client_;
  Clock& clock_;
  const GatherOptions& options_;
  const nomad::Contact& contact_;
  Namespaces namespaces_;
  std::vector<JobFacts> facts_;
  std::vector<unsigned char> read_;  // whose spec is in the facts already
  std::mutex asking_;
  std::map<nomad::JobRef, Expected<Evidence>> evidence_;  // by place; whole once all are asked
};

}  // namespace

nomad::JobRef RefOf(const jobspec::JobHeader& header) {
  return {header.id, header.name_space, header.region};
}

Verdict JobFacts::Judge() const {
  Verdict verdict = JudgeAnew();
  const bool replaced = !plan && verdict.state == JobState::kRunning && registered_at != 0 &&
                        live->job_modify_index != registered_at;
  const bool bad = verdict.state == JobState::kDiffers || verdict.state == JobState::kFailed;
  if (known_bad && (bad || replaced)) verdict.state = JobState::kKnownBad;
  return verdict;
}

Verdict JobFacts::JudgeAnew() const {
  return evidence.Judge(live ? &*live : nullptr, plan ? &*plan : nullptr);
}

Verdict JobFacts::JudgeLive() const { return evidence.Judge(live ? &*live : nullptr, nullptr); }

bool JobFacts::Satisfies(SpecNeed need) const {
  switch (need) {
    case SpecNeed::kAny:
      return true;
    case SpecNeed::kWhole:
      return !faulty && spec && duplicates.empty();
    case SpecNeed::kHeader:
      return !faulty;
    case SpecNeed::kNone:
      break;
  }
  return duplicates.empty();
}

Facts GatherFacts(const Questions& questions, const std::vector<repo::SelectedJob>& jobs,
                  nomad::JobClient& client, Clock& clock, const GatherOptions& options) {
  return Gatherer(questions, jobs, client, clock, options).Run();
}

}  // namespace nmgr::rollout
