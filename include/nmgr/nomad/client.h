// The HTTP API of a Nomad agent, as far as nmgr uses it.
//
// JobClient is the seam: HttpClient (nomad/http_client.h) speaks HTTP, tests may stand in. All
// calls block, take a Call with a deadline and a stop token, and may be made from several threads
// at once.
//
// Every failure is an Error whose message holds the method, the endpoint and Nomad's own words:
//   kUnreachable  no answer of Nomad's own: refused, DNS, TLS, a lost connection, a leader change,
//                 a web page; 429; repeated before, see below
//   kForbidden    403
//   kNotFound     404 on a named object
//   kConflict     register: the job changed since it was planned (Nomad says 500 with
//                 "Enforcing job modify index")
//   kRejected     any other refusal: a spec the schema does not allow, an unknown namespace
//   kTimedOut     the deadline passed;  kInterrupted: the stop token
// A question that fails is never "absent".
//
// What passes by itself (connection refused, 429, 502 to 504, a leader change in 500, and a refused
// token within twenty seconds after one of these but 429: a server that has just come back) is
// repeated with jitter, once Nomad has answered in this run, for as long as the Patience of the
// Call allows. Retry-After is heeded. A write is sent again only where nothing can have been done
// (429, nobody there); where it may have been, its Error is in_doubt.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/base/expected.h"
#include "nmgr/nomad/types.h"

namespace nmgr::nomad {

// What is asked again, and how long.
enum class Patience {
  kBrief,   // what passes by itself, for the retry window of a single question
  kServed,  // what passes by itself, until the deadline: for who acts, and outlives a server's
            // restart
  // Of waits: until the deadline whatever is not Nomad's own word on the question, a web page or
  // half an answer too. Means kServed for writes.
  kWait
};

struct Call {
  TimePoint deadline = TimePoint::max();
  std::stop_token stop;
  Patience patience = Patience::kBrief;
};

// Asks the server to answer when its state passes `index`, or after `wait`. index 0 answers at
// once.
struct BlockingQuery {
  std::uint64_t index = 0;
  Duration wait{60'000};
};

class JobClient {
 public:
  virtual ~JobClient() = default;

  // POST /v1/jobs/parse, not canonicalised. `flat_hcl` holds no variables and no functions. The
  // server asks for the right to parse in the name space of `ref`; its id is for messages only.
  virtual Expected<RawJob> ParseJob(const JobRef& ref, const std::string& flat_hcl,
                                    const Call& call) = 0;

  // POST /v1/job/:id/plan with Diff. Changes nothing.
  virtual Expected<JobPlan> PlanJob(const JobRef& ref, const RawJob& job, const Call& call) = 0;

  // POST /v1/validate/job: what registering would refuse beyond the schema. Changes nothing.
  virtual Expected<JobVerdict> ValidateJob(const JobRef& ref, const RawJob& job,
                                           const Call& call) = 0;

  // POST /v1/jobs with EnforceIndex.
  virtual Expected<WriteResult> RegisterJob(const JobRef& ref, const RegisterRequest& request,
                                            const Call& call) = 0;

  // POST /v1/job/:id/revert: registers `version` once more, stopped if it was. kConflict where the
  // job is not at `prior_version` any more.
  virtual Expected<WriteResult> RevertJob(const JobRef& ref, std::uint64_t version,
                                          std::uint64_t prior_version, const Call& call) = 0;

  // DELETE /v1/job/:id. A purge deletes the allocation records at once, while tasks may still run:
  // stop first, wait, then purge.
  virtual Expected<WriteResult> StopJob(const JobRef& ref, bool purge, const Call& call) = 0;

  // GET /v1/job/:id; kNotFound if there is none.
  virtual Expected<Indexed<Job>> ReadJob(const JobRef& ref, const BlockingQuery& query,
                                         const Call& call) = 0;

  // GET /v1/jobs?prefix=. `name_space` "*" is all that the token may list; absence proves nothing
  // then.
  virtual Expected<Indexed<std::vector<JobSummary>>> ListJobs(const std::string& name_space,
                                                              const std::string& region,
                                                              const std::string& prefix,
                                                              const Call& call) = 0;

  // GET /v1/evaluation/:id. `job`: whose it is, since the server asks for the right to read in that
  // name space, and region; likewise below.
  virtual Expected<Indexed<Evaluation>> ReadEvaluation(const std::string& id, const JobRef& job,
                                                       const BlockingQuery& query,
                                                       const Call& call) = 0;

  // GET /v1/job/:id/allocations: of all versions of the job as it is registered now, ended ones
  // included.
  virtual Expected<Indexed<std::vector<Allocation>>> ListAllocations(const JobRef& ref,
                                                                     const BlockingQuery& query,
                                                                     const Call& call) = 0;

