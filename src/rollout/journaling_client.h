// A client that puts every write into the journal, before it is sent and when its answer is there:
// so no move can write past it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/nomad/forwarding_client.h"
#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/journal.h"

namespace nmgr::rollout {

// After an accepted register, stop or revert the job is read once, so that it is on record where
// the write has brought it: the answer alone does not tell its version.
class JournalingClient final : public nomad::ForwardingClient {
 public:
  // `facts` tell where jobs stood before.
  JournalingClient(nomad::JobClient& client, Journal& journal, Clock& clock,
                   const std::vector<JobFacts>& facts);

  Expected<nomad::WriteResult> RegisterJob(const nomad::JobRef& ref,
                                           const nomad::RegisterRequest& request,
                                           const nomad::Call& call) override;
  Expected<nomad::WriteResult> RevertJob(const nomad::JobRef& ref, std::uint64_t version,
                                         std::uint64_t prior_version,
                                         const nomad::Call& call) override;
  Expected<nomad::WriteResult> StopJob(const nomad::JobRef& ref, bool purge,
                                       const nomad::Call& call) override;
  Expected<nomad::WriteResult> EvaluateJob(const nomad::JobRef& ref,
                                           const nomad::Call& call) override;
  Expected<nomad::WriteResult> PromoteDeployment(const std::string& id, const nomad::JobRef& job,
                                                 const nomad::Call& call) override;
  Expected<void> RestartAllocation(const std::string& allocation_id, const std::string& task,
                                   const nomad::JobRef& job, const nomad::Call& call) override;
  Expected<nomad::WriteResult> StopAllocation(const std::string& allocation_id,
                                              const nomad::JobRef& job,
                                              const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Job>> ReadJob(const nomad::JobRef& ref,
                                               const nomad::BlockingQuery& query,
                                               const nomad::Call& call) override;

 private:
  JobPoint Known(const nomad::JobRef& ref);
  void Learn(const nomad::JobRef& ref, const JobPoint& point);
  // Where the job stands after a write that was answered so.
  JobPoint Settled(const nomad::JobRef& ref, const nomad::WriteResult& answer,
                   const nomad::Call& call);
  template <class Send>
  auto Record(const nomad::JobRef& ref, WriteKind kind, const JobPoint& before, bool moves,
              const nomad::Call& call, Send send, std::optional<std::uint64_t> to = {});

  Journal& journal_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<nomad::JobRef, JobPoint> known_;
  struct Doubt {
    std::uint64_t write = 0;
    JobPoint before;
  };
  std::map<nomad::JobRef, Doubt> doubts_;  // writes whose answer was lost
};

}  // namespace nmgr::rollout
