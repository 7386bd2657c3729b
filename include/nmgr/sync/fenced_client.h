// A JobClient whose writes need the lease of their source: none is sent but with as much of it left
// as the write may take, and each is given up after that time (in doubt then, and settled by
// reading, as any write whose answer was lost); but for a restart, whose answer waits until the
// tasks are down. Reads pass.
//
// So what a copy sends that has lost its lease without knowing is bounded: nothing that it begins
// after its deadline, however long it was frozen before.
#pragma once

#include <string>

#include "nmgr/nomad/forwarding_client.h"
#include "nmgr/sync/lease.h"

namespace nmgr::sync {

class FencedClient final : public nomad::ForwardingClient {
 public:
  // Both must outlive it. `margin`: LeaseTerms::write_margin.
  FencedClient(nomad::JobClient& client, const Leadership& lease, std::string source,
               Duration margin = LeaseTerms{}.write_margin)
      : ForwardingClient(client), lease_(lease), source_(std::move(source)), margin_(margin) {}

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

 private:
  // `call`, cut to the margin; kInterrupted where the lease does not allow a write.
  Expected<nomad::Call> Fenced(const nomad::Call& call) const;

  const Leadership& lease_;
  const std::string source_;
  const Duration margin_;
};

}  // namespace nmgr::sync
