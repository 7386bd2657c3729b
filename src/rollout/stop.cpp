#include <utility>

#include "nmgr/base/text.h"
#include "rollout/job_run.h"

namespace nmgr::rollout {
namespace {

class Stopper {
 public:
  explicit Stopper(const JobRun& run) : run_(run) {}

  JobResult Run() {
    JobResult result;
    if (!StopParent(result) || !StopChildren(result)) return result;
    if (run_.detach) {
      result.outcome = Outcome::kSubmitted;
      result.summary = "stop submitted";
      return result;
    }
    const WaitResult gone = WaitGone(run_.wait, waited_for_, result.evaluation_id);
    Conclude(gone, run_.options.timeout, result);
    if (result.outcome != Outcome::kDone) return result;
    result.summary = result.wrote ? "stopped" : "gone";
    if (run_.intent.purge) Purge(result);
    return result;
  }

 private:
  bool StopParent(JobResult& result) {
    const nomad::JobRef& ref = run_.job.ref;
    waited_for_.push_back(ref);
    if (run_.step.move != Move::kStop || run_.job.live->stop) return true;
    if (run_.options.record != nullptr) {
      static_cast<void>(run_.options.record->Add(ref, UtcNow()));  // tells of its failures itself
    }
    auto answer = Stop(ref, false);
    if (!answer) {
      EndBy(answer.error(), result);
      return false;
    }
    result.wrote = true;
    result.evaluation_id = answer->evaluation_id;
    return true;
  }

  bool StopChildren(JobResult& result) {
    const nomad::Job& job = *run_.job.live;
    if (run_.intent.keep_children || !(job.periodic || job.parameterized)) return true;
    const nomad::JobRef& parent = run_.job.ref;
    // Asked again, since the parent may have launched one between the plan and its own stop.
    auto list =
        run_.wait.client.ListJobs(parent.name_space, parent.region, parent.id + "/", CallNow());
    if (!list) {
      EndBy(list.error(), result);
      return false;
    }
    for (const nomad::JobSummary& child : RunningChildren(parent, list->value)) {
      const nomad::JobRef ref = {child.ref.id, parent.name_space, parent.region};
      run_.wait.voice.progress("stopping " + ref.id);
      auto answer = Stop(ref, false);
      if (!answer) {
        EndBy(answer.error(), result);
        return false;
      }
      result.wrote = true;
      waited_for_.push_back(ref);
    }
    return true;
  }

  void Purge(JobResult& result) {
    auto answer = Stop(run_.job.ref, true);
    if (!answer) {
      EndBy(answer.error(), result);
      return;
    }
    result.wrote = true;
    result.purged = true;
    // What is purged is not to come back; what a kill leaves in between is stopped, and can.
    if (run_.options.record != nullptr) {
      if (auto removed = run_.options.record->Remove(run_.job.ref); !removed) {
        run_.wait.voice.notice(removed.error().message);
      }
    }
    result.summary = result.summary == "stopped" ? "stopped and purged" : "purged";
  }

  // A stop can be sent twice; all the same it is only repeated when the job shows that it did not
  // arrive.
  Expected<nomad::WriteResult> Stop(const nomad::JobRef& ref, bool purge) {
    auto answer = run_.wait.client.StopJob(ref, purge, CallNow());
    if (answer || (answer.error().code != ErrorCode::kUnreachable &&
                   answer.error().code != ErrorCode::kTimedOut)) {
      return answer;
    }
    const nomad::Call call{run_.wait.clock.Now() + Duration{30'000}, run_.wait.stop};
    auto live = run_.wait.client.ReadJob(ref, {}, call);
    if (!live && live.error().code == ErrorCode::kNotFound) return nomad::WriteResult{};
    if (!live) return answer;
    if (!purge && live->value.stop) return nomad::WriteResult{};
    return run_.wait.client.StopJob(ref, purge, call);
  }

  static void EndBy(const Error& error, JobResult& result) {
    const bool wrote = result.wrote;
    std::string evaluation = std::move(result.evaluation_id);
    result = FailedBy(error);
    result.wrote = wrote;
    result.evaluation_id = std::move(evaluation);
    if (error.code != ErrorCode::kInterrupted) return;
    result.outcome = Outcome::kUnconfirmed;
    result.summary = "interrupted while it was being stopped";
  }

  nomad::Call CallNow() const { return {run_.wait.deadline, run_.wait.stop}; }

  const JobRun& run_;
  std::vector<nomad::JobRef> waited_for_;
};

}  // namespace

JobResult RunStop(const JobRun& run) { return Stopper(run).Run(); }

}  // namespace nmgr::rollout
