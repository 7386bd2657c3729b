// A client whose blocking queries about jobs do not hold a connection each: they sleep in a
// JobsWatch until something about their job has moved, and read then. What waits for a job does not
// know the difference.
//
// Where the server is not asked that way, a few of them are blocking queries as ever and the others
// a slow poll, so that the connections of the run are never used up.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/nomad/forwarding_client.h"
#include "rollout/jobs_watch.h"

namespace nmgr::rollout {

class WaitingClient final : public nomad::ForwardingClient {
 public:
  WaitingClient(nomad::JobClient& client, Clock& clock)
      : ForwardingClient(client), clock_(clock), watch_(client, clock) {}

  Expected<nomad::Indexed<nomad::Job>> ReadJob(const nomad::JobRef& ref,
                                               const nomad::BlockingQuery& query,
                                               const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Evaluation>> ReadEvaluation(const std::string& id,
                                                             const nomad::JobRef& job,
                                                             const nomad::BlockingQuery& query,
                                                             const nomad::Call& call) override;
  Expected<nomad::Indexed<std::vector<nomad::Allocation>>> ListAllocations(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  Expected<nomad::Indexed<std::optional<nomad::Deployment>>> LatestDeployment(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Deployment>> ReadDeployment(const std::string& id,
                                                             const nomad::JobRef& job,
                                                             const nomad::BlockingQuery& query,
                                                             const nomad::Call& call) override;
  Expected<nomad::Indexed<std::vector<nomad::Evaluation>>> ListEvaluations(
      const nomad::JobRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;

 private:
  // One thing that is read again and again: when it last was, in the terms of the watch.
  struct Chain {
    JobsWatch::Mark read = 0;
    Duration pause{0};    // of what no row shows
    bool stands = false;  // it will move no sooner than its job
  };

  template <class Read>
  auto Wait(const std::string& what, const nomad::JobRef& ref, JobsWatch::Sight sight,
            Duration limit, const nomad::BlockingQuery& query, const nomad::Call& call, Read read)
      -> decltype(read(query));
  template <class Read>
  auto Alone(const nomad::BlockingQuery& query, const nomad::Call& call, Read read)
      -> decltype(read(query));
  Chain ChainOf(const std::string& what);
  void Reading(const std::string& what);

  static constexpr int kMostAlone = 4;

  Clock& clock_;
  JobsWatch watch_;
  std::counting_semaphore<kMostAlone> alone_{kMostAlone};
  std::mutex mutex_;
  std::map<std::string, Chain> chains_;
};

}  // namespace nmgr::rollout
