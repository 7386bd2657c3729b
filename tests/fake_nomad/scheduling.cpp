#include "fake_nomad/scheduling.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "fake_nomad/canonical.h"
#include "fake_nomad/job_diff.h"
#include "fake_nomad/records.h"

namespace nmgr::fake {
namespace {

enum class Change { kNone, kInPlace, kDestructive };

// How allocations of older versions stand to `job`; each version is compared once.
class Comparison {
 public:
  Comparison(const Store& store, const Json& job, std::string group)
      : store_(store), job_(job), group_(std::move(group)) {}

  Change Of(const Json& allocation) {
    const auto version = static_cast<std::uint64_t>(Number(allocation, "JobVersion"));
    const auto known = known_.find(version);
    if (known != known_.end()) return known->second;
    const Doc before = store_.JobVersion(KeyOf(job_), version);
    Change change = Change::kDestructive;
    if (before != nullptr) {
      change = SameButStop(*before)                   ? Change::kNone
               : IsDestructive(*before, job_, group_) ? Change::kDestructive
                                                      : Change::kInPlace;
    }
    return known_[version] = change;
  }

 private:
  bool SameButStop(const Json& before) const {
    if (before["Stop"] == job_["Stop"]) return SameSpec(before, job_);
    Json started = before;
    started["Stop"] = job_["Stop"];
    return SameSpec(started, job_);
  }

  const Store& store_;
  const Json& job_;
  std::string group_;
  std::map<std::uint64_t, Change> known_;
};

// What has ended of a batch job runs once more in each new version (a stop and a start make two);
// of a sysbatch job only where the new version is another spec.
bool RunsAgain(const Json& allocation, Change change, const Json& job) {
  if (Text(job, "Type") == "sysbatch") return change != Change::kNone;
  return IsBatch(job) && Number(allocation, "JobVersion") != Number(job, "Version");
}

void Sort(GroupDecision& decision, const Json& job, const Json& group, std::vector<Doc> existing,
          Comparison& comparison) {
  const int count = IsSystem(job) ? 1 : static_cast<int>(Number(group, "Count"));
  decision.desired_total = count;
  std::sort(existing.begin(), existing.end(),
            [](const Doc& a, const Doc& b) { return NameIndex(*a) < NameIndex(*b); });
  std::set<int> used;
  for (const Doc& allocation : existing) {
    const Change change = comparison.Of(*allocation);
    const bool terminal = IsTerminal(*allocation);
    if (terminal && RunsAgain(*allocation, change, job)) continue;
    if (static_cast<int>(used.size()) >= count || !used.insert(NameIndex(*allocation)).second) {
      if (!terminal) decision.stop.push_back(allocation);
    } else if (change == Change::kNone) {
      decision.ignore.push_back(allocation);
    } else if (change == Change::kInPlace && !terminal) {
      decision.in_place.push_back(allocation);
    } else {
      decision.destructive.push_back(allocation);
    }
  }
  for (int i = 0; static_cast<int>(used.size()) < count; ++i) {
    if (used.insert(i).second) decision.place.push_back(i);
  }
}

// With canaries the old allocations stay until the new ones are promoted.
void HoldForCanaries(GroupDecision& decision, const Json& job, const Json& group) {
  const auto canaries = static_cast<int>(Number(Member(group, "Update"), "Canary"));
  const bool any_live = std::any_of(decision.destructive.begin(), decision.destructive.end(),
                                    [](const Doc& allocation) { return IsLive(*allocation); });
  if (canaries == 0 || IsBatch(job) || IsSystem(job) || !any_live) return;
  decision.canaries = canaries;
  decision.ignore.insert(decision.ignore.end(), decision.destructive.begin(),
                         decision.destructive.end());
  decision.destructive.clear();
}

}  // namespace

Json GroupDecision::Counts() const {
  Json counts = NoUpdates();
  counts["Canary"] = canaries;
  counts["DestructiveUpdate"] = destructive.size();
  counts["Ignore"] = ignore.size();
  counts["InPlaceUpdate"] = in_place.size();
  counts["Place"] = place.size();
  counts["Stop"] = stop.size();
  return counts;
}

bool IsSystem(const Json& job) {
  return Text(job, "Type") == "system" || Text(job, "Type") == "sysbatch";
}
bool IsBatch(const Json& job) {
  return Text(job, "Type") == "batch" || Text(job, "Type") == "sysbatch";
}
bool IsParent(const Json& job) {
  return Member(job, "Periodic").is_object() ||
         (Member(job, "ParameterizedJob").is_object() && !Flag(job, "Dispatched"));
}

bool IsTerminal(const Json& allocation) {
  const std::string& status = Text(allocation, "ClientStatus");
  return status == "complete" || status == "failed" || status == "lost";
}

bool IsLive(const Json& allocation) {
  return Text(allocation, "DesiredStatus") == "run" && !IsTerminal(allocation);
}

int NameIndex(const Json& allocation) {
  const std::string& name = Text(allocation, "Name");
  return std::atoi(name.c_str() + name.rfind('[') + 1);
}

std::vector<GroupDecision> Decide(const Store& store, const Json& job) {
  std::map<std::string, std::vector<Doc>> existing;
  for (const Doc& allocation : store.AllocationsOf(KeyOf(job))) {
    const bool counts = Text(*allocation, "DesiredStatus") == "run";
    // Of a sysbatch job nothing is placed where anything has ended, be it by a stop.
    if (counts || (Text(job, "Type") == "sysbatch" && IsTerminal(*allocation))) {
      existing[Text(*allocation, "TaskGroup")].push_back(allocation);
    }
  }
  std::vector<GroupDecision> decisions;
  if (!Flag(job, "Stop")) {
    for (const Json& group : Member(job, "TaskGroups")) {
      GroupDecision decision;
      decision.group = Text(group, "Name");
      Comparison comparison(store, job, decision.group);
      Sort(decision, job, group, std::move(existing[decision.group]), comparison);
      HoldForCanaries(decision, job, group);
      existing.erase(decision.group);
      decisions.push_back(std::move(decision));
    }
  }
  for (const auto& entry : existing) {
    GroupDecision decision;
    decision.group = entry.first;
    std::copy_if(entry.second.begin(), entry.second.end(), std::back_inserter(decision.stop),
                 [](const Doc& allocation) { return !IsTerminal(*allocation); });
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

Json DesiredUpdates(const std::vector<GroupDecision>& decisions, const Json& job,
                    bool unplaceable) {
  Json updates = Json::object();
  for (const GroupDecision& decision : decisions) {
    Json counts = decision.Counts();
    if (unplaceable && IsSystem(job)) counts["Place"] = 0;
    updates[decision.group] = std::move(counts);
  }
  return updates;
}

}  // namespace nmgr::fake
