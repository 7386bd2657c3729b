#include "actions/serve_tell.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "nmgr/report/notices.h"
#include "nmgr/report/rollout.h"
#include "nmgr/report/serve_view.h"

namespace nmgr::actions {
namespace {

// How a step failed, by all that is told of it; "" where it did not.
std::string FailureOf(const rollout::JobResult& result) {
  if (!rollout::IsFailure(result.outcome)) return {};
  std::string words = std::string(rollout::OutcomeName(result.outcome)) + ": " + result.summary;
  for (const std::string& detail : result.details) words += "\n" + detail;
  return words;
}

std::string WordsOf(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs) {
  std::string all;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const rollout::Step& step = plan.steps[i];
    all +=
        fmt::format("{} {} {} {}\n", MoveName(step.move), jobs[i].name, step.reason, step.notice);
  }
  return all;
}

class LockedProgress final : public rollout::Progress {
 public:
  using Failures = std::map<nomad::JobRef, std::string>;
  using Plans = std::set<std::string>;

  LockedProgress(report::Reporter& out, std::mutex& mutex, Failures& failed, Plans& would)
      : inner_(out), mutex_(mutex), failed_(failed), would_(would) {}

  ~LockedProgress() override {
    const std::lock_guard lock(mutex_);
    would_ = std::move(now_);
  }

  // Verdicts tell it, where they are other ones than before.
  void Asked(const std::vector<rollout::JobFacts>&, rollout::SpecNeed) override {}
  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override {
    if (!dry_run) return;
    const std::lock_guard lock(mutex_);
    const auto known = would_.contains(*now_.insert(WordsOf(plan, jobs)).first);
    if (!known) inner_.Decided(plan, jobs, dry_run);
  }
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override {
    const std::lock_guard lock(mutex_);
    SayOrHold(job, [this, &job, &step] { inner_.Started(job, step); });
  }
  void Said(const rollout::JobFacts& job, const rollout::WaitNews& news) override {
    const std::lock_guard lock(mutex_);
    SayOrHold(job, [this, &job, news] { inner_.Said(job, news); });
  }
  void Noticed(const rollout::JobFacts& job, std::string_view what) override {
    const std::lock_guard lock(mutex_);
    SayHeld(job.ref);
    inner_.Noticed(job, what);
  }
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override {
    if (step.fails || step.move == rollout::Move::kFail) return;  // a verdict
    const std::string failure = FailureOf(result);
    const std::lock_guard lock(mutex_);
    const auto before = failed_.find(job.ref);
    const bool known = before != failed_.end() && before->second == failure;
    if (failure.empty()) {
      failed_.erase(job.ref);
    } else {
      failed_[job.ref] = failure;
    }
    if (known) {
      held_.erase(job.ref);
      return;
    }
    SayHeld(job.ref);
    // A daemon that is told to end has not failed: the next one waits on.
    if (result.outcome == rollout::Outcome::kUnconfirmed)
      return inner_.Noticed(job, result.summary);
    inner_.Finished(job, step, result);
  }

 private:
  // Of a job that has failed before it is not known yet whether it is the same again.
  void SayOrHold(const rollout::JobFacts& job, std::function<void()> say) {
    if (!failed_.contains(job.ref)) return say();
    held_[job.ref].push_back(std::move(say));
  }
  void SayHeld(const nomad::JobRef& job) {
    const auto held = held_.find(job);
    if (held == held_.end()) return;
    for (const std::function<void()>& say : held->second) say();
    held_.erase(held);
  }

  report::RolloutProgress inner_;
  std::mutex& mutex_;
  Failures& failed_;
  Plans& would_;
  Plans now_;
  std::map<nomad::JobRef, std::vector<std::function<void()>>> held_;
};

}  // namespace

void ServeTeller::Say(const std::string& text) {
  const std::lock_guard lock(mutex_);
  report::TellNotices(out_, {text});
}

void ServeTeller::Warn(std::string_view text) {
  const std::lock_guard lock(mutex_);
  out_.Warning(text);
}

std::unique_ptr<rollout::Progress> ServeTeller::Progress(const std::string& source) {
  std::set<std::string>* told = nullptr;
  {
    const std::lock_guard lock(mutex_);
    told = &would_[source];
  }
  return std::make_unique<LockedProgress>(out_, mutex_, failed_, *told);
}

void ServeTeller::Look(const Followed& followed, actions::Look look, const std::string& error) {
  const sync::SourceStatus& status = followed.status;
  if (look == actions::Look::kNew) {
    Say(report::CommitWords(status));
    for (const std::string& text : followed.tree->unclear) Warn(status.name + ": " + text);
  }
  if (look == actions::Look::kAgain)
    Say(status.name + ": a file beside its repository has changed");
  if (!status.error.empty() && status.error != error) Warn(status.name + ": " + status.error);
  if (status.error.empty() && !error.empty()) Say(status.name + ": answers again");
}

void ServeTeller::Changes(const Followed& followed, const std::vector<sync::JobStatus>& before) {
  for (const std::string& line : report::ChangeWords(followed.status, followed.jobs, before)) {
    Say(line);
  }
}

}  // namespace nmgr::actions
