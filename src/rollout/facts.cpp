#include "nmgr/rollout/facts.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/nomad/json_fields.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/images.h"
#include "nmgr/rollout/namespaces.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/reasons.h"

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
    if (found == live.groups.end() || !found->scales) continue;
    const int most = Limit(scaling, "Max", found->count);
    group["Count"] = std::min(std::max(found->count, Limit(scaling, "Min", 0)), most);
  }
}

// Asks about one job. Each question notes how it went; the first that fails ends the questions.
class Inquirer {
 public:
  Inquirer(const Intent& intent, JobFacts& facts, nomad::JobClient& client, Namespaces& namespaces,
           nomad::Call call)
      : intent_(intent),
        facts_(facts),
        client_(client),
        namespaces_(namespaces),
        call_(std::move(call)) {}

  void Ask() {
    switch (intent_.verb) {
      case Verb::kUp:
      case Verb::kPlan:
        AskForUp();
        break;
      case Verb::kDown:
        AskForDown();
        break;
      case Verb::kReconcile:
        AskForReconcile();
        break;
      case Verb::kRestart:
      case Verb::kImages:
        AskJob();
        break;
    }
  }

  // Of a job that `restart` found failed, to be stopped and registered again.
  void AskForStartAnew() { AskPlan(); }

 private:
  template <class T>
  bool Keep(const Expected<T>& answer) {
    if (answer) return true;
    facts_.error = answer.error();
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

  bool AskPlan() {
    if (!facts_.spec) return false;
    auto job = client_.ParseJob(facts_.ref, facts_.spec->flat_hcl, call_);
    if (!job) {
      job.error().message = jobspec::WithAuthorsPlaces(*facts_.spec, job.error().message);
    }
    if (!Keep(job)) return false;
    if (facts_.live && !intent_.reset_counts) KeepLiveCounts(*facts_.live, *job);
    auto plan = client_.PlanJob(facts_.ref, *job, call_);
    if (!Keep(plan)) return false;
    using Json = nomad::RawJob;
    facts_.job = std::make_shared<const std::string>(
        job->dump(-1, ' ', false, Json::error_handler_t::replace));
    facts_.plan = *std::move(plan);
    return true;
  }

  void AskForUp() {
    if (facts_.spec && AskJob()) AskPlan();
  }

  void AskForReconcile() {
    if (!facts_.spec || !AskJob() || !facts_.live || facts_.live->stop) return;
    const bool new_images = !CompareImages(facts_.spec->images, *facts_.live).empty();
    if (new_images && facts_.infra && !intent_.include_infra) return;
    if (new_images || intent_.any_change) AskPlan();
  }

  void AskForDown() {
    if (facts_.faulty || !AskJob() || intent_.keep_children || !MayHaveChildren()) return;
    auto list =
        client_.ListJobs(facts_.ref.name_space, facts_.ref.region, facts_.ref.id + "/", call_);
    if (!Keep(list)) return;
    const std::vector<nomad::JobSummary> family = Descendants(facts_.ref, list->value);
    facts_.children = Running(family);
    for (nomad::JobSummary& stray : StraysOf(facts_.ref, family, list->value)) {
      facts_.children.push_back(std::move(stray));
    }
  }

  // Of a job that somebody has purged its spec tells.
  bool MayHaveChildren() const {
    if (facts_.live) return facts_.live->periodic || facts_.live->parameterized;
    return !facts_.error && (!facts_.spec || facts_.spec->periodic || facts_.spec->parameterized);
  }

  const Intent& intent_;
  JobFacts& facts_;
  nomad::JobClient& client_;
  Namespaces& namespaces_;
  nomad::Call call_;
};

// What was only needed to ask is not kept: of some thousand jobs it would be half a gigabyte.
void Shed(Verb verb, JobFacts& facts) {
  if (facts.spec) {
    facts.spec->body = {};
    if (facts.job) std::string().swap(facts.spec->flat_hcl);
  }
  if (verb == Verb::kPlan) return facts.job.reset();
  if (facts.live || !facts.plan || !facts.plan->diff) return;
  facts.plan->diff_digest = DigestOf(*facts.plan->diff);
  facts.plan->diff.reset();
}

// What the states of all jobs are judged from.
class EvidenceGatherer {
 public:
  EvidenceGatherer(const Intent& intent, std::vector<JobFacts>& facts, nomad::JobClient& client,
                   Clock& clock, const GatherOptions& options)
      : intent_(intent), facts_(facts), client_(client), clock_(clock), options_(options) {}

