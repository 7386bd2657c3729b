// What Nomad has and no spec of the repository describes: `list --orphans`, and rows of `status`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/selection.h"

namespace nmgr::actions {

// Registered jobs without a spec, in the namespaces and regions of the specs and of the connection;
// what a periodic or parameterized job has launched is none; nor is, once that job is gone, what
// has ended of it, which is counted. `detailed`: with type, status and namespace.
ExitCode ListOrphans(Env& env, bool detailed);

// Registered jobs of which none of `specs` (those of the whole repository) is, in those namespaces
// and regions, which their refs name. One that a spec with faults may be about, whatever namespace
// it names, is none; nor is a launch that has ended. By one list a namespace.
Expected<std::vector<nomad::JobSummary>> FindOrphans(Env& env,
                                                     const std::vector<repo::SpecPtr>& specs);

// What they are shown as: as job:ID takes them, with the namespace where it is not that of the run
// or the ID stands in several.
std::vector<std::string> OrphanNames(const Env& env, const std::vector<nomad::JobRef>& orphans,
                                     const std::vector<nomad::JobRef>& described);

// "prod/web" as the job "web" of the namespace "prod".
std::optional<nomad::JobRef> InNamespace(const std::string& word);

// Finds in Nomad the jobs of `selection` that are named by job:ID and have no spec.
// job:NAMESPACE/ID is the job ID of that namespace where no job has the whole for its ID, also one
// whose spec cannot be read. kNotFound where Nomad has no such job or namespace, kUsage where it
// has both.
Expected<void> LocateOrphans(Env& env, repo::Selection& selection);

}  // namespace nmgr::actions
