#include "rollout/journaling_client.h"

#include <algorithm>
#include <type_traits>

namespace nmgr::rollout {
namespace {

using nomad::BlockingQuery;
using nomad::Call;
using nomad::Indexed;
using nomad::JobRef;
using nomad::WriteResult;

JobPoint PointOf(const nomad::Job& job) {
  return {true, job.stop, job.job_modify_index, job.version};
}

}  // namespace

JournalingClient::JournalingClient(nomad::JobClient& client, Journal& journal, Clock& clock,
                                   const std::vector<JobFacts>& facts)
    : ForwardingClient(client), journal_(journal), clock_(clock) {
  for (const JobFacts& job : facts) {
    if (job.error) continue;
    JobPoint point = job.live ? PointOf(*job.live) : JobPoint{};
    // A job that is known from lists alone has no time and no version of its own.
    if (job.live && job.live->submit_time_ns == 0) point.version.reset();
    known_[job.ref] = point;
  }
}

JobPoint JournalingClient::Known(const JobRef& ref) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(ref);
  return found == known_.end() ? JobPoint{true, false, {}, {}} : found->second;
}

void JournalingClient::Learn(const JobRef& ref, const JobPoint& point) {
  const std::lock_guard lock(mutex_);
  known_[ref] = point;
  const auto doubt = doubts_.find(ref);
  if (doubt == doubts_.end() || doubt->second.before.index == point.index) return;
  journal_.Found(doubt->second.write, point);
  doubts_.erase(doubt);
}

JobPoint JournalingClient::Settled(const JobRef& ref, const WriteResult& answer, const Call& call) {
  constexpr Duration kLongest{5'000};
  const TimePoint limit = std::min(call.deadline, DeadlineAfter(clock_.Now(), kLongest));
  const auto now = client_.ReadJob(ref, {}, {limit, call.stop, nomad::Patience::kBrief});
  JobPoint point{true, false, {}, {}};
  if (now) {
    point = PointOf(now->value);
  } else if (now.error().code == ErrorCode::kNotFound) {
    point.exists = false;
  } else if (answer.job_modify_index != 0) {
    point.index = answer.job_modify_index;
  }
  Learn(ref, point);
  return point;
}

// `moves`: the write changes the job itself.
template <class Send>
auto JournalingClient::Record(const JobRef& ref, WriteKind kind, const JobPoint& before, bool moves,
                              const Call& call, Send send, std::optional<std::uint64_t> to) {
  const std::uint64_t write = journal_.Writing(ref, kind, before, to);
  auto answer = send();
  if (!answer) {
    journal_.Failed(write, answer.error());
    if (answer.error().in_doubt && moves) {
      const std::lock_guard lock(mutex_);
      doubts_[ref] = {write, before};
    }
    return answer;
  }
  if constexpr (std::is_same_v<decltype(answer), Expected<WriteResult>>) {
    journal_.Wrote(write, moves ? Settled(ref, *answer, call) : before);
  } else {
    journal_.Wrote(write, before);
  }
  return answer;
}

Expected<WriteResult> JournalingClient::RegisterJob(const JobRef& ref,
                                                    const nomad::RegisterRequest& request,
                                                    const Call& call) {
  JobPoint before = Known(ref);
  if (before.index != request.job_modify_index) {
    before = {request.job_modify_index != 0, false, request.job_modify_index, std::nullopt};
  }
  if (request.job_modify_index == 0) before = {};
  return Record(ref, WriteKind::kRegister, before, true, call,
                [&] { return client_.RegisterJob(ref, request, call); });
}

Expected<WriteResult> JournalingClient::RevertJob(const JobRef& ref, std::uint64_t version,
                                                  std::uint64_t prior_version, const Call& call) {
  JobPoint before = Known(ref);
  if (before.version != prior_version) before = {true, false, {}, prior_version};
  return Record(
      ref, WriteKind::kRevert, before, true, call,
      [&] { return client_.RevertJob(ref, version, prior_version, call); }, version);
}

Expected<WriteResult> JournalingClient::StopJob(const JobRef& ref, bool purge, const Call& call) {
  if (!Known(ref).version) static_cast<void>(ReadJob(ref, {}, call));
  return Record(ref, purge ? WriteKind::kPurge : WriteKind::kStop, Known(ref), true, call,
                [&] { return client_.StopJob(ref, purge, call); });
}

Expected<WriteResult> JournalingClient::EvaluateJob(const JobRef& ref, const Call& call) {
  return Record(ref, WriteKind::kEvaluate, Known(ref), false, call,
                [&] { return client_.EvaluateJob(ref, call); });
}

Expected<WriteResult> JournalingClient::PromoteDeployment(const std::string& id, const JobRef& job,
                                                          const Call& call) {
  return Record(job, WriteKind::kPromote, Known(job), false, call,
                [&] { return client_.PromoteDeployment(id, job, call); });
}

Expected<void> JournalingClient::RestartAllocation(const std::string& allocation_id,
                                                   const std::string& task, const JobRef& job,
                                                   const Call& call) {
  return Record(job, WriteKind::kRestart, Known(job), false, call,
                [&] { return client_.RestartAllocation(allocation_id, task, job, call); });
}

Expected<WriteResult> JournalingClient::StopAllocation(const std::string& allocation_id,
                                                       const JobRef& job, const Call& call) {
  return Record(job, WriteKind::kReschedule, Known(job), false, call,
                [&] { return client_.StopAllocation(allocation_id, job, call); });
}

Expected<Indexed<nomad::Job>> JournalingClient::ReadJob(const JobRef& ref,
                                                        const BlockingQuery& query,
                                                        const Call& call) {
  auto job = client_.ReadJob(ref, query, call);
  if (job) {
    Learn(ref, PointOf(job->value));
  } else if (job.error().code == ErrorCode::kNotFound) {
    Learn(ref, {});
  }
  return job;
}

}  // namespace nmgr::rollout
