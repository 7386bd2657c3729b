#include "nmgr/nomad/forwarding_variables.h"

namespace nmgr::nomad {

Expected<Indexed<std::vector<VariableInfo>>> ForwardingVariables::ListVariables(
    const VariableRef& prefix, const BlockingQuery& query, const Call& call) {
  return client_.ListVariables(prefix, query, call);
}

Expected<Indexed<std::optional<Variable>>> ForwardingVariables::ReadVariable(
    const VariableRef& ref, const BlockingQuery& query, const Call& call) {
  return client_.ReadVariable(ref, query, call);
}

VariableResult<VariableInfo> ForwardingVariables::WriteVariable(const VariableRef& ref,
                                                                const VariableItems& items,
                                                                std::uint64_t index,
                                                                const Call& call) {
  return client_.WriteVariable(ref, items, index, call);
}

VariableResult<void> ForwardingVariables::DeleteVariable(const VariableRef& ref,
                                                         std::uint64_t index, const Call& call) {
  return client_.DeleteVariable(ref, index, call);
}

VariableResult<std::string> ForwardingVariables::AcquireLock(const VariableRef& ref,
                                                             const VariableItems& items,
                                                             const LockTerms& terms,
                                                             const Call& call) {
  return client_.AcquireLock(ref, items, terms, call);
}

VariableResult<void> ForwardingVariables::RenewLock(const VariableRef& ref, const std::string& id,
                                                    const Call& call) {
  return client_.RenewLock(ref, id, call);
}

VariableResult<void> ForwardingVariables::ReleaseLock(const VariableRef& ref, const std::string& id,
                                                      const Call& call) {
  return client_.ReleaseLock(ref, id, call);
}

}  // namespace nmgr::nomad
