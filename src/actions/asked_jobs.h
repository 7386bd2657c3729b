// What targets ask Nomad (state:WORD, node:NAME), answered from the lists that states are judged
// from.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/actions/action.h"
#include "nmgr/repo/live_jobs.h"
#include "nmgr/rollout/namespaces.h"

namespace nmgr::actions {

class AskedJobs final : public repo::LiveJobs {
 public:
  explicit AskedJobs(Env& env) : env_(env), namespaces_(env.jobs) {}

  void AskStates(const std::vector<repo::SpecPtr>& specs) override;
  Expected<std::string> StateOf(const repo::SpecFile& spec) override;
  Expected<std::vector<std::string>> NodesOf(const repo::SpecFile& spec) override;
  // Those that can be told without a plan: all but `differs`.
  std::vector<std::string> StateNames() const override;

  // Whether a question has failed, which ends the selection.
  bool failed() const { return failed_; }

 private:
  // The nodes of each job of one name space in one region.
  using Nodes = std::map<std::string, std::set<std::string>>;
  Expected<Nodes> AskNodes(const nomad::JobRef& ref);

  Env& env_;
  rollout::Namespaces namespaces_;
  std::map<const repo::SpecFile*, Expected<std::string>> states_;
  std::map<nomad::JobRef, Expected<Nodes>> known_nodes_;  // without IDs
  bool failed_ = false;
};

}  // namespace nmgr::actions
