// What is counted of a running daemon where it asks Nomad: the sizes of its variables, and the
// questions that failed.
#pragma once

#include <string>

#include "nmgr/nomad/contact.h"
#include "nmgr/nomad/variable_client.h"
#include "nmgr/serve/metrics.h"

namespace nmgr::actions {

// Hands everything on, and notes how large the variables below `folder` are that it meets.
class MeteredVariables final : public nomad::VariableClient {
 public:
  // All must outlive it. `folder`: "nmgr/serve/I/".
  MeteredVariables(nomad::VariableClient& client, serve::Meters& meters, std::string folder)
      : client_(client), meters_(meters), folder_(std::move(folder)) {}

  Expected<nomad::Indexed<std::vector<nomad::VariableInfo>>> ListVariables(
      const nomad::VariableRef& prefix, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  Expected<nomad::Indexed<std::optional<nomad::Variable>>> ReadVariable(
      const nomad::VariableRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override;
  nomad::VariableResult<nomad::VariableInfo> WriteVariable(const nomad::VariableRef& ref,
                                                           const nomad::VariableItems& items,
                                                           std::uint64_t index,
                                                           const nomad::Call& call) override;
  nomad::VariableResult<void> DeleteVariable(const nomad::VariableRef& ref, std::uint64_t index,
                                             const nomad::Call& call) override;
  nomad::VariableResult<std::string> AcquireLock(const nomad::VariableRef& ref,
                                                 const nomad::VariableItems& items,
                                                 const nomad::LockTerms& terms,
                                                 const nomad::Call& call) override;
  nomad::VariableResult<void> RenewLock(const nomad::VariableRef& ref, const std::string& id,
                                        const nomad::Call& call) override;
  nomad::VariableResult<void> ReleaseLock(const nomad::VariableRef& ref, const std::string& id,
                                          const nomad::Call& call) override;

 private:
  void Note(const nomad::VariableRef& ref, const nomad::VariableItems& items);

  nomad::VariableClient& client_;
  serve::Meters& meters_;
  const std::string folder_;
};

// "nmgr/serve/I/".
std::string StateFolder(const std::string& instance);

// The failures that the clients have met with so far.
void CountFailures(const nomad::Contact& contact, serve::Meters& meters);

}  // namespace nmgr::actions
