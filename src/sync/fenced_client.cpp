#include "nmgr/sync/fenced_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace nmgr::sync {

// The time is taken before the lease is asked: whatever freezes this process in between makes the
// write end earlier, never later.
Expected<nomad::Call> FencedClient::Fenced(const nomad::Call& call) const {
  nomad::Call fenced = call;
  fenced.deadline = std::min(call.deadline, DeadlineAfter(RealClock().Now(), margin_));
  if (lease_.MayWrite()) return fenced;
  return Error{
      ErrorCode::kInterrupted,
      fmt::format("nothing was sent: this copy does not lead the source {} any more", source_)};
}

Expected<nomad::WriteResult> FencedClient::RegisterJob(const nomad::JobRef& ref,
                                                       const nomad::RegisterRequest& request,
                                                       const nomad::Call& call) {
  TRY_ASSIGN(const auto fenced, Fenced(call));
  return client_.RegisterJob(ref, request, fenced);
}

Expected<nomad::WriteResult> FencedClient::RevertJob(const nomad::JobRef& ref,
                                                     std::uint64_t version,
                                                     std::uint64_t prior_version,
                                                     const nomad::Call& call) {
  TRY_ASSIGN(const auto fenced, Fenced(call));
  return client_.RevertJob(ref, version, prior_version, fenced);
}

Expected<nomad::WriteResult> FencedClient::StopJob(const nomad::JobRef& ref, bool purge,
                                                   const nomad::Call& call) {
  TRY_ASSIGN(const auto fenced, Fenced(call));
  return client_.StopJob(ref, purge, fenced);
}

Expected<nomad::WriteResult> FencedClient::EvaluateJob(const nomad::JobRef& ref,
                                                       const nomad::Call& call) {
  TRY_ASSIGN(const auto fenced, Fenced(call));
  return client_.EvaluateJob(ref, fenced);
}

Expected<nomad::WriteResult> FencedClient::PromoteDeployment(const std::string& id,
                                                             const nomad::JobRef& job,
                                                             const nomad::Call& call) {
  TRY_ASSIGN(const auto fenced, Fenced(call));
  return client_.PromoteDeployment(id, job, fenced);
}

Expected<void> FencedClient::RestartAllocation(const std::string& allocation_id,
                                               const std::string& task, const nomad::JobRef& job,
                                               const nomad::Call& call) {
  TRY(Fenced(call));
  return client_.RestartAllocation(allocation_id, task, job, call);
}

Expected<nomad::WriteResult> FencedClient::StopAllocation(const std::string& allocation_id,
                                                          const nomad::JobRef& job,
                                                          const nomad::Call& call) {
  TRY_ASSIGN(const auto fenced, Fenced(call));
  return client_.StopAllocation(allocation_id, job, fenced);
}

}  // namespace nmgr::sync
