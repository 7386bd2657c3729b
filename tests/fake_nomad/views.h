// Answers about the state, in the shapes of the HTTP API.
#pragma once

#include <string>

#include "fake_nomad/json.h"
#include "fake_nomad/store.h"

namespace nmgr::fake {

// /v1/job/:id/summary; also inside a list entry.
Json JobSummary(const Store& store, const Json& job);

// An entry of /v1/jobs.
Json JobStub(const Store& store, const Json& job, bool with_meta);

// An entry of /v1/jobs/statuses.
Json JobStatus(const Store& store, const Json& job);

// An entry of a list of allocations.
Json AllocationStub(const Json& allocation);

// /v1/allocation/:id: with its job and resources.
Json AllocationRead(const Store& store, const Json& allocation);

// /v1/job/:id/versions.
Json JobVersions(const Store& store, const JobKey& key, std::size_t most, bool with_diffs);

// An event of /v1/event/stream.
Json EventJson(const Store& store, const Event& event);

}  // namespace nmgr::fake
