// What moves in one name space of Nomad, in a thread of its own, for all sources of this copy
// together: one blocking question, and the list of its jobs each time that it answers.
#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "nmgr/actions/action.h"

namespace nmgr::actions {

class NamespaceWatch {
 public:
  // Both are called in the thread of the watch.
  struct Listener {
    std::function<void(bool did)> answered;  // whether Nomad did, each time
    // The IDs of jobs whose row in the list is another one than the time before. Null: of what has
    // moved until now nothing is known.
    std::function<void(const std::set<std::string>* jobs)> moved;
  };

  // `env` must outlive it; ends with its stop.
  NamespaceWatch(Env& env, std::string name_space, Listener listener);

 private:
  void Run();

  Env& env_;
  const std::string name_space_;
  const Listener listener_;
  std::jthread thread_;
};

}  // namespace nmgr::actions
