// The least that some requests can cost: a bare loop of libcurl that sends them again and parses
// what comes back.
#pragma once

#include <string>
#include <vector>

#include "support/fake_nomad_process.h"

namespace nmgr::bench {

// Seconds for all of `requests` to `address`, over `connections` at once, each answer parsed as
// JSON. In the order of the list; what a request would have waited for is not waited for. Throws
// std::runtime_error where one gets no answer.
double ReplaySeconds(const std::string& address,
                     const std::vector<testing::FakeNomadRequest>& requests, int connections);

}  // namespace nmgr::bench
