#include "rollout/waiting_client.h"

#include <algorithm>

namespace nmgr::rollout {
namespace {

using nomad::BlockingQuery;
using nomad::Call;
using nomad::Indexed;
using nomad::JobRef;
using Sight = JobsWatch::Sight;

// So often everything is read whatever the watch says.
constexpr Duration kLookAnew{15'000};
// No row shows an evaluation; most are done at once.
constexpr Duration kFirstPoll{50};
constexpr Duration kLongestPoll{2'000};
constexpr Duration kSlowPoll{2'000};

std::string PlaceKey(const JobRef& ref) {
  return ref.region + "\n" + ref.name_space + "\n" + ref.id;
}

}  // namespace

WaitingClient::Chain WaitingClient::ChainOf(const std::string& what) {
  const std::lock_guard lock(mutex_);
  return chains_[what];
}

void WaitingClient::Reading(const std::string& what) {
  const JobsWatch::Mark now = watch_.Now();
  const std::lock_guard lock(mutex_);
  chains_[what].read = now;
}

template <class Read>
auto WaitingClient::Wait(const std::string& what, const JobRef& ref, Sight sight, Duration limit,
                         const BlockingQuery& query, const Call& call, Read read)
    -> decltype(read(query)) {
  if (query.index == 0) {
    Reading(what);
    return read(query);
  }
  const auto left = std::chrono::floor<Duration>(call.deadline - clock_.Now());
  const Duration longest = std::clamp(left, Duration{0}, std::min(limit, kLookAnew));
  const auto woken = watch_.Await(ref, ChainOf(what).read, sight, longest, call.stop);
  if (woken == JobsWatch::Woken::kCannot) return Alone(query, call, read);
  Reading(what);
  auto answer = read(BlockingQuery{});
  // It has come when it should, so that nobody need pause before the next one.
  if (answer && woken == JobsWatch::Woken::kMoved) {
    answer->index = std::max(answer->index, query.index + 1);
  }
  return answer;
}

template <class Read>
auto WaitingClient::Alone(const BlockingQuery& query, const Call& call, Read read)
    -> decltype(read(query)) {
  if (alone_.try_acquire()) {
    auto answer = read(query);
    alone_.release();
    return answer;
  }
  clock_.Sleep(std::min(query.wait, kSlowPoll), call.stop);
  return read(BlockingQuery{});
}

Expected<Indexed<nomad::Job>> WaitingClient::ReadJob(const JobRef& ref, const BlockingQuery& query,
                                                     const Call& call) {
  return Wait("job " + PlaceKey(ref), ref, Sight::kRow, query.wait, query, call,
              [&](const BlockingQuery& asked) { return client_.ReadJob(ref, asked, call); });
}

Expected<Indexed<nomad::Evaluation>> WaitingClient::ReadEvaluation(const std::string& id,
                                                                   const JobRef& job,
                                                                   const BlockingQuery& query,
                                                                   const Call& call) {
  const std::string what = "evaluation " + id;
  const Chain before = ChainOf(what);
  const Duration pause = std::clamp(before.pause, kFirstPoll, kLongestPoll);
  auto answer = Wait(
      what, job, Sight::kRow, before.stands ? query.wait : std::min(query.wait, pause), query, call,
      [&](const BlockingQuery& asked) { return client_.ReadEvaluation(id, job, asked, call); });
  const std::lock_guard lock(mutex_);
  Chain& chain = chains_[what];
  chain.pause = query.index == 0 ? kFirstPoll : pause * 2;
  chain.stands = answer && answer->value.status == "blocked";
  return answer;
}

// A restart of a task stirs all that wait for allocations.
Expected<Indexed<std::vector<nomad::Allocation>>> WaitingClient::ListAllocations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  return Wait(
      "allocations " + PlaceKey(ref), ref, Sight::kAll, query.wait, query, call,
      [&](const BlockingQuery& asked) { return client_.ListAllocations(ref, asked, call); });
}

Expected<Indexed<std::optional<nomad::Deployment>>> WaitingClient::LatestDeployment(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  return Wait(
      "latest " + PlaceKey(ref), ref, Sight::kRow, query.wait, query, call,
      [&](const BlockingQuery& asked) { return client_.LatestDeployment(ref, asked, call); });
}

// The row shows the allocations too, so whoever would look at them in between is woken for them.
Expected<Indexed<nomad::Deployment>> WaitingClient::ReadDeployment(const std::string& id,
                                                                   const JobRef& job,
                                                                   const BlockingQuery& query,
                                                                   const Call& call) {
  return Wait(
      "deployment " + id, job, Sight::kRow, kLookAnew, query, call,
      [&](const BlockingQuery& asked) { return client_.ReadDeployment(id, job, asked, call); });
}

Expected<Indexed<std::vector<nomad::Evaluation>>> WaitingClient::ListEvaluations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  return Wait(
      "evaluations " + PlaceKey(ref), ref, Sight::kRow, query.wait, query, call,
      [&](const BlockingQuery& asked) { return client_.ListEvaluations(ref, asked, call); });
}

}  // namespace nmgr::rollout
