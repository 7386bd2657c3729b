// The wait for what Nomad places in the stead of an allocation that was stopped.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nmgr/nomad/types.h"
#include "nmgr/rollout/wait.h"
#include "rollout/job_run.h"

namespace nmgr::rollout {

// The min_healthy_time of a group of the job; ten seconds, as Nomad has it, for one that it lacks.
Duration MinHealthyTime(const nomad::Job& job, const std::string& group);

// Knows the other allocation by its name and by not having been there before. Not for system jobs:
// Nomad places nothing in the stead of what was stopped of them. It counts once it has run for
// min_healthy_time without a restart; what Nomad calls unhealthy does not, nor what fails.
class ReplacementWait {
 public:
  // `known`: all allocations of the job before `old` was stopped.
  ReplacementWait(const JobRun& run, const nomad::Allocation& old,
                  const std::vector<nomad::Allocation>& known);

  // Follows the evaluation, where there is one: what it cannot place is told, and waited for.
  WaitResult Wait(const std::string& evaluation_id);

  bool WasStopped() const { return stopped_; }
  // "web.main[0] (1a2b3c4d on node1)"; "" where there is none yet.
  const std::string& replacement() const { return name_; }

 private:
  std::optional<WaitResult> Follow(const std::string& evaluation_id);
  std::optional<WaitResult> Look(const std::vector<nomad::Allocation>& allocations);
  const nomad::Allocation* FindNew(const std::vector<nomad::Allocation>& allocations) const;
  WaitResult CameDown(const nomad::Allocation& row, const std::string& how) const;
  Duration LeftOf(TimePoint since) const;

  const JobRun& run_;
  nomad::Allocation old_;
  std::set<std::string> known_;
  std::vector<std::string> unplaced_;
  Duration settle_;
  bool stopped_ = false;
  std::string id_;
  std::string name_;
  std::optional<TimePoint> well_since_;
};

}  // namespace nmgr::rollout
