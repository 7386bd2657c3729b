#include "actions/serve_tell.h"

#include <fmt/format.h>

#include <map>

#include "nmgr/report/rollout.h"

namespace nmgr::actions {
namespace {

constexpr std::size_t kShownDigits = 12;
constexpr std::size_t kMostUnreachable = 3;  // lines

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
  out_.Notice(text);
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
    Say(fmt::format("{}: commit {} by {}: {}", status.name, status.commit.substr(0, kShownDigits),
                    status.author, status.subject));
    for (const std::string& text : followed.tree->unclear) Warn(status.name + ": " + text);
  }
  if (!status.error.empty() && status.error != error) Warn(status.name + ": " + status.error);
  if (status.error.empty() && !error.empty()) Say(status.name + ": answers again");
}

void ServeTeller::Changes(const Followed& followed, const std::vector<sync::JobStatus>& before) {
  std::map<sync::JobKey, const sync::JobStatus*> old;
  for (const sync::JobStatus& job : before) old[{job.name_space, job.id}] = &job;
  std::size_t unreachable = 0;
  for (const sync::JobStatus& job : followed.jobs) {
    const auto found = old.find({job.name_space, job.id});
    const bool same =
        found != old.end() && found->second->verdict == job.verdict &&
        found->second->hold == job.hold &&
        (job.verdict != sync::Verdict::kFrozen || found->second->reason == job.reason);
    if (same || (found == old.end() && job.verdict == sync::Verdict::kInSync)) continue;
    // Mostly all of them, for one cause.
    if (job.verdict == sync::Verdict::kUnreachable && ++unreachable > kMostUnreachable) continue;
    std::string line =
        fmt::format("{}: {}: {}", followed.status.name, job.id.empty() ? job.path : job.id,
                    sync::Words(job.verdict, job.hold));
    if (!job.reason.empty()) line += ": " + job.reason;
    if (!job.hint.empty()) line += "; " + job.hint;
    Say(line);
  }
  if (unreachable > kMostUnreachable) {
    Say(fmt::format("{}: {} more are unreachable", followed.status.name,
                    unreachable - kMostUnreachable));
  }
  if (!before.empty()) return;
  std::string counts;
  for (const auto& [verdict, count] : followed.status.counts) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, sync::WordOf(verdict));
  }
  Say(fmt::format("{}: {}", followed.status.name, counts.empty() ? "no jobs" : counts));
}

}  // namespace nmgr::actions
