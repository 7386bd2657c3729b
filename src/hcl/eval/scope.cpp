// The names that an expression may use.
#include "nmgr/hcl/eval/evaluate.h"

namespace nmgr::hcl {

void Scope::Set(std::string_view name, Value value) {
  for (auto& [known, held] : values_) {
    if (known == name) {
      held = std::move(value);
      return;
    }
  }
  values_.emplace_back(std::string(name), std::move(value));
}

const Value* Scope::Find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    for (const auto& [known, value] : scope->values_) {
      if (known == name) return &value;
    }
  }
  return nullptr;
}

std::vector<std::string> Scope::Names() const {
  std::vector<std::string> names;
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    for (const auto& entry : scope->values_) names.push_back(entry.first);
  }
  return names;
}

}  // namespace nmgr::hcl
