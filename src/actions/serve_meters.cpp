#include "actions/serve_meters.h"

#include "nmgr/sync/state_paths.h"

namespace nmgr::actions {

void MeteredVariables::Note(const nomad::VariableRef& ref, const nomad::VariableItems& items) {
  if (!ref.path.starts_with(folder_)) return;
  meters_.Set(serve::Metric::kVariableBytes, {ref.path},
              static_cast<double>(nomad::BytesOf(items)));
}

Expected<nomad::Indexed<std::vector<nomad::VariableInfo>>> MeteredVariables::ListVariables(
    const nomad::VariableRef& prefix, const nomad::BlockingQuery& query, const nomad::Call& call) {
  return client_.ListVariables(prefix, query, call);
}

Expected<nomad::Indexed<std::optional<nomad::Variable>>> MeteredVariables::ReadVariable(
    const nomad::VariableRef& ref, const nomad::BlockingQuery& query, const nomad::Call& call) {
  auto read = client_.ReadVariable(ref, query, call);
  if (read && read->value) Note(ref, read->value->items);
  return read;
}

nomad::VariableResult<nomad::VariableInfo> MeteredVariables::WriteVariable(
    const nomad::VariableRef& ref, const nomad::VariableItems& items, std::uint64_t index,
    const nomad::Call& call) {
  auto written = client_.WriteVariable(ref, items, index, call);
  if (written) Note(ref, items);
  return written;
}

nomad::VariableResult<void> MeteredVariables::DeleteVariable(const nomad::VariableRef& ref,
                                                             std::uint64_t index,
                                                             const nomad::Call& call) {
  return client_.DeleteVariable(ref, index, call);
}

nomad::VariableResult<std::string> MeteredVariables::AcquireLock(const nomad::VariableRef& ref,
                                                                 const nomad::VariableItems& items,
                                                                 const nomad::LockTerms& terms,
                                                                 const nomad::Call& call) {
  auto id = client_.AcquireLock(ref, items, terms, call);
  if (id) Note(ref, items);
  return id;
}

nomad::VariableResult<void> MeteredVariables::RenewLock(const nomad::VariableRef& ref,
                                                        const std::string& id,
                                                        const nomad::Call& call) {
  return client_.RenewLock(ref, id, call);
}

nomad::VariableResult<void> MeteredVariables::ReleaseLock(const nomad::VariableRef& ref,
                                                          const std::string& id,
                                                          const nomad::Call& call) {
  return client_.ReleaseLock(ref, id, call);
}

std::string StateFolder(const std::string& instance) {
  std::string path = sync::StatePath(instance, sync::StateKind::kLease, "");
  path.resize(path.size() - std::string_view("lease/").size());
  return path;
}

void CountFailures(const nomad::Contact& contact, serve::Meters& meters) {
  for (const auto& [operation, count] : contact.failures()) {
    meters.Set(serve::Metric::kNomadErrors, {operation}, static_cast<double>(count));
  }
}

}  // namespace nmgr::actions
