// A VariableClient whose check-and-set writes need the lease of their source, as those of
// FencedClient do. So a copy that was frozen in the middle of a sync does not write what it
// remembers over what the copy that leads now has written: it meets the other's index, and the
// second write, which would be made to fit, is not sent.
//
// Locks pass, since they are the lease itself; so do reads.
#pragma once

#include <string>
#include <utility>

#include "nmgr/nomad/variable_client.h"
#include "nmgr/sync/lease.h"

namespace nmgr::sync {

class FencedVariables final : public nomad::VariableClient {
 public:
  // Both must outlive it.
  FencedVariables(nomad::VariableClient& client, const Leadership& lease, std::string source)
      : client_(client), lease_(lease), source_(std::move(source)) {}

  Expected<nomad::Indexed<std::vector<nomad::VariableInfo>>> ListVariables(
      const nomad::VariableRef& prefix, const nomad::BlockingQuery& query,
      const nomad::Call& call) override {
    return client_.ListVariables(prefix, query, call);
  }
  Expected<nomad::Indexed<std::optional<nomad::Variable>>> ReadVariable(
      const nomad::VariableRef& ref, const nomad::BlockingQuery& query,
      const nomad::Call& call) override {
    return client_.ReadVariable(ref, query, call);
  }
  nomad::VariableResult<nomad::VariableInfo> WriteVariable(const nomad::VariableRef& ref,
                                                           const nomad::VariableItems& items,
                                                           std::uint64_t index,
                                                           const nomad::Call& call) override;
  nomad::VariableResult<void> DeleteVariable(const nomad::VariableRef& ref, std::uint64_t index,
                                             const nomad::Call& call) override;
  nomad::VariableResult<std::string> AcquireLock(const nomad::VariableRef& ref,
                                                 const nomad::VariableItems& items,
                                                 const nomad::LockTerms& terms,
                                                 const nomad::Call& call) override {
    return client_.AcquireLock(ref, items, terms, call);
  }
  nomad::VariableResult<void> RenewLock(const nomad::VariableRef& ref, const std::string& id,
                                        const nomad::Call& call) override {
    return client_.RenewLock(ref, id, call);
  }
  nomad::VariableResult<void> ReleaseLock(const nomad::VariableRef& ref, const std::string& id,
                                          const nomad::Call& call) override {
    return client_.ReleaseLock(ref, id, call);
  }

 private:
  nomad::VariableRefusal NotOurs() const;

  nomad::VariableClient& client_;
  const Leadership& lease_;
  const std::string source_;
};

}  // namespace nmgr::sync
