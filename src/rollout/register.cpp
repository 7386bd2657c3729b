// The runners of Move::kRegister and of what is only waited for. A register whose answer was lost
// is settled by reading the job, never sent again blindly.
#include <nlohmann/json.hpp>
#include <utility>

#include "nmgr/base/log.h"
#include "nmgr/rollout/reasons.h"
#include "rollout/job_run.h"
#include "rollout/watch.h"

namespace nmgr::rollout {
namespace {

// Either Nomad has taken the job (`evaluation_id` may be unknown), or `refusal` says why not.
struct Registration {
  bool accepted = false;
  std::string evaluation_id;
  std::string warnings;
  std::uint64_t index = 0;  // JobModifyIndex; 0: not known
  JobResult refusal;
};

Registration Refused(JobResult result) {
  Registration registration;
  registration.refusal = std::move(result);
  return registration;
}

Registration Accepted(nomad::WriteResult answer) {
  Registration registration;
  registration.accepted = true;
  registration.evaluation_id = std::move(answer.evaluation_id);
  registration.warnings = std::move(answer.warnings);
  registration.index = answer.job_modify_index;
  return registration;
}

JobResult Conflict(const Error& error) {
  JobResult result = FailedBy(error);
  result.outcome = Outcome::kRefused;
  result.summary =
      "somebody else changed the job after it was planned, and the plan is another one now: " +
      error.message;
  return result;
}

// Nobody can tell yet what became of the register.
JobResult Unknown(const Error& lost, const std::string& why, bool looks_again) {
  JobResult result = FailedBy(lost);
  result.summary = "it is not known whether Nomad has taken the register, or may still take it: " +
                   lost.message + (why.empty() ? "" : "; " + why);
  result.error->hint =
      looks_again ? "the next sync takes it from where it stands"
                  : "look at the job before trying again; nmgr up takes it from where it stands";
  return result;
}

class Registrar {
 public:
  explicit Registrar(const JobRun& run) : run_(run), index_(run.job.plan->job_modify_index) {}

  Registration Register() {
    constexpr int kAttempts = 4;
    Error last;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      auto answer = Send();
      if (answer) return Accepted(*std::move(answer));
      last = std::move(answer).error();
      if (last.code == ErrorCode::kConflict) {
        if (auto end = AfterConflict(last)) return *std::move(end);
      } else if (last.code == ErrorCode::kInterrupted) {
        JobResult result = FailedBy(last);
        result.outcome = Outcome::kUnconfirmed;
        result.summary = "interrupted while it was being registered";
        return Refused(std::move(result));
      } else if (!FateIsOpen(last)) {
        return Refused(FailedBy(last));
      } else if (auto end = AfterLostAnswer(last)) {
        return *std::move(end);
      }
    }
    return Refused(lost_ ? Unknown(*lost_, "", run_.options.looks_again) : FailedBy(last));
  }

 private:
  Expected<nomad::WriteResult> Send() const {
    if (run_.step.version) {
      return run_.wait.client.RevertJob(run_.job.ref, *run_.step.version, run_.job.live->version,
                                        CallOnce(run_.wait));
    }
    nomad::RegisterRequest request;
    request.job = nomad::RawJob::parse(*run_.job.job);
    request.job_modify_index = index_;
    if (run_.job.spec) {
      const jobspec::Submission& from = run_.job.spec->submission;
      request.submission = {from.source, from.format, from.variable_flags, from.variables};
    }
    return run_.wait.client.RegisterJob(run_.job.ref, request, CallOnce(run_.wait));
  }

  Expected<nomad::JobPlan> PlanAgain() const {
    return run_.wait.client.PlanJob(run_.job.ref, nomad::RawJob::parse(*run_.job.job),
                                    SecondLook(run_.wait));
  }

  // Nothing: send again with the new index.
  std::optional<Registration> AfterConflict(const Error& conflict) {
    auto plan = PlanAgain();
    if (!plan) return Refused(FailedBy(plan.error()));
    // Ours, of which the answer was lost, or that of somebody who wanted the same.
    if (!PlanDiffers(*plan)) return Accepted({});
    const bool is_back = !run_.job.spec;  // by what Nomad had when it was looked at
    if (is_back || run_.options.exact || planned_again_ || !SamePlan(*run_.job.plan, *plan))
      return Refused(Conflict(conflict));
    planned_again_ = true;
    index_ = plan->job_modify_index;
    return std::nullopt;
  }

