// The diff of two jobs in the shape of Nomad's plan, and the marks that its scheduler adds to it.
#pragma once

#include <string>

#include "fake_nomad/json.h"

namespace nmgr::fake {

// Both in canonical form; null for one that does not exist (not both).
Json DiffJobs(const Json& before, const Json& after);

// True if the change between these two versions of a job replaces the allocations of `group`, and
// does not merely update them where they are.
bool IsDestructive(const Json& before, const Json& after, const std::string& group);

// Adds what a plan shows beyond the bare difference: `updates` (DesiredTGUpdates, by group) as the
// Updates of each group, and the annotations of counts and tasks ("forces create", ...).
void Annotate(Json& diff, const Json& updates);

}  // namespace nmgr::fake
