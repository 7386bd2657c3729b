#include "nmgr/rollout/facts.h"

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/parallel.h"
#include "nmgr/repo/evaluated.h"
#include "nmgr/rollout/descendants.h"
#include "nmgr/rollout/images.h"
#include "nmgr/rollout/namespaces.h"
#include "nmgr/rollout/plan.h"
#include "nmgr/rollout/reasons.h"

namespace nmgr::rollout {
namespace {

// The failure that ends the whole run: nobody answers, or the token is refused, before any request
// of this run has succeeded.
class Contact {
 public:
  explicit Contact(const nomad::NomadClient& client) : client_(client) {}

  bool made() const { return client_.HasSucceeded(); }
  bool broken() const { return broken_; }
  const std::optional<Error>& error() const { return error_; }  // once nobody asks any more

  void Note(const Error& error) {
    if (made()) return;
    switch (error.code) {
      case ErrorCode::kUnreachable:
      case ErrorCode::kTimedOut:
        Break({ErrorCode::kUnreachable, error.message, error.hint});
        break;
      case ErrorCode::kForbidden:
        Break(error);
        break;
      default:
        break;
    }
  }

 private:
  void Break(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    broken_ = true;
  }

  const nomad::NomadClient& client_;
  std::atomic<bool> broken_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

// Asks about one job. Each question notes how it went; the first that fails ends the questions.
class Inquirer {
 public:
  Inquirer(const Intent& intent, JobFacts& facts, nomad::NomadClient& client, Contact& contact,
           Namespaces& namespaces, nomad::Call call)
      : intent_(intent),
        facts_(facts),
        client_(client),
        contact_(contact),
        namespaces_(namespaces),
        call_(std::move(call)) {}

  void Ask() {
    switch (intent_.verb) {
      case Verb::kUp:
        AskForUp();
        break;
      case Verb::kDown:
        AskForDown();
        break;
      case Verb::kReconcile:
        AskForReconcile();
        break;
      case Verb::kPlan:
        AskPlan();
        break;
      case Verb::kImages:
        AskJob();
        break;
    }
  }

 private:
  template <class T>
  bool Keep(const Expected<T>& answer) {
    if (answer) return true;
    contact_.Note(answer.error());
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
    if (!Keep(job)) return false;
    auto plan = client_.PlanJob(facts_.ref, *job, call_);
    if (!Keep(plan)) return false;
    using Json = nomad::RawJob;
    facts_.job = std::make_shared<const std::string>(
        job->dump(-1, ' ', false, Json::error_handler_t::replace));
    facts_.plan = *std::move(plan);
    return true;
  }

  bool AskAllocations() {
    auto answer = client_.ListAllocations(facts_.ref, {}, call_);
    if (!Keep(answer)) return false;
    facts_.allocations = std::move(answer->value);
    return true;
  }

  bool AskDeployment() {
    auto answer = client_.LatestDeployment(facts_.ref, {}, call_);
    if (!Keep(answer)) return false;
    facts_.deployment = std::move(answer->value);
    return true;
  }

  bool SpecUnchanged() const { return facts_.plan && !PlanDiffers(*facts_.plan); }

  void AskForUp() {
    if (!facts_.spec || !AskJob() || !AskPlan()) return;
    if (!facts_.live || facts_.live->stop || !SpecUnchanged()) return;
    const nomad::Job& job = *facts_.live;
    const bool dead = IsDeadService(job);
    if ((facts_.infra || dead || NeedsAllocations(job)) && !AskAllocations()) return;
    if (facts_.infra || NeedsDeployment(job)) {
      if (AskDeployment() && !facts_.infra && facts_.State() == JobState::kFailed) AskAllocations();
    }
  }

  void AskForReconcile() {
    if (!facts_.spec || !AskJob() || !facts_.live || facts_.live->stop) return;
    const bool new_images = !CompareImages(facts_.spec->images, *facts_.live).empty();
    if (new_images && facts_.infra && !intent_.include_infra) return;
    if ((new_images || intent_.any_change) && !AskPlan()) return;
    if (NeedsAllocations(*facts_.live) && (SpecUnchanged() || !new_images)) AskAllocations();
  }

  void AskForDown() {
    if (facts_.faulty || !AskJob() || !facts_.live) return;
    const nomad::Job& job = *facts_.live;
    if (job.stop && !AskAllocations()) return;
    if (NeedsAllocations(job) && facts_.spec) {
      if (!AskPlan() || (SpecUnchanged() && !AskAllocations())) return;
    }
    if (intent_.keep_children || !(job.periodic || job.parameterized)) return;
    auto list =
        client_.ListJobs(facts_.ref.name_space, facts_.ref.region, facts_.ref.id + "/", call_);
    if (Keep(list)) facts_.children = Running(Descendants(facts_.ref, list->value));
  }

  const Intent& intent_;
  JobFacts& facts_;
  nomad::NomadClient& client_;
  Contact& contact_;
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

JobFacts ReadSpec(const repo::SelectedJob& selected, const jobspec::SpecContext& context) {
  const repo::SpecFile& spec = *selected.spec;
  JobFacts facts;
  facts.ref = {spec.id(), spec.parsed.header.name_space, spec.parsed.header.region};
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

JobState JobFacts::State() const {
  StateEvidence evidence;
  evidence.job = live ? &*live : nullptr;
  evidence.spec_unchanged = plan && !PlanDiffers(*plan);
  evidence.allocations = &allocations;
  evidence.deployment = deployment ? &*deployment : nullptr;
  return ClassifyJob(evidence);
}

Expected<std::vector<JobFacts>> GatherFacts(const Intent& intent,
                                            const std::vector<repo::SelectedJob>& jobs,
                                            nomad::NomadClient& client, Clock& clock,
                                            const GatherOptions& options) {
  std::vector<JobFacts> facts(jobs.size());
  Contact contact(client);
  Namespaces namespaces(client);
  const auto gather = [&](std::size_t i) {
    if (contact.broken() || options.stop.stop_requested()) return;
    facts[i] = ReadSpec(jobs[i], *options.specs);
    if (!facts[i].duplicates.empty() && intent.verb != Verb::kDown) return;
    nomad::Call call{DeadlineAfter(clock.Now(), options.time_limit), options.stop};
    Inquirer(intent, facts[i], client, contact, namespaces, std::move(call)).Ask();
    Shed(intent.verb, facts[i]);
  };
  // The first request goes alone, so that "nobody answers" is said at once and not by every job.
  std::size_t first = 0;
  while (first < jobs.size() && !contact.made() && !contact.broken()) gather(first++);
  ParallelFor(jobs.size() - first, options.parallel, [&](std::size_t i) { gather(first + i); });
  if (options.stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
  if (contact.broken()) return *contact.error();
  return facts;
}

Expected<void> WaitForServer(nomad::NomadClient& client, Clock& clock, Duration time_limit,
                             std::stop_token stop) {
  constexpr Duration kPause{250};
  const TimePoint end = DeadlineAfter(clock.Now(), time_limit);
  while (true) {
    auto answer = client.Ping({end, stop});
    if (answer || answer.error().code == ErrorCode::kForbidden) return {};
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted"};
    if (clock.Now() + kPause >= end) {
      return Error{ErrorCode::kUnreachable, answer.error().message, answer.error().hint};
    }
    clock.Sleep(kPause, stop);
  }
}

}  // namespace nmgr::rollout
