// A Nomad client that is made when it is first used: `list`, `render` and the like need none, so
// that a wrong address or an unreadable token file must not stop them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nmgr/nomad/client.h"

namespace nmgr::cli {

class LazyClient final : public nomad::NomadClient {
 public:
  using Make = std::function<Expected<std::unique_ptr<nomad::NomadClient>>()>;

  explicit LazyClient(Make make) : make_(std::move(make)) {}

  // Makes the client now. Its error is that of every call.
  Expected<void> Connect();

  Expected<nomad::RawJob> ParseJob(const nomad::JobRef& ref, const std::string& flat_hcl,
                                   const nomad::Call& call) override;
  Expected<nomad::JobPlan> PlanJob(const nomad::JobRef& ref, const nomad::RawJob& job,
                                   const nomad::Call& call) override;
  Expected<nomad::WriteResult> RegisterJob(const nomad::JobRef& ref,
                                           const nomad::RegisterRequest& request,
                                           const nomad::Call& call) override;
  Expected<nomad::WriteResult> StopJob(const nomad::JobRef& ref, bool purge,
                                       const nomad::Call& call) override;
  Expected<nomad::Indexed<nomad::Job>> ReadJob(const nomad::JobRef& ref,
                                               const nomad::BlockingQuery& query,
                                               const nomad::Call& call) override;
  Expected<nomad::Indexed<std::vector<nomad::JobSummary>>> ListJobs(
      const std::string& name_space, const std::string& region, const std::string& prefix,
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
  Expected<std::vector<nomad::JobVersion>> ListVersions(const nomad::JobRef& ref,
                                                        const nomad::Call& call) override;
  Expected<void> CheckNamespace(const nomad::JobRef& place, const nomad::Call& call) override;
  Expected<void> Ping(const nomad::Call& call) override;
  bool HasSucceeded() const override;

 private:
  Make make_;
  mutable std::mutex mutex_;
  bool made_ = false;
  std::unique_ptr<nomad::NomadClient> client_;
  Error error_;
};

}  // namespace nmgr::cli
