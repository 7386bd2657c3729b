#include "cli/lazy_client.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace nmgr::cli {

using nomad::BlockingQuery;
using nomad::Call;
using nomad::Indexed;
using nomad::JobRef;

Expected<void> LazyClient::Connect() {
  const std::scoped_lock lock(mutex_);
  if (!made_) {
    made_ = true;
    auto made = make_();
    if (made) {
      client_ = *std::move(made);
    } else {
      error_ = std::move(made).error();
    }
  }
  if (!client_) return error_;
  return {};
}

Expected<nomad::RawJob> LazyClient::ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                             const Call& call) {
  TRY(Connect());
  return client_->ParseJob(ref, flat_hcl, call);
}

Expected<nomad::JobPlan> LazyClient::PlanJob(const JobRef& ref, const nomad::RawJob& job,
                                             const Call& call) {
  TRY(Connect());
  return client_->PlanJob(ref, job, call);
}

Expected<nomad::WriteResult> LazyClient::RegisterJob(const JobRef& ref,
                                                     const nomad::RegisterRequest& request,
                                                     const Call& call) {
  TRY(Connect());
  return client_->RegisterJob(ref, request, call);
}

Expected<nomad::WriteResult> LazyClient::StopJob(const JobRef& ref, bool purge, const Call& call) {
  TRY(Connect());
  return client_->StopJob(ref, purge, call);
}

Expected<Indexed<nomad::Job>> LazyClient::ReadJob(const JobRef& ref, const BlockingQuery& query,
                                                  const Call& call) {
  TRY(Connect());
  return client_->ReadJob(ref, query, call);
}

Expected<Indexed<std::vector<nomad::JobSummary>>> LazyClient::ListJobs(
    const std::string& name_space, const std::string& region, const std::string& prefix,
    const Call& call) {
  TRY(Connect());
  return client_->ListJobs(name_space, region, prefix, call);
}

Expected<Indexed<nomad::Evaluation>> LazyClient::ReadEvaluation(const std::string& id,
                                                                const JobRef& job,
                                                                const BlockingQuery& query,
                                                                const Call& call) {
  TRY(Connect());
  return client_->ReadEvaluation(id, job, query, call);
}

Expected<Indexed<std::vector<nomad::Allocation>>> LazyClient::ListAllocations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  TRY(Connect());
  return client_->ListAllocations(ref, query, call);
}

Expected<Indexed<std::optional<nomad::Deployment>>> LazyClient::LatestDeployment(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  TRY(Connect());
  return client_->LatestDeployment(ref, query, call);
}

Expected<Indexed<nomad::Deployment>> LazyClient::ReadDeployment(const std::string& id,
                                                                const JobRef& job,
                                                                const BlockingQuery& query,
                                                                const Call& call) {
  TRY(Connect());
  return client_->ReadDeployment(id, job, query, call);
}

Expected<Indexed<std::vector<nomad::Evaluation>>> LazyClient::ListEvaluations(
    const JobRef& ref, const BlockingQuery& query, const Call& call) {
  TRY(Connect());
  return client_->ListEvaluations(ref, query, call);
}

Expected<std::vector<nomad::JobVersion>> LazyClient::ListVersions(const JobRef& ref,
                                                                  const Call& call) {
  TRY(Connect());
  return client_->ListVersions(ref, call);
}

Expected<void> LazyClient::CheckNamespace(const nomad::JobRef& place, const Call& call) {
  TRY(Connect());
  return client_->CheckNamespace(place, call);
}

Expected<void> LazyClient::Ping(const Call& call) {
  TRY(Connect());
  return client_->Ping(call);
}

bool LazyClient::HasSucceeded() const {
  const std::scoped_lock lock(mutex_);
  return client_ && client_->HasSucceeded();
}

}  // namespace nmgr::cli
