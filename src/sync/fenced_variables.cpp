#include "nmgr/sync/fenced_variables.h"

#include <fmt/format.h>

namespace nmgr::sync {

nomad::VariableRefusal FencedVariables::NotOurs() const {
  nomad::VariableRefusal refusal;
  refusal.code = ErrorCode::kInterrupted;
  refusal.message =
      fmt::format("nothing was written: this copy does not lead the source {} any more", source_);
  return refusal;
}

nomad::VariableResult<nomad::VariableInfo> FencedVariables::WriteVariable(
    const nomad::VariableRef& ref, const nomad::VariableItems& items, std::uint64_t index,
    const nomad::Call& call) {
  if (!lease_.MayWrite()) return tl::unexpected(NotOurs());
  return client_.WriteVariable(ref, items, index, call);
}

nomad::VariableResult<void> FencedVariables::DeleteVariable(const nomad::VariableRef& ref,
                                                            std::uint64_t index,
                                                            const nomad::Call& call) {
  if (!lease_.MayWrite()) return tl::unexpected(NotOurs());
  return client_.DeleteVariable(ref, index, call);
}

}  // namespace nmgr::sync
