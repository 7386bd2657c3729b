// All there is to know of one job: what its evidence leaves out, asked of it alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nmgr/rollout/facts.h"
#include "nmgr/rollout/past_run.h"

namespace nmgr::rollout {

struct JobDetail {
  JobEvidence evidence;  // with task events; no evaluations; checks of whatever runs
  std::vector<nomad::ServiceInstance> services;
  std::vector<nomad::JobVersion> versions;  // only where something of it runs an older one
  std::vector<nomad::JobSummary> children;  // its descendants, also those that have ended
  std::vector<Error> missing;               // what could not be asked; the rest stands
  std::optional<PastRun> run;  // of nmgr, that brought the job to where it is: for who looks it up
};

// Of a job that is registered (facts.live).
JobDetail AskDetail(const JobFacts& facts, nomad::JobClient& client, const nomad::Call& call);

// Of these only what runs: its allocations, with the tasks' states, and the versions.
JobDetail AskRunning(const JobFacts& facts, nomad::JobClient& client, const nomad::Call& call);

// The image of one task: in its spec, in the registered job, and in what runs. An image is known by
// its name alone: whether the tag has moved since nobody has asked.
struct TaskImages {
  std::string group;
  std::string task;
  std::string spec;                  // "" where the spec has no such task, or none with an image
  std::string registered;            // likewise
  std::vector<std::string> running;  // each once; "?" of a version that Nomad no longer keeps
};

// Tasks of the spec in its order, then registered ones that it does not name.
std::vector<TaskImages> ImagesOf(const JobFacts& facts, const JobDetail& detail);
// The same with the images of a spec that does not evaluate as a whole, as far as they are known.
std::vector<TaskImages> ImagesOf(const std::vector<jobspec::Image>& spec, const JobFacts& facts,
                                 const JobDetail& detail);

}  // namespace nmgr::rollout
