// NomadClient over HTTP: endpoints, query parameters, retries, and what an answer means.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_errors.h"
#include "http_transport.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"

namespace nmgr::nomad {

class HttpClient final : public NomadClient {
 public:
  HttpClient(ConnectionOptions options, int max_connections);

  Expected<RawJob> ParseJob(const JobRef& ref, const std::string& flat_hcl,
                            const Call& call) override;
  Expected<JobPlan> PlanJob(const JobRef& ref, const RawJob& job, const Call& call) override;
  Expected<WriteResult> RegisterJob(const JobRef& ref, const RegisterRequest& request,
                                    const Call& call) override;
  Expected<WriteResult> StopJob(const JobRef& ref, bool purge, const Call& call) override;
  Expected<Indexed<Job>> ReadJob(const JobRef& ref, const BlockingQuery& query,
                                 const Call& call) override;
  Expected<Indexed<std::vector<JobSummary>>> ListJobs(const std::string& name_space,
                                                      const std::string& region,
                                                      const std::string& prefix,
                                                      const Call& call) override;
  Expected<Indexed<Evaluation>> ReadEvaluation(const std::string& id, const JobRef& job,
                                               const BlockingQuery& query,
                                               const Call& call) override;
  Expected<Indexed<std::vector<Allocation>>> ListAllocations(const JobRef& ref,
                                                             const BlockingQuery& query,
                                                             const Call& call) override;
  Expected<Indexed<std::optional<Deployment>>> LatestDeployment(const JobRef& ref,
                                                                const BlockingQuery& query,
                                                                const Call& call) override;
  Expected<Indexed<Deployment>> ReadDeployment(const std::string& id, const JobRef& job,
                                               const BlockingQuery& query,
                                               const Call& call) override;
  Expected<Indexed<std::vector<Evaluation>>> ListEvaluations(const JobRef& ref,
                                                             const BlockingQuery& query,
                                                             const Call& call) override;
  Expected<std::vector<JobVersion>> ListVersions(const JobRef& ref, const Call& call) override;
  Expected<void> CheckNamespace(const JobRef& place, const Call& call) override;
  Expected<void> Ping(const Call& call) override;
  bool HasSucceeded() const override { return succeeded_.load(); }

 private:
  // One exchange as the endpoints describe it. `object` names what a good answer holds.
  struct Exchange {
    Method method = Method::kGet;
    std::string path;  // encoded, without the query
    std::string_view object;
    std::string_view not_found = {};
    std::string_view right = {};
    JobRef scope = {};  // name space and region; the id is not used
    bool has_name_space = true;
    std::vector<std::pair<std::string_view, std::string>> parameters = {};
    BlockingQuery query = {};
    std::string body = {};
    bool changes_state = false;
    bool is_ping = false;
  };

  Exchange OnJob(const JobRef& ref, std::string_view below, std::string_view object) const;
  std::string Target(const Exchange& exchange) const;
  Attempt AttemptOf(const Exchange& exchange) const;
  tl::expected<HttpAnswer, TransportError> SendOnce(const Exchange& exchange, const Call& call);
  Expected<HttpAnswer> Send(const Exchange& exchange, const Call& call);
  Expected<HttpAnswer> Judge(const Exchange& exchange,
                             tl::expected<HttpAnswer, TransportError> outcome);
  template <class Decode>
  auto Ask(const Exchange& exchange, const Call& call, const Decode& decode)
      -> Expected<Indexed<typename decltype(decode({}))::value_type>>;

  const ConnectionOptions options_;
  const ErrorWriter errors_;
  HttpTransport transport_;
  std::atomic<bool> answered_ = false;  // Nomad itself; until then nothing is repeated
  std::atomic<bool> succeeded_ = false;
};

}  // namespace nmgr::nomad
