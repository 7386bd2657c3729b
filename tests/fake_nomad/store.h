// The tables of the stand-in: jobs with their versions, allocations, evaluations, deployments, and
// the log of events, under one Raft-like index that every write raises.
//
// Only stores: what a registration or a stop means is in cluster.h. A write sets ModifyIndex (and
// CreateIndex of a new record) of the document it is given, and adds an event of the given type.
// Not thread-safe: it belongs to the server's one thread.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fake_nomad/json.h"

namespace nmgr::fake {

struct JobKey {
  std::string ns;
  std::string id;
  auto operator<=>(const JobKey&) const = default;
};

JobKey KeyOf(const Json& job);

// What can change about one job, for blocking queries: the last index that touched each. Survives a
// purge, so that an index never goes down.
struct JobIndexes {
  std::uint64_t job = 0;
  std::uint64_t allocations = 0;
  std::uint64_t evaluations = 0;
  std::uint64_t deployments = 0;
};

struct Event {
  std::uint64_t index = 0;
  std::string topic;  // "Job", "Allocation", "Evaluation", "Deployment"
  std::string type;   // "JobRegistered", "PlanResult", ...
  std::string key;
  std::string ns;
  std::vector<std::string> filter_keys;
  Doc payload;
  bool deleted = false;  // the payload is a job that is no more
};

class Store {
 public:
  explicit Store(std::uint64_t seed) : random_(seed) {}

  std::uint64_t index() const { return index_; }
  // Begins the next write; every Put until the following call carries this index.
  std::uint64_t NextIndex() { return ++index_; }

  std::string NewId();

  // Null where there is none.
  Doc Job(const JobKey& key) const;
  Doc JobVersion(const JobKey& key, std::uint64_t version) const;
  // As it was when it became the newest: allocations show this copy of their job.
  Doc JobAsRegistered(const JobKey& key, std::uint64_t version) const;
  std::vector<Doc> Versions(const JobKey& key) const;  // newest first
  std::vector<Doc> Jobs() const;                       // sorted by namespace and ID
  Doc Submission(const JobKey& key, std::uint64_t version) const;

  // Adds a version, or replaces the one that has its number. All are kept: allocations refer to
  // them.
  void PutJob(Json job, std::string_view event);
  void PutSubmission(const JobKey& key, std::uint64_t version, Doc submission);
  // Removes the job, its versions, submissions, allocations, evaluations and deployments.
  void Purge(const JobKey& key, std::string_view event);

  Doc Allocation(const std::string& id) const { return Find(allocations_, id); }
  Doc Evaluation(const std::string& id) const { return Find(evaluations_, id); }
  Doc Deployment(const std::string& id) const { return Find(deployments_, id); }

  // In the order of creation.
  std::vector<Doc> AllocationsOf(const JobKey& key) const;
  std::vector<Doc> EvaluationsOf(const JobKey& key) const;
  std::vector<Doc> DeploymentsOf(const JobKey& key) const;

  void PutAllocation(Json allocation, std::string_view event);
  void PutEvaluation(Json evaluation, std::string_view event);
  void PutDeployment(Json deployment, std::string_view event);

  JobIndexes IndexesOf(const JobKey& key) const;
  // Last index that touched any job, allocation, ...
  const JobIndexes& table_indexes() const { return tables_; }

  // Oldest first; at most kEventBuffer of them, as on a real server.
  const std::deque<Event>& events() const { return events_; }
  static constexpr std::size_t kEventBuffer = 100;

 private:
  struct JobRecord {
    std::vector<Doc> versions;  // newest first
    std::map<std::uint64_t, Doc> as_registered;
    std::map<std::uint64_t, Doc> submissions;
  };
  struct Members {
    std::vector<std::string> allocations;
    std::vector<std::string> evaluations;
    std::vector<std::string> deployments;
  };
  using Table = std::unordered_map<std::string, Doc>;

  static Doc Find(const Table& table, const std::string& id);
  static std::vector<Doc> Collect(const Table& table, const std::vector<std::string>& ids);
  Doc Put(Table& table, std::vector<std::string>& ids, Json record);
  void AddEvent(Event event);

  std::uint64_t index_ = 1;
  std::mt19937_64 random_;
  std::map<JobKey, JobRecord> jobs_;
  std::map<JobKey, Members> members_;
  std::map<JobKey, JobIndexes> indexes_;
  JobIndexes tables_ = {1, 1, 1, 1};
  Table allocations_;
  Table evaluations_;
  Table deployments_;
  std::deque<Event> events_;
};

}  // namespace nmgr::fake
