#include "actions/serve_tell.h"

#include "nmgr/report/notices.h"
#include "nmgr/report/rollout.h"
#include "nmgr/report/serve_view.h"

namespace nmgr::actions {
namespace {

class LockedProgress final : public rollout::Progress {
 public:
  LockedProgress(report::Reporter& out, std::mutex& mutex) : inner_(out), mutex_(mutex) {}

  // Verdicts tell it, where they are other ones than before.
  void Asked(const std::vector<rollout::JobFacts>&, rollout::SpecNeed) override {}
  void Decided(const rollout::Plan& plan, const std::vector<rollout::JobFacts>& jobs,
               bool dry_run) override {
    const std::lock_guard lock(mutex_);
    if (dry_run) inner_.Decided(plan, jobs, dry_run);
  }
  void Started(const rollout::JobFacts& job, const rollout::Step& step) override {
    const std::lock_guard lock(mutex_);
    inner_.Started(job, step);
  }
  void Said(const rollout::JobFacts& job, const rollout::WaitNews& news) override {
    const std::lock_guard lock(mutex_);
    inner_.Said(job, news);
  }
  void Noticed(const rollout::JobFacts& job, std::string_view what) override {
    const std::lock_guard lock(mutex_);
    inner_.Noticed(job, what);
  }
  void Finished(const rollout::JobFacts& job, const rollout::Step& step,
                const rollout::JobResult& result) override {
    const bool is_verdict = step.fails || step.move == rollout::Move::kFail;
    const std::lock_guard lock(mutex_);
    if (!is_verdict) inner_.Finished(job, step, result);
  }

 private:
  report::RolloutProgress inner_;
  std::mutex& mutex_;
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

std::unique_ptr<rollout::Progress> ServeTeller::Progress() {
  return std::make_unique<LockedProgress>(out_, mutex_);
}

void ServeTeller::Look(const Followed& followed, actions::Look look, const std::string& error) {
  const sync::SourceStatus& status = followed.status;
  if (look == actions::Look::kNew) {
    Say(report::CommitWords(status));
    for (const std::string& text : followed.tree->unclear) Warn(status.name + ": " + text);
  }
  if (!status.error.empty() && status.error != error) Warn(status.name + ": " + status.error);
  if (status.error.empty() && !error.empty()) Say(status.name + ": answers again");
}

void ServeTeller::Changes(const Followed& followed, const std::vector<sync::JobStatus>& before) {
  for (const std::string& line : report::ChangeWords(followed.status, followed.jobs, before)) {
    Say(line);
  }
}

}  // namespace nmgr::actions
