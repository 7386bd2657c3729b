// Whether the namespaces of jobs exist. Nomad answers a question about a job in a namespace that it
// does not have with "job not found", which must not be taken for "not registered".
#pragma once

#include <map>
#include <mutex>

#include "nmgr/base/expected.h"
#include "nmgr/nomad/client.h"

namespace nmgr::rollout {

// Asks once for each namespace and region of a run; may be used from several threads at once.
class Namespaces {
 public:
  explicit Namespaces(nomad::JobClient& client) : client_(client) {}

  // To be asked where Nomad says that it has no such job: nothing if that can be believed. An Error
  // where the namespace does not exist, may not be read by the token, or could not be asked for.
  Expected<void> CheckAbsent(const nomad::JobRef& job, const nomad::Call& call);

 private:
  nomad::JobClient& client_;
  std::mutex mutex_;
  std::map<nomad::JobRef, Expected<void>> known_;  // by namespace and region
};

}  // namespace nmgr::rollout
