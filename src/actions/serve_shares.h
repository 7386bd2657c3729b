// Sees to it that this copy leads its part of the sources: asks the copies that lead too many
// (sync/lease.h), in a thread of its own.
//
// It asks when it has led too few for one TTL of a lease, so that who comes and goes moves nothing;
// then again after a pause that doubles, up to ten minutes: a leader may be in the middle of a
// rollout, or count otherwise.
#pragma once

#include <stop_token>
#include <thread>

#include "nmgr/actions/action.h"
#include "nmgr/sync/lease.h"

namespace nmgr::actions {

class ServeShares {
 public:
  // Both must outlive it; ends with the stop of `env`.
  ServeShares(Env& env, const sync::LeaseShares& shares);

 private:
  void Run();
  void Ask(const std::string& source);

  Env& env_;
  const sync::LeaseShares& shares_;
  std::jthread thread_;
};

}  // namespace nmgr::actions
