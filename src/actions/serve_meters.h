// What is counted of a running daemon where it asks Nomad: the sizes of its variables, and the
// questions that failed.
#pragma once

#include <string>

#include "nmgr/nomad/contact.h"
#include "nmgr/nomad/forwarding_variables.h"
#include "nmgr/serve/metrics.h"

namespace nmgr::actions {

// Hands everything on, and notes how large the variables below `folder` are that it meets.
class MeteredVariables final : public nomad::ForwardingVariables {
 public:
  // All must outlive it. `folder`: "nmgr/serve/I/".
  MeteredVariables(nomad::VariableClient& client, serve::Meters& meters, std::string folder)
      : ForwardingVariables(client), meters_(meters), folder_(std::move(folder)) {}

  Expected<nomad::Indexed<std::optional<nomad::Variable>>> ReadVariable(
      const nomad::VariableRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  nomad::VariableResult<nomad::VariableInfo> WriteVariable(const nomad::VariableRef& ref,
                                                           const nomad::VariableItems& items,
                                                           std::uint64_t index,
                                                           const nomad::Call& call) override;
  nomad::VariableResult<std::string> AcquireLock(const nomad::VariableRef& ref,
                                                 const nomad::VariableItems& items,
                                                 const nomad::LockTerms& terms,
                                                 const nomad::Call& call) override;

 private:
  void Note(const nomad::VariableRef& ref, const nomad::VariableItems& items);

  serve::Meters& meters_;
  const std::string folder_;
};

// The failures that the clients have met with so far.
void CountFailures(const nomad::Contact& contact, serve::Meters& meters);

}  // namespace nmgr::actions
