// How jobs stand, for people and for programs.
//
//   JOB    TYPE     STATE    HEALTHY  DRIFT       VERSION  AGE  REASON
//   gitea  service  failed   0/1      -           3        2d   task gitea exits with 127, 3 times
//   web    service  differs  2/2      image+spec  0        5h   nginx 1.26 -> 1.27 and 1 other ...
//   cron   batch    running  1 run    -           1        9d
//
// DRIFT is what differs between the spec and the registered job: its images, and by its plan
// anything else; "?" where no plan could be had, "invalid" or "several" where there is no one spec
// to compare with, "no spec" for a job that is in Nomad alone.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nmgr/base/clock.h"
#include "nmgr/report/graph.h"
#include "nmgr/report/reporter.h"
#include "nmgr/report/shape.h"
#include "nmgr/rollout/detail.h"
#include "nmgr/rollout/standing.h"

namespace nmgr::report {

struct StatusRow {
  const rollout::JobFacts* facts = nullptr;  // not owned
  rollout::Standing standing;
  std::string type;  // service, batch, ...; "" where nobody knows
};

// Why somebody should look at the job, the most telling first; none where nothing is wrong.
std::vector<std::string> ReasonsOf(const StatusRow& row);

// The table, rows as they come, and on stderr how many jobs there are of each state; or the
// document.
void ReportStatus(Reporter& out, const std::vector<StatusRow>& rows, WallTime now);

// One element of "jobs".
nlohmann::json ToJson(const StatusRow& row);
// What both of these make.
JsonFields StatusFields();

// All there is to know of one job: how it stands and what it comes after (`after`: the graph with
// these edges alone), then a table each of its groups, allocations with
// their tasks and last events, deployment, checks, services, images, and of what it has launched.
// The same document, with further members of the one element of "jobs".
void ReportDetail(Reporter& out, const StatusRow& row, const rollout::JobDetail& detail,
                  const Graph& after, WallTime now);
JsonFields DetailFields();

// The cells of DRIFT and HEALTHY.
std::string DriftCell(const StatusRow& row);
std::string HealthCell(const StatusRow& row);

// "45s", "12m", "5h", "3d": how long ago `ns` (since 1970) was; "-" for 0.
std::string AgeWords(std::int64_t ns, WallTime now);

}  // namespace nmgr::report