  void Gather() {
    std::map<nomad::JobRef, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      const nomad::JobRef& ref = facts_[i].ref;
      if (IsWanted(facts_[i])) places[{"", ref.name_space, ref.region}].push_back(i);
    }
    for (const auto& [place, jobs] : places) Distribute(place, jobs);
    ParallelFor(facts_.size(), options_.parallel, [this](std::size_t i) { LookCloser(facts_[i]); });
  }

 private:
  bool IsWanted(const JobFacts& facts) const {
    if (facts.error || !facts.live) return false;
    return !facts.live->stop || intent_.verb == Verb::kDown;
  }

  void Distribute(const nomad::JobRef& place, const std::vector<std::size_t>& jobs) {
    auto evidence = Evidence::Ask(place, client_, CallNow());
    for (const std::size_t i : jobs) {
      if (evidence) {
        facts_[i].evidence = evidence->Take(*facts_[i].live);
      } else {
        facts_[i].error = evidence.error();
      }
    }
  }

  // A list may be older than the job, and says nothing of what is only about to happen.
  void LookCloser(JobFacts& facts) const {
    if (!IsWanted(facts) || facts.State() != JobState::kFailed) return;
    auto evidence = AskSingly(*facts.live, facts.ref, client_, CallNow());
    if (evidence) {
      facts.evidence = *std::move(evidence);
    } else {
      facts.error = evidence.error();
    }
  }

  nomad::Call CallNow() const { return {clock_.Now() + options_.time_limit, options_.stop}; }

  const Intent& intent_;
  std::vector<JobFacts>& facts_;
  nomad::JobClient& client_;
  Clock& clock_;
  const GatherOptions& options_;
};

JobFacts ReadSpec(const repo::SelectedJob& selected, const jobspec::SpecContext& context) {
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
  return facts;
}

}  // namespace

nomad::JobRef RefOf(const jobspec::JobHeader& header) {
  return {header.id, header.name_space, header.region};
}

Verdict JobFacts::Judge() const {
  return evidence.Judge(live ? &*live : nullptr, plan ? &*plan : nullptr);
}

Expected<std::vector<JobFacts>> GatherFacts(const Intent& intent,
                                            const std::vector<repo::SelectedJob>& jobs,
                                            nomad::JobClient& client, Clock& clock,
                                            const GatherOptions& options) {
  std::vector<JobFacts> facts(jobs.size());
  const nomad::Contact& contact = *options.contact;
  Namespaces namespaces(client);
  const auto gather = [&](std::size_t i) {
    if (contact.NobodyThere() || options.stop.stop_requested()) return;
    facts[i] = ReadSpec(jobs[i], *options.specs);
    if (!facts[i].duplicates.empty() && NeedsWholeSpec(intent.verb)) return;
    nomad::Call call{DeadlineAfter(clock.Now(), options.time_limit), options.stop};
    Inquirer(intent, facts[i], client, namespaces, std::move(call)).Ask();
    Shed(intent.verb, facts[i]);
  };
  // The first request goes alone, so that "nobody answers" is said at once and not by every job.
  std::size_t first = 0;
  while (first < jobs.size() && !contact.answered() && !contact.NobodyThere()) gather(first++);
  ParallelFor(jobs.size() - first, options.parallel, [&](std::size_t i) { gather(first + i); });
  if (contact.granted() && intent.verb != Verb::kImages) {
    EvidenceGatherer(intent, facts, client, clock, options).Gather();
    if (intent.verb == Verb::kRestart) {
      ParallelFor(facts.size(), options.parallel, [&](std::size_t i) {
        const bool anew = !facts[i].error && facts[i].duplicates.empty() &&
                          facts[i].Judge().failure == Failure::kNothingRuns;
        if (!anew) return;
        nomad::Call call{DeadlineAfter(clock.Now(), options.time_limit), options.stop};
        Inquirer(intent, facts[i], client, namespaces, std::move(call)).AskForStartAnew();
        Shed(intent.verb, facts[i]);
      });
    }
  }
  if (options.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
  if (const auto verdict = contact.Verdict()) return *verdict;
  return facts;
}

}  // namespace nmgr::rollout