  // Nothing: it has not arrived, and since the index is enforced it can be sent again.
  std::optional<Registration> AfterLostAnswer(const Error& error) {
    if (error.in_doubt) lost_ = error;
    auto live = run_.wait.client.ReadJob(run_.job.ref, {}, SecondLook(run_.wait));
    const bool absent = !live && live.error().code == ErrorCode::kNotFound;
    if (!live && !absent)
      return NotSettled(error, "the job cannot be read: " + live.error().message);
    const std::uint64_t now = absent ? 0 : live->value.job_modify_index;
    if (now == index_) {
      if (run_.wait.clock.Now() >= run_.wait.deadline) return NotSettled(error, "");
      run_.wait.clock.Sleep(pause_, run_.wait.stop);
      pause_ *= 2;
      return std::nullopt;
    }
    auto plan = PlanAgain();
    if (!plan) return NotSettled(error, "the job cannot be planned: " + plan.error().message);
    if (!PlanDiffers(*plan)) return Accepted({});
    return Refused(Conflict(error));
  }

  Registration NotSettled(const Error& last, const std::string& why) const {
    JobResult result = lost_ ? Unknown(*lost_, why, run_.options.looks_again) : FailedBy(last);
    if (run_.wait.stop.stop_requested()) result.outcome = Outcome::kUnconfirmed;
    return Refused(std::move(result));
  }

  const JobRun& run_;
  std::uint64_t index_;
  bool planned_again_ = false;
  std::optional<Error> lost_;  // the last answer that may stand for a register that was taken
  Duration pause_{250};
};

Registered WhatToAwait(const JobFacts& job, const std::string& evaluation_id) {
  Registered registered;
  registered.ref = job.ref;
  registered.evaluation_id = evaluation_id;
  if (!job.spec) {
    registered.type = job.live->type;
    registered.launches_later = job.live->periodic || job.live->parameterized;
    return registered;
  }
  registered.type = job.spec->header.type.empty() ? "service" : job.spec->header.type;
  registered.launches_later = job.spec->periodic || job.spec->parameterized;
  return registered;
}

// Before it is waited for, or nobody waits: whoever looks next finds what became of it.
void NoteUpdate(const JobRun& run, std::uint64_t index) {
  const JobFacts& job = run.job;
  const bool updates = job.live && !job.live->stop && job.spec && !run.step.version;
  const bool notes = run.options.known_bad != nullptr && !job.spec_digest.empty();
  if (!updates || !notes || index == 0) return;
  const auto noted = run.options.known_bad->Try(job.ref, job.spec_digest, index);
  if (!noted) LogDebug("that a spec was registered is not kept: {}", noted.error().message);
}

}  // namespace

JobResult RunRegister(const JobRun& run) {
  const Registration registration = Registrar(run).Register();
  if (!registration.accepted) return registration.refusal;
  JobResult result;
  result.wrote = true;
  result.evaluation_id = registration.evaluation_id;
  result.job_modify_index = registration.index;
  NoteUpdate(run, registration.index);
  if (!registration.warnings.empty()) run.wait.voice.notice(registration.warnings);
  if (run.options.record != nullptr) {
    if (auto removed = run.options.record->Remove(run.job.ref); !removed) {
      run.wait.voice.notice(removed.error().message);
    }
  }
  const bool started = run.job.live && run.job.live->stop;
  const bool looks = !run.detach || run.step.move == Move::kRestart;
  if (started && looks && LeavesFailed(run, registration.evaluation_id)) {
    result.outcome = Outcome::kFailed;  // until ProveRunning has had it replaced
    result.summary = "Nomad has left what had failed as it was";
    return result;
  }
  if (run.detach) {
    result.outcome = Outcome::kSubmitted;
    result.summary = "registered";
    return result;
  }
  Conclude(WaitHealthy(run.wait, WhatToAwait(run.job, registration.evaluation_id)), run, result);
  return result;
}

JobResult RunTakeDown(const JobRun& run) {
  const Registration registration = Registrar(run).Register();
  if (!registration.accepted) return registration.refusal;
  JobResult result;
  result.wrote = true;
  result.evaluation_id = registration.evaluation_id;
  if (run.detach) {
    result.outcome = Outcome::kSubmitted;
    result.summary = "stop submitted";
    return result;
  }
  Stopping job{run.job.ref, registration.evaluation_id};
  job.name = run.job.name;
  Conclude(WaitGone(run.wait, {job}), run, result);
  if (result.outcome == Outcome::kDone) result.summary = "stopped";
  return result;
}

JobResult RunAwaitHealthy(const JobRun& run) {
  JobResult result;
  Conclude(WaitHealthyAsFound(run.wait, run.job.ref), run, result);
  return result;
}

}  // namespace nmgr::rollout
