#include "nmgr/rollout/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "nmgr/base/text.h"
#include "nmgr/nomad/json_fields.h"
#include "nmgr/repo/target.h"

namespace nmgr::rollout {
namespace {

// Steps that every task goes through: they explain nothing.
bool IsRoutine(const nomad::TaskEvent& event) {
  constexpr std::array<std::string_view, 4> kRoutine = {"Received", "Task Setup", "Started",
                                                        "Restarting"};
  return std::find(kRoutine.begin(), kRoutine.end(), event.type) != kRoutine.end();
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : TrimBlanks(text)) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  return line;
}

std::string DescribeEvent(const nomad::TaskEvent& event) {
  const std::string message = OneLine(event.message);
  if (message.empty() || message == event.type) return event.type;
  return event.type + ": " + message;
}

std::string WhereItRan(const nomad::Allocation& allocation) {
  std::string where = "allocation " + ShortId(allocation.id);
  if (!allocation.node_name.empty()) where += " on " + allocation.node_name;
  return where;
}

void AppendTaskFailures(const nomad::Allocation& allocation, std::vector<std::string>& lines) {
  const std::size_t before = lines.size();
  for (const nomad::TaskState& task : allocation.tasks) {
    if (!task.failed) continue;
    std::string line = "task " + task.name + " failed (" + WhereItRan(allocation);
    if (task.restarts > 0) line += ", " + Count(static_cast<std::size_t>(task.restarts), "restart");
    line += ")";
    const std::string events = LastEvents(task, 3);
    if (!events.empty()) line += ": " + events;
    lines.push_back(std::move(line));
  }
  if (lines.size() != before) return;
  std::string line =
      WhereItRan(allocation) + (allocation.client_status == "failed" ? " failed" : " is unhealthy");
  for (const nomad::TaskState& task : allocation.tasks) {
    const std::string events = LastEvents(task, 2);
    if (!events.empty()) line += ", task " + task.name + ": " + events;
  }
  if (allocation.tasks.empty() && !allocation.client_description.empty()) {
    line += ": " + OneLine(allocation.client_description);
  }
  lines.push_back(std::move(line));
}

// How one task of one allocation came down.
struct Fall {
  std::string what;
  int times = 0;
};

bool KeepsFromStarting(const nomad::TaskEvent& event) {
  constexpr std::array<std::string_view, 4> kTypes = {
      "Driver Failure", "Setup Failure", "Failed Artifact Download", "Failed Validation"};
  return std::find(kTypes.begin(), kTypes.end(), event.type) != kTypes.end();
}

std::string Exits(const nomad::TaskEvent& event) {
  std::string text = "exits with " + std::to_string(*event.exit_code);
  if (event.message.find("OOM") != std::string::npos) text += " (out of memory)";
  return text;
}

// Nomad restarts what does not pass its check: that is the task's own fault.
bool IsOfCheck(const nomad::TaskEvent& event) {
  return event.message.find("healthcheck") != std::string::npos;
}

// What a task is taken down for that has done nothing: another one has failed, or somebody asks.
bool IsTakenDown(const nomad::TaskEvent& event) {
  constexpr std::array<std::string_view, 5> kTypes = {
      "Restart Signaled", "Killing", "Sibling Task Failed", "Leader Task Dead", "Main Tasks Dead"};
  return std::find(kTypes.begin(), kTypes.end(), event.type) != kTypes.end();
}

// Restarts counts every restart, those that somebody asked for too; the fall after the last of them
// is one more.
Fall FallOf(const nomad::TaskState& task) {
  Fall fall;
  bool by_check = false;
  bool taken_down = false;  // it ends for the sake of others
  bool went_down = false;   // so it has ended
  bool fell = false;
  int asked = 0;
  for (const nomad::TaskEvent& event : task.events) {
    if (event.type == "Restarting") {
      if (std::exchange(went_down, false)) ++asked;
      fell = false;
    } else if (IsTakenDown(event)) {
      by_check = by_check || IsOfCheck(event);
      taken_down = !by_check;
    } else if (event.type == "Terminated" && event.exit_code) {
      went_down = std::exchange(taken_down, false);
      by_check = false;
      if (went_down) continue;
      fall.what = Exits(event);
      fell = true;
    } else if (KeepsFromStarting(event)) {
      fall.what = "does not start: " + OneLine(event.message.empty() ? event.type : event.message);
      fell = true;
    }
  }
  const bool ended_well = fall.what == "exits with 0" && task.restarts == 0 && !task.failed;
  if (fall.what.empty() || ended_well) return {};
  fall.times = std::max(task.restarts - asked, fell ? 0 : 1) + (fell ? 1 : 0);
  return fall;
}

// What runs again now explains less than what does not.
bool IsLesser(const Crash& a, const Crash& b) {
  return std::pair(!a.runs, a.times) < std::pair(!b.runs, b.times);
}

std::vector<std::string> AtMost(std::vector<std::string> lines, std::size_t most) {
  if (lines.size() <= most) return lines;
  const std::size_t left = lines.size() - most;
  lines.resize(most);
  lines.push_back("and " + std::to_string(left) + " more");
  return lines;
}

// Nomad calls a job, a group or an object "Edited" that has nothing changed inside: a `scaling`
// block does so after every register.
bool HasChangedField(const nlohmann::json& diff) {
  constexpr std::array<const char*, 4> kParts = {"Fields", "Objects", "TaskGroups", "Tasks"};
  return std::any_of(kParts.begin(), kParts.end(), [&](const char* part) {
    const nlohmann::json& list = nomad::Member(diff, part);
    const bool fields = part == kParts.front();
    return list.is_array() &&
           std::any_of(list.begin(), list.end(), [fields](const nlohmann::json& entry) {
             const std::string type = nomad::Text(entry, "Type");
             if (type.empty() || type == "None") return false;
             return fields || HasChangedField(entry);
           });
  });
}

std::string NodesPhrase(const nomad::FailedPlacement& placement) {
  if (placement.nodes_evaluated == 0) return "no node is eligible in its pool and datacenters";
  return Count(static_cast<std::size_t>(placement.nodes_evaluated), "node") + " looked at";
}

}  // namespace

