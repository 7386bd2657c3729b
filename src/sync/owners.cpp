#include "nmgr/sync/owners.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nmgr::sync {
namespace {

constexpr const char* kNotRead = "it has not been read";

}  // namespace

void JobOwners::Add(const std::string& source) {
  Owner owner;
  owner.source = source;
  owner.unclear = {kNotRead};
  const std::lock_guard lock(mutex_);
  owners_.push_back(std::move(owner));
}

void JobOwners::Drop(std::string_view source) {
  const std::lock_guard lock(mutex_);
  std::erase_if(owners_, [&](const Owner& owner) { return owner.source == source; });
}

std::set<std::string> JobOwners::Looked(std::string_view source, const Tree* tree) {
  std::set<JobKey> named;
  std::vector<std::string> unclear = {kNotRead};
  if (tree != nullptr) {
    unclear = tree->unclear;
    for (const repo::SelectedJob& job : tree->selection.jobs) {
      if (!job.id().empty()) named.insert(KeyOf(*job.spec, tree->repo));
    }
  }
  const std::lock_guard lock(mutex_);
  Owner& owner = OwnerOf(source);
  std::vector<JobKey> moved;
  std::set_symmetric_difference(owner.named.begin(), owner.named.end(), named.begin(), named.end(),
                                std::back_inserter(moved));
  owner.named = std::move(named);
  owner.unclear = std::move(unclear);
  std::set<std::string> concerned;
  for (const Owner& other : owners_) {
    const bool owns =
        std::any_of(moved.begin(), moved.end(), [&](const JobKey& key) { return other.Owns(key); });
    if (owns && other.source != source) concerned.insert(other.source);
  }
  return concerned;
}

void JobOwners::Synced(std::string_view source, const std::vector<JobStatus>& jobs) {
  std::set<JobKey> decided;
  for (const JobStatus& job : jobs) decided.insert({job.name_space, job.id});
  const std::lock_guard lock(mutex_);
  Owner& owner = OwnerOf(source);
  owner.synced = true;
  owner.decided = std::move(decided);
}

std::set<std::string> JobOwners::Of(std::string_view name_space,
                                    const std::set<std::string>* jobs) const {
  std::set<std::string> sources;
  const std::lock_guard lock(mutex_);
  for (const Owner& owner : owners_) {
    const auto owns = [&](const std::string& id) {
      return owner.Owns({std::string(name_space), id});
    };
    if (jobs == nullptr ? owner.synced : std::any_of(jobs->begin(), jobs->end(), owns)) {
      sources.insert(owner.source);
    }
  }
  return sources;
}

Claims JobOwners::Known() const {
  Claims claims;
  const std::lock_guard lock(mutex_);
  for (const Owner& owner : owners_) {
    for (const JobKey& key : owner.named) claims.names[key].push_back(owner.source);
    if (!owner.unclear.empty()) claims.unclear[owner.source] = owner.unclear;
  }
  return claims;
}

bool JobOwners::Owner::Owns(const JobKey& job) const {
  return named.contains(job) || decided.contains(job);
}

JobOwners::Owner& JobOwners::OwnerOf(std::string_view source) {
  return *std::find_if(owners_.begin(), owners_.end(),
                       [&](const Owner& owner) { return owner.source == source; });
}

}  // namespace nmgr::sync
