// What nmgr reads of Nomad's objects: the few fields it decides by. Job documents themselves stay
// JSON (RawJob), because the server is the only authority on the job schema.
//
// Names are Nomad's own. Field meanings: https://developer.hashicorp.com/nomad/api-docs and the
// recorded exchanges that the stand-in is tested against.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nmgr::nomad {

// A job document as the API gives and takes it.
using RawJob = nlohmann::json;

// Identity of a job. An empty name space or region means: as the connection is set.
struct JobRef {
  std::string id;
  std::string name_space;
  std::string region;
  friend auto operator<=>(const JobRef&, const JobRef&) = default;
};

// What Nomad has against a job, a sentence each without line breaks.
struct JobVerdict {
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
};

struct TaskImage {
  std::string group;
  std::string task;
  std::string image;  // "" for a task without config.image
  std::string kind;   // "connect-proxy:web" for what Nomad injected
  std::string driver = {};
  bool force_pull = false;
};

struct TaskGroup {
  std::string name;
  int count = 1;
  bool scales = false;       // has an enabled `scaling` block: its live count is not the spec's
  bool has_scaling = false;  // enabled or not
  bool reschedules = true;   // its reschedule policy allows an attempt
  // How long an allocation must run to count as healthy; Nomad's own default.
  std::int64_t min_healthy_ns = 10'000'000'000;
  bool has_foreign_checks = false;  // checks that Consul runs: Nomad cannot be asked for them
};

// A service of a job document.
struct JobService {
  std::string group;
  std::string task;  // "" for one of the group
  std::string name;
  std::string provider;  // "nomad", "consul"
  std::string port;      // its label
};

// GET /v1/job/:id, reduced.
struct Job {
  JobRef ref;
  std::string parent_id;
  std::string type;    // service, batch, system, sysbatch
  std::string status;  // pending, running, dead; misleads, see rollout/state.h
  std::string status_description;
  bool stop = false;
  bool periodic = false;
  bool parameterized = false;  // and not itself dispatched
  std::uint64_t version = 0;
  std::uint64_t job_modify_index = 0;
  std::uint64_t create_index = 0;   // moves when the job was purged and registered again
  std::int64_t submit_time_ns = 0;  // since 1970: when this version was registered; 0: not told
  std::vector<TaskGroup> groups;
  std::vector<TaskImage> tasks;
  std::vector<JobService> services;
};

// One row of GET /v1/jobs.
struct JobSummary {
  JobRef ref;
  std::string parent_id;
  std::string type;
  std::string status;
  bool stop = false;
  bool periodic = false;
  bool parameterized = false;
  std::uint64_t job_modify_index = 0;
  std::uint64_t create_index = 0;
  std::int64_t submit_time_ns = 0;  // since 1970; 0: not told
  std::map<std::string, std::map<std::string, int>>
      groups;  // group -> state ("Running", "Failed") -> n
};

// Why a group's allocations cannot be placed, per constraint (FailedTGAllocs).
struct FailedPlacement {
  std::string group;
  int unplaced = 0;  // CoalescedFailures + 1
  int nodes_evaluated = 0;
  std::map<std::string, int> constraint_filtered;  // "${attr.kernel.name} = windows" -> nodes
  std::map<std::string, int> class_filtered;
  std::map<std::string, int> dimension_exhausted;  // "memory" -> nodes
  std::vector<std::string> quota_exhausted;
};

// POST /v1/job/:id/plan.
struct JobPlan {
  std::string diff_type;               // "None", "Added", "Edited", "Deleted"
  std::uint64_t job_modify_index = 0;  // 0: not registered
  std::map<std::string, std::map<std::string, std::uint64_t>> updates;  // group -> "Place" -> n
  std::vector<FailedPlacement> failed_placements;
  std::string warnings;
  std::string next_periodic_launch;
  std::shared_ptr<const nlohmann::json> diff;  // the Diff object, for display
  std::size_t diff_digest = 0;                 // of a diff that is not kept any longer
  // Not asked for in this run: it showed no difference once (rollout/plan_memory.h), and says no
  // more than that.
  bool remembered = false;
};

struct TaskEvent {
  std::string type;     // "Terminated", "Driver Failure"
  std::string message;  // DisplayMessage
  std::int64_t time_ns = 0;
  std::optional<int> exit_code;
  bool fails_task = false;
};

struct TaskState {
  std::string name;
  std::string state;  // pending, running, dead
  bool failed = false;
  int restarts = 0;
  std::vector<TaskEvent> events;  // oldest first
  std::string started_at = {};    // by the clock of its client: another one is another start
};

