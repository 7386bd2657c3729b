// Nomad's facts about a failure as sentences: why nothing can be placed, how a task ended, what a
// plan would do. Pure text; the words are Nomad's own where it has some.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/nomad/types.h"
#include "nmgr/rollout/state.h"

namespace nmgr::rollout {

// "group app: 1 allocation cannot be placed: 3 nodes looked at, constraint ${attr.kernel.name} =
// windows rules out 2, memory exhausted on 1".
std::string DescribePlacement(const nomad::FailedPlacement& placement);
std::vector<std::string> DescribePlacements(const std::vector<nomad::FailedPlacement>& placements);

// "group db runs 0 of 1, group web runs 2 of 3".
std::string DescribeShortGroups(const std::vector<ShortGroup>& groups);

// What brings a job back that nothing else helps, and what of it that stops: "nmgr down -p web &&
// nmgr up web starts it anew, and stops what runs: group g". `name`: as a target.
std::string AnewHint(const std::string& name, const nomad::Job& job,
                     const std::vector<nomad::Allocation>& allocations);

// One line for each task that failed in these allocations, with its last events and exit code; one
// for an allocation that failed or is unhealthy without a task that says why. The newest
// allocations come first; after `most` lines the rest is counted.
std::vector<std::string> DescribeFailures(const std::vector<const nomad::Allocation*>& allocations,
                                          std::size_t most = 6);

// A task that does not stay up.
struct Crash {
  std::string group;
  std::string task;
  std::string what;      // "exits with 127", "does not start: Failed to pull `x`: no such image"
  int times = 1;         // over all allocations of its group
  std::string alloc;     // ID of the newest allocation that shows it
  bool is_only = false;  // the allocation has no other task
  bool ran = true;       // the task has run there, so it may have written something
  bool runs = false;     // it runs there again
};

// Whether the task has ever run in its allocation.
bool HasStarted(const nomad::TaskState& task);

// "Driver Failure: Failed to pull `x`: no such image": its last `most` events that say something,
// oldest first; "" where none does.
std::string LastEvents(const nomad::TaskState& task, std::size_t most);

// Of each group the task that came down most often, of all these allocations (not only the newest
// of each place), by group. A last exit of 0 counts only where Nomad restarted the task after it.
std::vector<Crash> CrashesByGroup(const std::vector<const nomad::Allocation*>& allocations);

// The worst of them, and of those of all groups.
std::optional<Crash> WorstOf(const std::vector<Crash>& crashes);
std::optional<Crash> WorstCrash(const std::vector<const nomad::Allocation*>& allocations);

// "task gitea exits with 127, 3 times"
std::string DescribeCrash(const Crash& crash);

// What shows more of it: "nmgr logs gitea --alloc 789ec5f3 --stderr", or "nmgr status gitea" where
// it never ran and so has no log. `job`: as a target.
std::string MoreCommand(const Crash& crash, const std::string& job);

// "allocation 52d6eff2 on node1 is pending, task server: Driver: Downloading image": what
// allocations that do not run yet wait for.
std::vector<std::string> DescribePending(const std::vector<const nomad::Allocation*>& allocations,
                                         std::size_t most = 6);

// Tasks of these allocations that have not ended; an allocation that says nothing of its tasks
// counts for one.
std::size_t CountTasks(const std::vector<const nomad::Allocation*>& allocations);

// "2 tasks still ending"
std::string EndingTasks(std::size_t tasks);

// A plan makes a difference if a field changes in its diff, at whatever depth. What annotations or
// the next launch of an unchanged periodic job say never does, nor a block that is called edited
// without anything changed in it.
bool PlanDiffers(const nomad::JobPlan& plan);

// The first eight characters of an ID, as Nomad's own tools show it.
std::string ShortId(const std::string& id);

}  // namespace nmgr::rollout
