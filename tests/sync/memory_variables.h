// Variables in memory, with the rules that matter to who keeps state in them: check-and-set and the
// bound. No locks; a deletion is refused, as the policy of the daemon has it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nmgr/nomad/variable_client.h"

namespace nmgr::testing {

class MemoryVariables : public nomad::VariableClient {
 public:
  // What the next calls answer instead, in their order; with `done`, after doing what was asked.
  struct Fault {
    Error error;
    bool done = false;
  };
  std::vector<Fault> write_faults;
  std::optional<Error> read_fault;  // while it stands
  int good_reads = 0;               // before it
  int writes = 0;                   // that were done
  int reads = 0;

  void Put(const std::string& path, nomad::VariableItems items) {
    nomad::Variable& variable = table_[path];
    variable.items = std::move(items);
    variable.info.path = path;
    variable.info.modify_index = ++index_;
  }
  void Remove(const std::string& path) {
    table_.erase(path);
    ++index_;
  }
  const nomad::VariableItems& At(const std::string& path) { return table_.at(path).items; }
  bool Has(const std::string& path) const { return table_.count(path) != 0; }
  const std::map<std::string, nomad::Variable>& all() const { return table_; }

  Expected<nomad::Indexed<std::vector<nomad::VariableInfo>>> ListVariables(
      const nomad::VariableRef& prefix, const nomad::BlockingQuery&, const nomad::Call&) override {
    std::vector<nomad::VariableInfo> list;
    for (const auto& [path, variable] : table_) {
      if (path.starts_with(prefix.path)) list.push_back(variable.info);
    }
    return nomad::Indexed<std::vector<nomad::VariableInfo>>{list, index_ + 1};
  }

  Expected<nomad::Indexed<std::optional<nomad::Variable>>> ReadVariable(
      const nomad::VariableRef& ref, const nomad::BlockingQuery&, const nomad::Call&) override {
    ++reads;
    if (read_fault && good_reads-- <= 0) return *read_fault;
    nomad::Indexed<std::optional<nomad::Variable>> answer{std::nullopt, index_ + 1};
    const auto found = table_.find(ref.path);
    if (found == table_.end()) return answer;
    answer.value = found->second;
    answer.index = found->second.info.modify_index;
    return answer;
  }

  nomad::VariableResult<nomad::VariableInfo> WriteVariable(const nomad::VariableRef& ref,
                                                           const nomad::VariableItems& items,
                                                           std::uint64_t index,
                                                           const nomad::Call&) override {
    if (nomad::BytesOf(items) > nomad::kMostVariableBytes || items.empty())
      return Refused(ErrorCode::kRejected, 0, true);
    std::optional<Fault> fault;
    if (!write_faults.empty()) {
      fault = write_faults.front();
      write_faults.erase(write_faults.begin());
      if (!fault->done) return tl::unexpected(Of(fault->error));
    }
    const auto found = table_.find(ref.path);
    const std::uint64_t now = found == table_.end() ? 0 : found->second.info.modify_index;
    if (now != index) return Refused(ErrorCode::kConflict, now, false);
    Put(ref.path, items);
    ++writes;
    if (fault) return tl::unexpected(Of(fault->error));
    return table_[ref.path].info;
  }

  nomad::VariableResult<void> DeleteVariable(const nomad::VariableRef&, std::uint64_t,
                                             const nomad::Call&) override {
    return tl::unexpected(Of(Error{ErrorCode::kForbidden, "the daemon may not delete", ""}));
  }
  nomad::VariableResult<std::string> AcquireLock(const nomad::VariableRef&,
                                                 const nomad::VariableItems&,
                                                 const nomad::LockTerms&,
                                                 const nomad::Call&) override {
    return tl::unexpected(Of(Error{ErrorCode::kInternal, "no locks here", ""}));
  }
  nomad::VariableResult<void> RenewLock(const nomad::VariableRef&, const std::string&,
                                        const nomad::Call&) override {
    return tl::unexpected(Of(Error{ErrorCode::kInternal, "no locks here", ""}));
  }
  nomad::VariableResult<void> ReleaseLock(const nomad::VariableRef&, const std::string&,
                                          const nomad::Call&) override {
    return tl::unexpected(Of(Error{ErrorCode::kInternal, "no locks here", ""}));
  }

 private:
  static nomad::VariableRefusal Of(Error error) {
    nomad::VariableRefusal refusal;
    static_cast<Error&>(refusal) = std::move(error);
    return refusal;
  }
  static tl::unexpected<nomad::VariableRefusal> Refused(ErrorCode code, std::uint64_t index,
                                                        bool too_large) {
    nomad::VariableRefusal refusal = Of(Error{code, "refused", ""});
    refusal.current_index = index;
    refusal.too_large = too_large;
    return tl::unexpected(refusal);
  }

  std::map<std::string, nomad::Variable> table_;
  std::uint64_t index_ = 10;
};

}  // namespace nmgr::testing
