// The stand-in cluster: what registering, stopping, forcing and promoting do to the store, and what
// time does to it afterwards. A state machine without a clock: every call is given the time, and
// Advance() carries out what has become due, so a test needs no waiting.
//
//   Cluster cluster({}, {"default"}, 1);
//   cluster.Register(request, now);
//   while (auto due = cluster.NextDue()) cluster.Advance(*due);   // until nothing moves any more
//
// Simplifications beside a real Nomad: scheduling happens within the call that asks for it; there
// is one node; an update replaces all allocations at once, whatever max_parallel says; nothing is
// ever rescheduled, lost or collected.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "fake_nomad/behaviour.h"
#include "fake_nomad/json.h"
#include "fake_nomad/log_book.h"
#include "fake_nomad/scheduling.h"
#include "fake_nomad/store.h"
#include "fake_nomad/variables.h"

namespace nmgr::fake {

// An answer other than 200, with Nomad's own words.
struct Refusal {
  int status = 500;
  std::string text;
};
template <class T>
using Result = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> Refuse(int status, std::string text) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(text)});
}

struct RegisterRequest {
  Json job;  // canonical
  bool enforce_index = false;
  std::uint64_t job_modify_index = 0;
  Json submission;  // null where none was sent
};

struct Written {
  std::uint64_t index = 0;
  std::uint64_t job_modify_index = 0;
  std::string evaluation;  // empty where none was made
  std::uint64_t evaluation_index = 0;
};

class Cluster {
 public:
  Cluster(Behaviour behaviour, std::set<std::string> namespaces, std::uint64_t seed)
      : behaviour_(std::move(behaviour)), namespaces_(std::move(namespaces)), store_(seed) {}

  const Store& store() const { return store_; }
  const std::set<std::string>& namespaces() const { return namespaces_; }
  const Behaviour& behaviour() const { return behaviour_; }
  LogBook& logs() { return logs_; }
  Variables& variables() { return variables_; }
  // From now on. What waited for a place and is no longer among `never` is placed at once.
  void SetBehaviour(Behaviour behaviour, Nanos now);

  // Refuses an unknown namespace; with enforce_index, a job that is not at job_modify_index.
  Result<Written> Register(RegisterRequest request, Nanos now);

  // Of a missing job: an empty Written, as on the real server.
  Written Stop(const JobKey& key, bool purge, Nanos now);

  // Runs a child of a periodic or parameterized job now; the child's ID is in *child.
  Result<Written> ForcePeriodic(const JobKey& key, Nanos now, std::string* child = nullptr);
  Result<Written> Dispatch(const JobKey& key, const Json& meta, const Json& payload, Nanos now,
                           std::string* child = nullptr);

  Result<Written> Revert(const JobKey& key, std::uint64_t version,
                         std::optional<std::uint64_t> prior_version, Nanos now);
  Result<Written> Promote(const std::string& deployment, Nanos now);
  Result<Written> FailDeployment(const std::string& deployment, Nanos now);

  // Restarts tasks of a running allocation where it is: `task`, or without one those that run, or
  // with `all` every one. They are down when this returns and start again a little later.
  Result<Written> RestartAllocation(const std::string& id, const std::string& task, bool all,
                                    Nanos now);
  // Ends an allocation; a replacement is placed.
  Result<Written> StopAllocation(const std::string& id, Nanos now);
  // The tasks of a running allocation exit with 1, now.
  Result<Written> FailAllocation(const std::string& id, Nanos now);
  // A new evaluation of a job as it is. With `force`, failed allocations of groups that reschedule
  // are replaced.
  Result<Written> Evaluate(const JobKey& key, Nanos now, bool force = false);
  // Registers the job with another count of one group.
  Result<Written> Scale(const JobKey& key, const std::string& group, std::int64_t count, Nanos now);

  std::optional<Nanos> NextDue() const;
  void Advance(Nanos now);

 private:
  enum class Step { kStart, kSettle, kKill, kGone, kStartAgain };
  struct Due {
    Nanos at;
    std::uint64_t order;
    Step step;
    std::string allocation;
    std::uint64_t index;  // at which it was scheduled
    bool operator>(const Due& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  // cluster.cpp
  Written PutVersion(Json job, const Doc& existing, const Json& submission, Nanos now);
  std::string RunEvaluation(const Json& job, const char* trigger, Nanos now,
                            const std::string& deployment = {});
  void FinishEvaluation(Json evaluation, const std::vector<GroupDecision>& decisions,
                        const Json& job, bool unplaceable, Nanos now);
  void ReplaceFailed(const Json& job, const std::string& evaluation, Nanos now);
  std::string AddBlockedEvaluation(const Json& evaluation, const Json& job, Nanos now);
  Json ChildOf(const Json& parent, const std::string& id) const;
  Result<Written> RunChild(Json child, const char* trigger, Nanos now);

  // placement.cpp
  std::string OpenDeployment(const Json& job, const std::vector<GroupDecision>& decisions,
                             bool unplaceable, Nanos now);
  void CountPlaced(const std::string& deployment, const std::vector<GroupDecision>& decisions);
  void CancelBlockedEvaluations(const JobKey& key);
  void CancelDeployments(const JobKey& key, const char* reason, Nanos now);
  void Apply(const std::vector<GroupDecision>& decisions, const Json& job,
             const std::string& evaluation, const std::string& deployment, Nanos now);
  void Place(const Json& job, const Json& group, int name_index, const std::string& evaluation,
             const std::string& deployment, const Doc& previous, bool canary, Nanos now);
  void UpdateInPlace(const Json& allocation, const Json& job, const std::string& deployment,
                     Nanos now);
  void StopAlloc(Json allocation, const char* reason, const std::string& next, Nanos now);
  void RefreshStatus(const JobKey& key, const char* event);

  // transitions.cpp
  void Schedule(Step step, const std::string& allocation, Nanos at);
  void Carry(const Due& due);
  void Start(Json allocation, Nanos now);
  void StartAgain(Json allocation, Nanos now);
  void Settle(Json allocation, Nanos now);
  void BecomeHealthy(Json allocation, Nanos now);
  void BecomeUnhealthy(Json allocation, Nanos now);
  void Complete(Json allocation, Nanos now);
  void Fail(Json allocation, Nanos now);
  void Kill(Json allocation, Nanos now);
  void Gone(Json allocation, Nanos now);
  void CountHealth(const Json& allocation, bool healthy, Nanos now);
  void CheckDeployment(const std::string& id, Nanos now);
  void EndDeployment(const std::string& id, const char* status, const std::string& description,
                     Nanos now);
  void FinishCanaries(const std::string& id, Nanos now);
  void MarkStable(const Json& deployment);
  void AutoRevert(const JobKey& key, std::uint64_t version, Nanos now);
  std::optional<std::uint64_t> StableVersionBefore(const JobKey& key, std::uint64_t version) const;
  std::string OpenWatcherEvaluation(const JobKey& key, const std::string& deployment,
                                    const char* event, Nanos now);
  void CloseWatcherEvaluation(const JobKey& key, const std::string& id, Nanos now);

  Behaviour behaviour_;
  LogBook logs_;
  std::set<std::string> namespaces_;
  Store store_;
  Variables variables_{store_};
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t order_ = 0;
  std::set<std::pair<JobKey, std::uint64_t>> spared_;  // reverted versions do not fail again
};

}  // namespace nmgr::fake