std::string LastEvents(const nomad::TaskState& task, std::size_t most) {
  std::vector<std::string> parts;
  for (auto event = task.events.rbegin(); event != task.events.rend() && parts.size() < most;
       ++event) {
    if (!IsRoutine(*event)) parts.push_back(DescribeEvent(*event));
  }
  std::reverse(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return Join(parts, "; ");
}

bool HasStarted(const nomad::TaskState& task) {
  return !task.started_at.empty() ||
         std::any_of(task.events.begin(), task.events.end(), [](const nomad::TaskEvent& event) {
           return event.type == "Started" || event.exit_code;
         });
}

std::string DescribePlacement(const nomad::FailedPlacement& placement) {
  std::vector<std::string> parts = {NodesPhrase(placement)};
  for (const auto& [constraint, nodes] : placement.constraint_filtered) {
    parts.push_back("constraint \"" + constraint + "\" rules out " + std::to_string(nodes));
  }
  for (const auto& [node_class, nodes] : placement.class_filtered) {
    parts.push_back("class \"" + node_class + "\" ruled out on " + std::to_string(nodes));
  }
  for (const auto& [dimension, nodes] : placement.dimension_exhausted) {
    parts.push_back(dimension + " exhausted on " + std::to_string(nodes));
  }
  for (const std::string& quota : placement.quota_exhausted) {
    parts.push_back("quota " + quota + " exhausted");
  }
  const auto unplaced = static_cast<std::size_t>(std::max(placement.unplaced, 1));
  return "group " + placement.group + ": " + Count(unplaced, "allocation") +
         " cannot be placed: " + Join(parts, ", ");
}

std::vector<std::string> DescribePlacements(const std::vector<nomad::FailedPlacement>& placements) {
  std::vector<std::string> lines;
  for (const nomad::FailedPlacement& placement : placements) {
    lines.push_back(DescribePlacement(placement));
  }
  return lines;
}

std::string DescribeShortGroups(const std::vector<ShortGroup>& groups) {
  std::vector<std::string> parts;
  for (const ShortGroup& group : groups) {
    parts.push_back(fmt::format(
        "group {} runs {} of {}{}", group.name, group.running, group.wanted,
        group.older == 0 ? "" : fmt::format(" (and {} of an older version)", group.older)));
  }
  return Join(parts, ", ");
}

std::string AnewHint(const std::string& name, const nomad::Job& job,
                     const std::vector<nomad::Allocation>& allocations) {
  std::vector<std::string> running;
  for (const nomad::TaskGroup& group : job.groups) {
    const bool runs = std::any_of(allocations.begin(), allocations.end(), [&](const auto& it) {
      return it.group == group.name && it.client_status == "running" && it.desired_status == "run";
    });
    if (runs) running.push_back(group.name);
  }
  std::string hint =
      fmt::format("nmgr down -p {0} && nmgr up {0} starts it anew", repo::TypedTarget(name));
  if (running.empty()) return hint;
  return hint + ", and stops what runs: " + (running.size() == 1 ? "group " : "groups ") +
         Join(running, ", ");
}

std::vector<std::string> DescribeFailures(const std::vector<const nomad::Allocation*>& allocations,
                                          std::size_t most) {
  std::vector<std::string> lines;
  for (auto it = allocations.rbegin(); it != allocations.rend(); ++it) {
    const nomad::Allocation& allocation = **it;
    const bool task_failed = std::any_of(allocation.tasks.begin(), allocation.tasks.end(),
                                         [](const nomad::TaskState& task) { return task.failed; });
    const bool unhealthy = allocation.healthy.has_value() && !*allocation.healthy;
    if (allocation.client_status == "failed" || unhealthy || task_failed) {
      AppendTaskFailures(allocation, lines);
    }
  }
  return AtMost(std::move(lines), most);
}

std::vector<Crash> CrashesByGroup(const std::vector<const nomad::Allocation*>& allocations) {
  std::vector<const nomad::Allocation*> ordered = allocations;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto* a, const auto* b) { return a->create_index < b->create_index; });
  std::map<std::pair<std::string, std::string>, Crash> crashes;  // by group and task
  for (const nomad::Allocation* allocation : ordered) {
    if (allocation->desired_status == "stop" && allocation->client_status != "failed") continue;
    for (const nomad::TaskState& task : allocation->tasks) {
      Fall fall = FallOf(task);
      if (fall.times == 0) continue;
      Crash& crash = crashes[{allocation->group, task.name}];
      const int before = crash.alloc.empty() ? 0 : crash.times;
      crash = {allocation->group,    task.name,
               std::move(fall.what), before + fall.times,
               allocation->id,       allocation->tasks.size() == 1,
               HasStarted(task),     task.state == "running"};
    }
  }
  std::vector<Crash> worst;  // of each group
  for (auto& [place, crash] : crashes) {
    if (worst.empty() || worst.back().group != crash.group) {
      worst.push_back(std::move(crash));
    } else if (IsLesser(worst.back(), crash)) {
      worst.back() = std::move(crash);
    }
  }
  return worst;
}