// Rows of GET /v1/job/:id/allocations and GET /v1/allocation/:id.
struct Allocation {
  std::string id;
  std::string name;
  std::string job_id;
  std::string name_space;
  std::string group;
  std::string node_name;
  std::string evaluation_id;
  std::string deployment_id;
  std::string followup_evaluation_id;  // the delayed one that is to replace it
  std::string next_allocation_id;      // what replaced it
  std::string client_status;           // pending, running, complete, failed, lost, unknown
  std::string desired_status;          // run, stop, evict
  std::string client_description;
  std::uint64_t job_version = 0;
  std::uint64_t create_index = 0;
  std::optional<bool> healthy;  // DeploymentStatus.Healthy
  bool is_to_move = false;      // a drain or an order to reschedule is about to replace it
  std::vector<TaskState> tasks;

  // complete, failed or lost: no task of it runs any more.
  bool IsTerminal() const;
};

// One check of /v1/client/allocation/:id/checks: those that Nomad itself runs.
struct CheckResult {
  std::string name;
  std::string task;    // "" for one of a group's service
  std::string status;  // success, failure, pending
  std::string output;
};

// GET /v1/evaluation/:id.
struct Evaluation {
  std::string id;
  std::string job_id;
  std::string name_space;
  std::string status;  // pending, blocked, complete, failed, canceled
  std::string status_description;
  std::string type;
  std::string deployment_id;
  std::string next_eval;
  std::string blocked_eval;
  std::vector<FailedPlacement> failed_placements;
  std::uint64_t job_modify_index = 0;  // of the job when it was asked for; 0: not told
  std::uint64_t create_index = 0;
};

struct DeploymentGroup {
  std::string name;
  int desired_total = 0;
  int placed = 0;
  int healthy = 0;
  int unhealthy = 0;
  int desired_canaries = 0;
  bool promoted = false;
  bool auto_promote = false;
};

// GET /v1/deployment/:id and /v1/job/:id/deployment.
struct Deployment {
  std::string id;
  std::string job_id;
  std::string name_space;
  std::string
      status;  // running, successful, failed, cancelled, paused, pending, blocked, unblocking
  std::string status_description;
  std::uint64_t job_version = 0;
  std::uint64_t job_modify_index = 0;  // of the job when it began (JobSpecModifyIndex)
  std::uint64_t create_index = 0;
  std::vector<DeploymentGroup> groups;
};

// One row of GET /v1/job/:id/versions.
struct JobVersion {
  std::uint64_t version = 0;
  bool stable = false;
  bool stop = false;
  std::vector<TaskImage> tasks = {};
  std::uint64_t job_modify_index = 0;
  std::int64_t submit_time_ns = 0;                  // since 1970; 0: not told
  std::shared_ptr<const RawJob> document = {};      // the whole of it
  std::shared_ptr<const nlohmann::json> diff = {};  // to the one before it, if that is kept
};

// One row of GET /v1/job/:id/services: where an allocation answers, as Nomad's own register has it.
struct ServiceInstance {
  std::string name;
  std::string allocation_id;
  std::string address;
  int port = 0;
  std::vector<std::string> tags;
};

// What an author submitted, kept beside the job so that Nomad's UI shows it.
struct Submission {
  std::string source;
  std::string format = "hcl2";  // or "json"
  std::map<std::string, std::string> variable_flags;
  std::string variables;
};

struct RegisterRequest {
  RawJob job;
  std::uint64_t job_modify_index = 0;  // always enforced; 0 means: must not exist
  Submission submission;
};

// Answer of register, stop, revert. An empty evaluation ID is normal for periodic and parameterized
// jobs, and for the stop of a job that does not exist.
struct WriteResult {
  std::string evaluation_id;
  std::uint64_t job_modify_index = 0;
  std::uint64_t index = 0;
  std::string warnings;
};

// What may change in a name space, for whoever waits until something does.
enum class NamespaceTable { kJobs, kAllocations, kDeployments };

// A digest of what POST /v1/jobs/statuses says of a job (its version, its allocations, its latest
// deployment): where two are equal, nothing of that has changed. Nothing: the answer has no row of
// it, which proves nothing.
using JobStanding = std::optional<std::size_t>;

// A read that can be waited on: `index` is X-Nomad-Index, the state's version. Pass it to the next
// BlockingQuery to wait for a change.
template <class T>
struct Indexed {
  T value;
  std::uint64_t index = 0;  // at least 1
  // Whether the answer had an index that can be waited on. Without one (a proxy that drops the
  // header, a zero, no number) a query would come back at once: pause instead.
  bool has_index = true;
};

}  // namespace nmgr::nomad
