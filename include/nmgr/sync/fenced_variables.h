// A VariableClient whose check-and-set writes need the lease of their source, as those of
// FencedClient do. So a copy that was frozen in the middle of a sync does not write what it
// remembers over what the copy that leads now has written: it meets the other's index, and the
// second write, which would be made to fit, is not sent.
//
// Locks pass, since they are the lease itself; so do reads.
#pragma once

#include <string>
#include <utility>

#include "nmgr/nomad/forwarding_variables.h"
#include "nmgr/sync/lease.h"

namespace nmgr::sync {

class FencedVariables final : public nomad::ForwardingVariables {
 public:
  // Both must outlive it.
  FencedVariables(nomad::VariableClient& client, const Leadership& lease, std::string source)
      : ForwardingVariables(client), lease_(lease), source_(std::move(source)) {}

  nomad::VariableResult<nomad::VariableInfo> WriteVariable(const nomad::VariableRef& ref,
                                                           const nomad::VariableItems& items,
                                                           std::uint64_t index,
                                                           const nomad::Call& call) override;
  nomad::VariableResult<void> DeleteVariable(const nomad::VariableRef& ref, std::uint64_t index,
                                             const nomad::Call& call) override;

 private:
  nomad::VariableRefusal NotOurs() const;

  const Leadership& lease_;
  const std::string source_;
};

}  // namespace nmgr::sync
