// One job of the simulated Nomad, and what may happen to it. Its parser reads what it needs of a
// flat spec line by line: group, task, image, type, count, periodic.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::rollout::testing {

struct SimulatedJob {
  nomad::Job job;
  std::string text;
  std::vector<nomad::Allocation> allocations;
  std::optional<nomad::Deployment> deployment;
  std::map<std::string, nomad::Deployment> deployments;
  std::vector<nomad::Evaluation> evaluations;  // newest first
  std::deque<std::function<void(SimulatedJob&)>> future;

  nomad::Evaluation& EvaluationOf(const std::string& id) {
    for (nomad::Evaluation& evaluation : evaluations) {
      if (evaluation.id == id) return evaluation;
    }
    return evaluations.emplace_back();
  }
  void EndDeployment(const std::string& status, const std::string& description = {}) {
    deployment->status = status;
    deployment->status_description = description;
    deployments[deployment->id] = *deployment;
  }
};

// Ready-made futures.
struct Futures {
  static void Healthy(SimulatedJob& job) {
    if (job.job.periodic || job.job.parameterized) return;
    const bool batch = job.job.type == "batch" || job.job.type == "sysbatch";
    job.future.push_back([](SimulatedJob& it) { SetAll(it, "running"); });
    job.future.push_back([batch](SimulatedJob& it) {
      if (batch) SetAll(it, "complete");
      for (nomad::Allocation& allocation : it.allocations) {
        if (!batch && allocation.job_version == it.job.version) allocation.healthy = true;
      }
      if (batch) it.job.status = "dead";
      if (it.deployment) it.EndDeployment("successful", "Deployment completed successfully");
    });
  }
  static void Fails(SimulatedJob& job) {
    job.future.push_back([](SimulatedJob& it) {
      SetAll(it, "failed");
      for (nomad::Allocation& allocation : it.allocations) {
        if (allocation.job_version != it.job.version) continue;
        if (it.deployment) allocation.healthy = false;
        nomad::TaskEvent event{"Terminated", "Exit Code: 1", 1, 1, false};
        allocation.tasks = {nomad::TaskState{"server", "dead", true, 0, {event}}};
      }
      it.job.status = "dead";
      if (it.deployment) it.EndDeployment("failed", "Failed due to unhealthy allocations");
    });
  }
  static nomad::FailedPlacement MissingDrivers() {
    nomad::FailedPlacement placement;
    placement.group = "g";
    placement.unplaced = 1;
    placement.nodes_evaluated = 1;
    placement.constraint_filtered = {{"missing drivers", 1}};
    return placement;
  }
  static void Never(SimulatedJob& job) {
    job.allocations.clear();
    job.evaluations.front().failed_placements = {MissingDrivers()};
    nomad::Evaluation blocked;
    blocked.id = "blocked-" + job.job.ref.id;
    blocked.status = "blocked";
    blocked.failed_placements = {MissingDrivers()};
    job.evaluations.front().blocked_eval = blocked.id;
    job.evaluations.push_back(blocked);
  }
  static void Nothing(SimulatedJob&) {}

  static void SetAll(SimulatedJob& it, const std::string& status) {
    for (nomad::Allocation& allocation : it.allocations) {
      if (allocation.job_version != it.job.version || allocation.desired_status != "run") continue;
      allocation.client_status = status;
    }
  }

  // The tasks of an allocation, or one of them, start once more.
  static void StartAgain(SimulatedJob& job, const std::string& id, const std::string& task = {}) {
    for (nomad::Allocation& allocation : job.allocations) {
      if (allocation.id != id) continue;
      for (nomad::TaskState& state : allocation.tasks) {
        if (!task.empty() && state.name != task) continue;
        state.state = "running";
        state.started_at += "+";
        ++state.restarts;
      }
    }
  }
};

inline nomad::Job Parse(const std::string& id, const std::string& text) {
  nomad::Job job;
  job.ref.id = id;
  job.type = "service";
  std::istringstream lines(text);
  std::string group;
  std::string task;
  const auto quoted = [](const std::string& line) {
    const std::size_t from = line.find('"');
    return line.substr(from + 1, line.rfind('"') - from - 1);
  };
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find_first_not_of(' ');
    if (at == std::string::npos) continue;
    const std::string word = line.substr(at, line.find_first_of(" ={", at) - at);
    if (word == "group") job.groups.push_back({group = quoted(line), 1});
    if (word == "count") job.groups.back().count = std::stoi(line.substr(line.find('=') + 1));
    if (word == "task") task = quoted(line);
    if (word == "image") job.tasks.push_back({group, task, quoted(line), ""});
    if (word == "type") job.type = quoted(line);
    if (word == "periodic") job.periodic = true;
    if (word == "parameterized") job.parameterized = true;
  }
  return job;
}

}  // namespace nmgr::rollout::testing
