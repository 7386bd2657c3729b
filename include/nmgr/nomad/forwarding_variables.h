// A VariableClient that passes every call on to another one: the base of those that change some of
// them.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/variable_client.h"

namespace nmgr::nomad {

class ForwardingVariables : public VariableClient {
 public:
  // `client` must outlive it.
  explicit ForwardingVariables(VariableClient& client) : client_(client) {}

  Expected<Indexed<std::vector<VariableInfo>>> ListVariables(const VariableRef& prefix,
                                                             const BlockingQuery& query,
                                                             const Call& call) override;
  Expected<Indexed<std::optional<Variable>>> ReadVariable(const VariableRef& ref,
                                                          const BlockingQuery& query,
                                                          const Call& call) override;
  VariableResult<VariableInfo> WriteVariable(const VariableRef& ref, const VariableItems& items,
                                             std::uint64_t index, const Call& call) override;
  VariableResult<void> DeleteVariable(const VariableRef& ref, std::uint64_t index,
                                      const Call& call) override;
  VariableResult<std::string> AcquireLock(const VariableRef& ref, const VariableItems& items,
                                          const LockTerms& terms, const Call& call) override;
  VariableResult<void> RenewLock(const VariableRef& ref, const std::string& id,
                                 const Call& call) override;
  VariableResult<void> ReleaseLock(const VariableRef& ref, const std::string& id,
                                   const Call& call) override;

 protected:
  VariableClient& client_;
};

}  // namespace nmgr::nomad
