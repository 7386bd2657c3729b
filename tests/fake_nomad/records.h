// Builds the documents that scheduling creates, member for member as the real server shows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fake_nomad/json.h"
#include "fake_nomad/store.h"

namespace nmgr::fake {

// The one node of the stand-in cluster.
inline constexpr const char* kNodeId = "013797d0-bb9c-7cbe-7a32-75c9e8d610f8";
inline constexpr const char* kNodeName = "vm";

// An evaluation that has not run: `trigger` is "job-register", "job-deregister", "periodic-job",
// "deployment-watcher", ...
Json NewEvaluation(std::string id, const Json& job, const char* trigger, Nanos now);

// Allocation `name_index` of `group` ("job.group[0]"), placed and waiting to start.
Json NewAllocation(std::string id, const Json& job, const Json& group, int name_index,
                   const std::string& evaluation, const std::string& deployment, Nanos now);

Json NewDeployment(std::string id, const Json& job, Nanos now);

// The TaskGroups entry of a deployment.
Json NewDeploymentGroup(const Json& group, int desired_total, int canaries);

// All twelve counts of DesiredTGUpdates, at zero.
Json NoUpdates();

// Why a group cannot be placed: a driver that no node has, as a real server names it.
Json FailedPlacement(const Json& job);

// One entry of a task's Events. `extra` replaces members ("ExitCode", "Details", ...).
Json TaskEvent(const char* type, const std::string& display_message, Nanos now,
               const Json& extra = {});

// Adds `event` to every task of an allocation.
void AddTaskEvent(Json& allocation, const Json& event);

// Sets the state of every task: "pending", "running", "dead".
void SetTasks(Json& allocation, const char* state, Nanos now, bool failed = false);

}  // namespace nmgr::fake
