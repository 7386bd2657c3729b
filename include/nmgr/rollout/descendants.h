// What a periodic or parameterized job has launched. A job that is both has grandchildren: each
// dispatch is a periodic job of its own, which launches further ones. Nomad stops none of them with
// their parent.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::rollout {

// Of the rows of one namespace those that descend from `ancestor`, by ParentID alone and to the end
// (an ID that merely begins like it belongs to somebody else); parents before their children.
std::vector<nomad::JobSummary> Descendants(const nomad::JobRef& ancestor,
                                           const std::vector<nomad::JobSummary>& jobs);

// What a descendant is shown as where its ancestor is shown as `name`: "prod/backup/periodic-1" for
// "prod/backup".
std::string DescendantName(const std::string& name, const nomad::JobRef& ancestor,
                           const std::string& id);

// Whether tasks of the job may run or may still be started. A stopped job is "dead" as soon as
// Nomad has worked on the stop, while its tasks still end: the counts of its allocations show that.
bool MayRun(const nomad::JobSummary& job);

// Those of `jobs` that may run.
std::vector<nomad::JobSummary> Running(std::vector<nomad::JobSummary> jobs);

// Jobs that may run and whose names say that they descend from one of `family` (IDs), while their
// own parent is no longer registered: Nomad has collected what would prove it.
std::vector<nomad::JobSummary> Strays(const std::vector<std::string>& family,
                                      const std::vector<nomad::JobSummary>& jobs);

// Those of `ancestor` and its `descendants`.
std::vector<nomad::JobSummary> StraysOf(const nomad::JobRef& ancestor,
                                        const std::vector<nomad::JobSummary>& descendants,
                                        const std::vector<nomad::JobSummary>& jobs);

// All of the rows that `ancestor` has launched and that may run, strays last.
std::vector<nomad::JobSummary> RunningLaunches(const nomad::JobRef& ancestor,
                                               const std::vector<nomad::JobSummary>& jobs);

}  // namespace nmgr::rollout