std::optional<Crash> WorstOf(const std::vector<Crash>& crashes) {
  const auto worst = std::max_element(crashes.begin(), crashes.end(), IsLesser);
  return worst == crashes.end() ? std::nullopt : std::optional<Crash>(*worst);
}

std::optional<Crash> WorstCrash(const std::vector<const nomad::Allocation*>& allocations) {
  return WorstOf(CrashesByGroup(allocations));
}

std::string MoreCommand(const Crash& crash, const std::string& job) {
  if (!crash.ran) return "nmgr status " + repo::TypedTarget(job);
  const std::string command =
      "nmgr logs " + repo::TypedTarget(job) + " --alloc " + ShortId(crash.alloc);
  return command + (crash.is_only ? "" : " --task " + ShellWord(crash.task)) + " --stderr";
}

std::string DescribeCrash(const Crash& crash) {
  std::string text = "task " + crash.task + " " + crash.what;
  if (crash.times > 1) text += ", " + std::to_string(crash.times) + " times";
  return text;
}

std::vector<std::string> DescribePending(const std::vector<const nomad::Allocation*>& allocations,
                                         std::size_t most) {
  std::vector<std::string> lines;
  for (const nomad::Allocation* allocation : allocations) {
    std::string line = WhereItRan(*allocation) + " is " + allocation->client_status;
    for (const nomad::TaskState& task : allocation->tasks) {
      if (!task.events.empty()) {
        line += ", task " + task.name + ": " + DescribeEvent(task.events.back());
      }
    }
    lines.push_back(std::move(line));
  }
  return AtMost(std::move(lines), most);
}

std::size_t CountTasks(const std::vector<const nomad::Allocation*>& allocations) {
  std::size_t tasks = 0;
  for (const nomad::Allocation* allocation : allocations) {
    const auto alive = std::count_if(allocation->tasks.begin(), allocation->tasks.end(),
                                     [](const auto& task) { return task.state != "dead"; });
    tasks += std::max<std::size_t>(static_cast<std::size_t>(alive), 1);
  }
  return tasks;
}

std::string EndingTasks(std::size_t tasks) { return Count(tasks, "task") + " still ending"; }

bool PlanDiffers(const nomad::JobPlan& plan) {
  if (plan.diff_type != "Edited" || plan.diff == nullptr) return plan.diff_type != "None";
  return HasChangedField(*plan.diff);
}

std::string ShortId(const std::string& id) { return id.substr(0, 8); }

}  // namespace nmgr::rollout
