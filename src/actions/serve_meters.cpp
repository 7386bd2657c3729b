#include "actions/serve_meters.h"

namespace nmgr::actions {

void MeteredVariables::Note(const nomad::VariableRef& ref, const nomad::VariableItems& items) {
  if (!ref.path.starts_with(folder_)) return;
  meters_.Set(serve::Metric::kVariableBytes, {ref.path},
              static_cast<double>(nomad::BytesOf(items)));
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

nomad::VariableResult<std::string> MeteredVariables::AcquireLock(const nomad::VariableRef& ref,
                                                                 const nomad::VariableItems& items,
                                                                 const nomad::LockTerms& terms,
                                                                 const nomad::Call& call) {
  auto id = client_.AcquireLock(ref, items, terms, call);
  if (id) Note(ref, items);
  return id;
}

void CountFailures(const nomad::Contact& contact, serve::Meters& meters) {
  for (const auto& [operation, count] : contact.failures()) {
    meters.Set(serve::Metric::kNomadErrors, {operation}, static_cast<double>(count));
  }
}

}  // namespace nmgr::actions
