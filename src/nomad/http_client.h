// JobClient over HTTP: endpoints, query parameters, retries, and what an answer means.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode.h"
#include "http_errors.h"
#include "http_transport.h"
#include "nmgr/nomad/client.h"
#include "nmgr/nomad/connection.h"
#include "nmgr/nomad/contact.h"
#include "retries.h"

namespace nmgr::nomad {

class HttpClient : public JobClient {
 public:
  explicit HttpClient(ClientOptions options);

  Expected<RawJob> ParseJob(const JobRef& ref, const std::string& flat_hcl,
                            const Call& call) override;
  Expected<JobPlan> PlanJob(const JobRef& ref, const RawJob& job, const Call& call) override;
  Expected<JobVerdict> ValidateJob(const JobRef& ref, const RawJob& job, const Call& call) override;
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
  Expected<std::vector<Allocation>> ListAllAllocations(const std::string& name_space,
                                                       const std::string& region,
                                                       const Call& call) override;
  Expected<std::vector<Deployment>> ListAllDeployments(const std::string& name_space,
                                                       const std::string& region,
                                                       const Call& call) override;
  Expected<std::vector<Evaluation>> ListBlockedEvaluations(const std::string& name_space,
                                                           const std::string& region,
                                                           const Call& call) override;
  Expected<WriteResult> EvaluateJob(const JobRef& ref, const Call& call) override;
  Expected<WriteResult> PromoteDeployment(const std::string& id, const JobRef& job,
                                          const Call& call) override;
  Expected<std::vector<CheckResult>> ReadChecks(const std::string& allocation_id, const JobRef& job,
                                                const Call& call) override;
  Expected<void> RestartAllocation(const std::string& allocation_id, const std::string& task,
                                   const JobRef& job, const Call& call) override;
  Expected<std::vector<JobVersion>> ListVersions(const JobRef& ref, const Call& call) override;
  Expected<void> CheckNamespace(const JobRef& place, const Call& call) override;
  Expected<void> Ping(const Call& call) override;

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
    std::optional<Error> refusal = {};  // why it cannot be asked at all
  };

  static Exchange PingExchange();
  Expected<void> ReadPing(const tl::expected<HttpAnswer, TransportError>& outcome);
  // What the right to read jobs in the name space of `scope` is enough for.
  static Exchange Reading(std::string path, std::string_view object, JobRef scope);
  // `exchange` as one that sends `body`, for which `right` is needed.
  static Exchange Posting(Exchange exchange, std::string_view right, std::string body);
  Exchange OnJob(const JobRef& ref, std::string_view below, std::string_view object) const;
  std::string Target(const Exchange& exchange) const;
  Attempt AttemptOf(const Exchange& exchange) const;
  tl::expected<HttpAnswer, TransportError> SendOnce(const Exchange& exchange, const Call& call);
  // For everything but a 2xx.
  Failure Judge(const Exchange& exchange, const tl::expected<HttpAnswer, TransportError>& outcome);
  Failure Misread(const Exchange& exchange, const HttpAnswer& answer, Misfit misfit) const;
  bool MayBeElecting(const Failure& failure, const Retries& retries);
  bool AskAgain(const Exchange& exchange, const Failure& failure, Retries& retries);
  // The exchange, repeated where that helps, and what `read` makes of the body of a good answer.
  // `next_token`: where the next page begins, "" at the end.
  template <class T>
  Expected<Indexed<T>> AskFor(
      const Exchange& exchange, const Call& call,
      const std::function<tl::expected<T, Misfit>(const std::string& body)>& read,
      std::string* next_token = nullptr);
  // For one document.
  template <class Decode>
  auto Ask(const Exchange& exchange, const Call& call, const Decode& decode)
      -> Expected<Indexed<typename decltype(decode({}))::value_type>>;
  // For what changes the state and answers as a register does.
  Expected<WriteResult> Write(Exchange exchange, const Call& call);
  // For a list, of which only what `decode` takes of each row is ever held.
  template <class T>
  Expected<Indexed<std::vector<T>>> AskRows(const Exchange& exchange, const Call& call,
                                            std::optional<T> (*decode)(const nlohmann::json&)) {
    return AskFor<std::vector<T>>(
        exchange, call, [decode](const std::string& body) { return DecodeRows<T>(body, decode); });
  }

  // Every page of a list.
  template <class T>
  Expected<std::vector<T>> AskPages(Exchange exchange, const Call& call,
                                    std::optional<T> (*decode)(const nlohmann::json&));

  // What there is once the connection settings are known.
  struct Wire {
    Wire(ConnectionOptions given, int max_connections)
        : options(std::move(given)), errors(options), transport(options, max_connections) {}
    const ConnectionOptions options;
    const ErrorWriter errors;
    HttpTransport transport;
  };
  // Reads the settings and waits for the server, both at the first call alone.
  Expected<void> Connect(const Call& call);
  Expected<void> AwaitServer(const std::stop_token& stop);

  const ClientOptions given_;
  std::mutex connecting_;
  bool connected_ = false;
  Error no_connection_;
  std::unique_ptr<Wire> wire_;  // fixed once it is there
  // Nomad itself; until then nothing is repeated, save that an election is waited for once.
  std::atomic<bool> answered_ = false;
  std::atomic<bool> election_awaited_ = false;
};

}  // namespace nmgr::nomad