  // GET /v1/job/:id/deployment (latest; nothing if it has none) and /v1/deployment/:id.
  virtual Expected<Indexed<std::optional<Deployment>>> LatestDeployment(const JobRef& ref,
                                                                        const BlockingQuery& query,
                                                                        const Call& call) = 0;
  virtual Expected<Indexed<Deployment>> ReadDeployment(const std::string& id, const JobRef& job,
                                                       const BlockingQuery& query,
                                                       const Call& call) = 0;

  // GET /v1/job/:id/evaluations, newest first.
  virtual Expected<Indexed<std::vector<Evaluation>>> ListEvaluations(const JobRef& ref,
                                                                     const BlockingQuery& query,
                                                                     const Call& call) = 0;

  // GET /v1/allocations?task_states=false, /v1/deployments and /v1/evaluations?status=blocked of a
  // whole name space, page by page; `name_space` and `region` "" mean as the connection is set. The
  // allocations have no task states.
  virtual Expected<std::vector<Allocation>> ListAllAllocations(const std::string& name_space,
                                                               const std::string& region,
                                                               const Call& call) = 0;
  virtual Expected<std::vector<Deployment>> ListAllDeployments(const std::string& name_space,
                                                               const std::string& region,
                                                               const Call& call) = 0;
  virtual Expected<std::vector<Evaluation>> ListBlockedEvaluations(const std::string& name_space,
                                                                   const std::string& region,
                                                                   const Call& call) = 0;

  // POST /v1/job/:id/evaluate with ForceReschedule: replaces failed allocations now, whatever their
  // delay. It has no check-and-set, so the job is to be read first. kRejected for a periodic job.
  virtual Expected<WriteResult> EvaluateJob(const JobRef& ref, const Call& call) = 0;

  // POST /v1/deployment/promote/:id, all groups. kRejected where its canaries are not healthy.
  virtual Expected<WriteResult> PromoteDeployment(const std::string& id, const JobRef& job,
                                                  const Call& call) = 0;

  // GET /v1/client/allocation/:id/checks: what the checks that Nomad runs say now. Asked of the
  // client, so it fails where that cannot be reached.
  virtual Expected<std::vector<CheckResult>> ReadChecks(const std::string& allocation_id,
                                                        const JobRef& job, const Call& call) = 0;

  // PUT /v1/client/allocation/:id/restart: one task, or with "" all that run, where they are. Sent
  // on to the client, which answers when they are down, so a long kill_timeout may cost the answer.
  // The job stays as it is. kRejected: no such task, or an allocation that is not to run.
  virtual Expected<void> RestartAllocation(const std::string& allocation_id,
                                           const std::string& task, const JobRef& job,
                                           const Call& call) = 0;

  // POST /v1/allocation/:id/stop: ends it, and has the scheduler place another in its stead, maybe
  // on another node. The job stays as it is.
  virtual Expected<WriteResult> StopAllocation(const std::string& allocation_id, const JobRef& job,
                                               const Call& call) = 0;

  // GET /v1/job/:id/versions?diffs=true, newest first.
  virtual Expected<std::vector<JobVersion>> ListVersions(const JobRef& ref, const Call& call) = 0;

  // GET /v1/job/:id/services: those that Nomad itself keeps. Consul's are not among them.
  virtual Expected<std::vector<ServiceInstance>> ListServices(const JobRef& ref,
                                                              const Call& call) = 0;

  // A blocking GET of /v1/jobs (which the counts of their allocations wake too), /v1/allocations or
  // /v1/deployments of the name space and region of `place`, of which only the index is of
  // interest: as little as possible is asked for beside it.
  virtual Expected<Indexed<NamespaceTable>> AwaitChange(NamespaceTable table, const JobRef& place,
                                                        const BlockingQuery& query,
                                                        const Call& call) = 0;

  // A blocking POST /v1/jobs/statuses for all of `jobs` at once, in whatever name spaces of one
  // region: where each of them stands, in their order. It comes back at a register, another state
  // or a restart of an allocation, a change of the deployment and a purge of one of these jobs, and
  // at nothing else; the index is that of these jobs. kNotFound: this server is not asked that way
  // (before Nomad 1.8).
  virtual Expected<Indexed<std::vector<JobStanding>>> AwaitJobs(const std::vector<JobRef>& jobs,
                                                                const BlockingQuery& query,
                                                                const Call& call) = 0;

  // GET /v1/namespace/:name, of the name space of `place` (its id is not looked at). kNotFound:
  // Nomad does not have it; kForbidden: the token has no right at all in it. "default" always
  // exists and is not asked for.
  virtual Expected<void> CheckNamespace(const JobRef& place, const Call& call) = 0;

  // GET /v1/status/leader: whether a Nomad with a leader answers. For --wait-server. Needs no
  // token, so it says nothing of rights. Never repeated: the caller waits as long as it wants to.
  virtual Expected<void> Ping(const Call& call) = 0;
};

}  // namespace nmgr::nomad
