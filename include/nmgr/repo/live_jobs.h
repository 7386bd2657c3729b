// What only Nomad can say of a job, for the targets that ask it. Nobody is asked before a target
// does; an answer that cannot be had is an Error and ends the selection, since "not failed" would
// be a guess.
#pragma once

#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/repo/repo.h"

namespace nmgr::repo {

class LiveJobs {
 public:
  virtual ~LiveJobs() = default;

  // Asks for the states of all of them together. Before StateOf, once.
  virtual void AskStates(const std::vector<SpecPtr>& specs) = 0;

  // Called by one thread at a time.
  virtual Expected<std::string> StateOf(const SpecFile& spec) = 0;  // one word of StateNames()
  // Names of the nodes on which an allocation of it, or of a job that it launched, still may run.
  virtual Expected<std::vector<std::string>> NodesOf(const SpecFile& spec) = 0;

  virtual std::vector<std::string> StateNames() const = 0;
};

}  // namespace nmgr::repo
