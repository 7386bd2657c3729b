#include "fake_nomad/store.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace nmgr::fake {
namespace {

JobKey OwnerOf(const Json& record) { return {Text(record, "Namespace"), Text(record, "JobID")}; }

}  // namespace

JobKey KeyOf(const Json& job) { return {Text(job, "Namespace"), Text(job, "ID")}; }

std::string Store::NewId() {
  const std::uint64_t high = random_();
  const std::uint64_t low = random_();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high >> 16U) & 0xffffU,
                static_cast<unsigned>(high) & 0xffffU, static_cast<unsigned>(low >> 48U),
                static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text.data();
}

Doc Store::Job(const JobKey& key) const {
  const auto found = jobs_.find(key);
  return found == jobs_.end() ? nullptr : found->second.versions.front();
}

Doc Store::JobAsRegistered(const JobKey& key, std::uint64_t version) const {
  const auto job = jobs_.find(key);
  if (job == jobs_.end()) return nullptr;
  const auto found = job->second.as_registered.find(version);
  return found == job->second.as_registered.end() ? nullptr : found->second;
}

Doc Store::JobVersion(const JobKey& key, std::uint64_t version) const {
  for (const Doc& job : Versions(key)) {
    if (static_cast<std::uint64_t>(Number(*job, "Version")) == version) return job;
  }
  return nullptr;
}

std::vector<Doc> Store::Versions(const JobKey& key) const {
  const auto found = jobs_.find(key);
  return found == jobs_.end() ? std::vector<Doc>{} : found->second.versions;
}

std::vector<Doc> Store::Jobs() const {
  std::vector<Doc> jobs;
  jobs.reserve(jobs_.size());
  for (const auto& entry : jobs_) jobs.push_back(entry.second.versions.front());
  return jobs;
}

Doc Store::Submission(const JobKey& key, std::uint64_t version) const {
  const auto job = jobs_.find(key);
  if (job == jobs_.end()) return nullptr;
  const auto found = job->second.submissions.find(version);
  return found == job->second.submissions.end() ? nullptr : found->second;
}

void Store::PutJob(Json job, std::string_view event) {
  const JobKey key = KeyOf(job);
  JobRecord& record = jobs_[key];
  std::vector<Doc>& versions = record.versions;
  job["CreateIndex"] = versions.empty() ? Json(index_) : versions.front()->at("CreateIndex");
  job["ModifyIndex"] = index_;
  const std::int64_t version = Number(job, "Version");
  const Doc doc = MakeDoc(std::move(job));
  record.as_registered.try_emplace(static_cast<std::uint64_t>(version), doc);
  const auto same = std::find_if(versions.begin(), versions.end(), [version](const Doc& known) {
    return Number(*known, "Version") == version;
  });
  if (same != versions.end()) {
    *same = doc;
  } else {
    versions.insert(versions.begin(), doc);
  }
  indexes_[key].job = tables_.job = index_;
  AddEvent({index_, "Job", std::string(event), key.id, key.ns, {}, doc, false});
}

void Store::PutSubmission(const JobKey& key, std::uint64_t version, Doc submission) {
  jobs_.at(key).submissions[version] = std::move(submission);
}

void Store::Purge(const JobKey& key, std::string_view event) {
  const Doc job = Job(key);
  if (job == nullptr) return;
  AddEvent({index_, "Job", std::string(event), key.id, key.ns, {}, job, true});
  jobs_.erase(key);
  const Members members = std::exchange(members_[key], {});
  for (const std::string& id : members.allocations) allocations_.erase(id);
  for (const std::string& id : members.evaluations) evaluations_.erase(id);
  for (const std::string& id : members.deployments) deployments_.erase(id);
  indexes_[key] = tables_ = {index_, index_, index_, index_};
}

std::vector<Doc> Store::AllocationsOf(const JobKey& key) const {
  const auto found = members_.find(key);
  return found == members_.end() ? std::vector<Doc>{}
                                 : Collect(allocations_, found->second.allocations);
}

std::vector<Doc> Store::EvaluationsOf(const JobKey& key) const {
  const auto found = members_.find(key);
  return found == members_.end() ? std::vector<Doc>{}
                                 : Collect(evaluations_, found->second.evaluations);
}

std::vector<Doc> Store::DeploymentsOf(const JobKey& key) const {
  const auto found = members_.find(key);
  return found == members_.end() ? std::vector<Doc>{}
                                 : Collect(deployments_, found->second.deployments);
}

void Store::PutAllocation(Json allocation, std::string_view event) {
  const JobKey key = OwnerOf(allocation);
  const Doc doc = Put(allocations_, members_[key].allocations, std::move(allocation));
  indexes_[key].allocations = tables_.allocations = index_;
  AddEvent({index_,
            "Allocation",
            std::string(event),
            Text(*doc, "ID"),
            key.ns,
            {key.id, Text(*doc, "DeploymentID")},
            doc,
            false});
}

void Store::PutEvaluation(Json evaluation, std::string_view event) {
  const JobKey key = OwnerOf(evaluation);
  const Doc doc = Put(evaluations_, members_[key].evaluations, std::move(evaluation));
  indexes_[key].evaluations = tables_.evaluations = index_;
  AddEvent({index_,
            "Evaluation",
            std::string(event),
            Text(*doc, "ID"),
            key.ns,
            {key.id, Text(*doc, "DeploymentID")},
            doc,
            false});
}

void Store::PutDeployment(Json deployment, std::string_view event) {
  const JobKey key = OwnerOf(deployment);
  const Doc doc = Put(deployments_, members_[key].deployments, std::move(deployment));
  indexes_[key].deployments = tables_.deployments = index_;
  AddEvent(
      {index_, "Deployment", std::string(event), Text(*doc, "ID"), key.ns, {key.id}, doc, false});
}

JobIndexes Store::IndexesOf(const JobKey& key) const {
  const auto found = indexes_.find(key);
  return found == indexes_.end() ? JobIndexes{} : found->second;
}

Doc Store::Find(const Table& table, const std::string& id) {
  const auto found = table.find(id);
  return found == table.end() ? nullptr : found->second;
}

std::vector<Doc> Store::Collect(const Table& table, const std::vector<std::string>& ids) {
  std::vector<Doc> records;
  records.reserve(ids.size());
  for (const std::string& id : ids) records.push_back(table.at(id));
  return records;
}

Doc Store::Put(Table& table, std::vector<std::string>& ids, Json record) {
  const std::string id = Text(record, "ID");
  if (table.find(id) == table.end()) {
    record["CreateIndex"] = index_;
    ids.push_back(id);
  }
  record["ModifyIndex"] = index_;
  return table[id] = MakeDoc(std::move(record));
}

void Store::AddEvent(Event event) {
  events_.push_back(std::move(event));
  if (events_.size() > kEventBuffer) events_.pop_front();
}

}  // namespace nmgr::fake
