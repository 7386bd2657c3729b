// The steps of `down`: stop, the descendants too; wait; purge.
#include <algorithm>
#include <set>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/repo/target.h"
#include "nmgr/rollout/descendants.h"
#include "rollout/job_run.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

using Rows = std::vector<nomad::JobSummary>;

class Stopper {
 public:
  explicit Stopper(const JobRun& run) : run_(run) {
    const auto& job = run.job.live;
    descends_ = !run.intent.keep_children && (!job || job->periodic || job->parameterized);
  }

  JobResult Run() {
    if (!StopItself()) return result_;
    // One may be launched between a look and the stop of what launches it: looked for again until
    // a look finds nothing new.
    while (true) {
      if (descends_ && !StopDescendants()) return result_;
      if (round_.empty()) break;
      if (run_.detach) return Submitted();
      const WaitResult gone = WaitGone(run_.wait, round_);
      if (gone.started_again == run_.job.ref) LeaveRecord();
      Conclude(gone, run_, result_);
      if (result_.outcome != Outcome::kDone) return result_;
      round_.clear();
      if (!descends_) break;
    }
    if (!strays_.empty()) {
      NameStray();
      return result_;
    }
    result_.summary = Summary(result_.wrote ? "stopped" : "gone", stopped_);
    if (run_.intent.purge) Purge();
    return result_;
  }

 private:
  // "stopped, with 2 children"; "2 children stopped" of a job that is no longer registered.
  std::string Summary(const std::string& done, std::size_t children) const {
    const std::string who = Count(children, "child", "children");
    if (!run_.job.live) return who + " " + done;
    return children == 0 ? done : done + ", with " + who;
  }

  bool StopItself() {
    if (!run_.job.live) return true;
    const nomad::JobRef& ref = run_.job.ref;
    const bool ended = run_.step.move != Move::kStop && !run_.job.live->stop;
    round_.push_back({ref, "", /*must_stay_stopped=*/!ended, run_.job.name});
    if (run_.step.move != Move::kStop || run_.job.live->stop) return true;
    if (run_.options.record != nullptr) {
      // It tells of its failures itself.
      static_cast<void>(run_.options.record->Add(ref, UtcText(run_.wait.clock.Wall())));
    }
    if (StopJob(round_.back())) return true;
    // What runs on as it did was not stopped by us, whoever stops it some day.
    const Error* error = result_.error ? &*result_.error : nullptr;
    const bool refused = error != nullptr && !error->in_doubt && !FateIsOpen(*error) &&
                         error->code != ErrorCode::kInterrupted;
    if (refused) LeaveRecord();
    return false;
  }

  void LeaveRecord() {
    if (run_.options.record == nullptr) return;
    if (auto removed = run_.options.record->Remove(run_.job.ref); !removed) {
      run_.wait.voice.notice(removed.error().message);
    }
  }

  bool StopJob(Stopping& job) {
    auto answer = Send(job.ref, false);
    if (!answer) return Fail(answer.error());
    result_.wrote = true;
    job.evaluation_id = answer->evaluation_id;
    if (job.ref == run_.job.ref) result_.evaluation_id = answer->evaluation_id;
    return true;
  }

  // Puts those that are new, and may run, into the round.
  bool StopDescendants() {
    const nomad::JobRef& parent = run_.job.ref;
    auto list = run_.wait.client.ListJobs(parent.name_space, parent.region, parent.id + "/",
                                          CallOnce(run_.wait));
    if (!list) return Fail(list.error());
    descendants_ = Descendants(parent, list->value);
    strays_ = StraysOf(parent, descendants_, list->value);
    for (const nomad::JobSummary& child : Running(descendants_)) {
      if (!seen_.insert(child.ref.id).second) continue;
      Stopping job{RefOf(child)};
      job.name = NameOf(child);
      if (!child.stop) {
        run_.wait.voice.progress("stopping " + job.name);
        if (!StopJob(job)) return false;
        ++stopped_;
      }
      round_.push_back(std::move(job));
    }
    return true;
  }

