// Fills a job in, as Nomad does before it plans or stores one: defaults of every block, policies
// inherited from job to group to task, and what the server itself adds (the default identity,
// Connect sidecars, the constraint of Nomad's own service discovery).
//
// Two specs mean the same to Nomad exactly if their canonical forms are equal, so plan and register
// compare only these.
#pragma once

#include "fake_nomad/json.h"

namespace nmgr::fake {

// `job` in the shape of the API, with members null or absent; anything but an object gives an empty
// job. Members that it does not know are kept as they are.
Json Canonical(Json job);

// True if both canonical jobs are the same spec: what the server sets itself (indexes, status,
// version, submit time) does not count, but Stop does.
bool SameSpec(const Json& a, const Json& b);

}  // namespace nmgr::fake