  void NameStray() {
    const std::string name = NameOf(strays_.front());
    Fail({ErrorCode::kRejected,
          name + " may still run: by its name it descends from this job, but its parent " +
              strays_.front().parent_id + " is no longer registered",
          "nmgr down " + ShellWord(repo::JobTarget(strays_.front().ref.id)) + NamespaceFlag() +
              " stops it"});
  }

  // Children before what launched them, so that none is left without a parent.
  void Purge() {
    std::size_t children = 0;
    for (auto job = descendants_.rbegin(); job != descendants_.rend(); ++job, ++children) {
      if (!PurgeJob(RefOf(*job))) return;
    }
    if (run_.job.live && !PurgeJob(run_.job.ref)) return;
    result_.purged = true;
    // What is purged is not to come back; what a kill leaves in between is stopped, and can.
    LeaveRecord();
    const bool stopped = stopped_ != 0 || result_.summary.starts_with("stopped");
    result_.summary = Summary(stopped ? "stopped and purged" : "purged", children);
  }

  bool PurgeJob(const nomad::JobRef& ref) {
    auto answer = Send(ref, true);
    if (!answer) return Fail(answer.error());
    result_.wrote = true;
    return true;
  }

  // A stop can be sent twice; all the same it is only repeated when the job shows that it did not
  // arrive.
  Expected<nomad::WriteResult> Send(const nomad::JobRef& ref, bool purge) {
    constexpr int kAttempts = 4;
    Duration pause{250};
    for (int attempt = 1;; ++attempt, pause *= 2) {
      auto answer = run_.wait.client.StopJob(ref, purge, CallOnce(run_.wait));
      if (answer || !FateIsOpen(answer.error())) return answer;
      auto live = run_.wait.client.ReadJob(ref, {}, SecondLook(run_.wait));
      if (!live && live.error().code == ErrorCode::kNotFound) return nomad::WriteResult{};
      if (live && !purge && live->value.stop) return nomad::WriteResult{};
      const bool late = run_.wait.clock.Now() >= run_.wait.deadline;
      if (!live || late || attempt == kAttempts || run_.wait.stop.stop_requested()) {
        return Unsettled(std::move(answer).error(), purge);
      }
      run_.wait.clock.Sleep(pause, run_.wait.stop);
    }
  }

  Error Unsettled(Error error, bool purge) const {
    if (run_.wait.stop.stop_requested()) error.code = ErrorCode::kInterrupted;
    error.hint = run_.options.looks_again
                     ? "the next sync looks at it again"
                     : "nmgr down " + repo::TypedTarget(run_.job.name) + " looks at it again";
    if (!error.in_doubt) return error;
    error.message = std::string("it is not known whether Nomad has taken the ") +
                    (purge ? "purge" : "stop") + ": " + error.message;
    return error;
  }

  std::string NameOf(const nomad::JobSummary& child) const {
    return DescendantName(run_.job.name, run_.job.ref, child.ref.id);
  }

  // For what no spec describes, whose namespace only that tells.
  std::string NamespaceFlag() const {
    return run_.job.name == run_.job.ref.id ? "" : " --namespace " + run_.job.ref.name_space;
  }

  nomad::JobRef RefOf(const nomad::JobSummary& child) const {
    return {child.ref.id, run_.job.ref.name_space, run_.job.ref.region};
  }

  JobResult Submitted() {
    result_.outcome = Outcome::kSubmitted;
    result_.summary = "stop submitted";
    return result_;
  }

  bool Fail(const Error& error) {
    const bool wrote = result_.wrote;
    std::string evaluation = std::move(result_.evaluation_id);
    result_ = FailedBy(error);
    result_.wrote = wrote;
    result_.evaluation_id = std::move(evaluation);
    if (error.code == ErrorCode::kInterrupted) {
      result_.outcome = Outcome::kUnconfirmed;
      result_.summary = "interrupted while it was being stopped";
    }
    return false;
  }

  const JobRun& run_;
  bool descends_ = false;
  JobResult result_;
  std::vector<Stopping> round_;  // what is waited for next
  std::set<std::string> seen_;   // descendants that were in a round
  Rows descendants_;             // as last seen
  Rows strays_;
  std::size_t stopped_ = 0;
};

}  // namespace

JobResult RunStop(const JobRun& run) { return Stopper(run).Run(); }

}  // namespace nmgr::rollout
