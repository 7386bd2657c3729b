#include "nmgr/hcl/functions/table.h"

#include <algorithm>
#include <iterator>

#include "hcl/functions/support.h"

namespace nmgr::hcl {
namespace {

std::vector<Function> MakeTable() {
  std::vector<Function> table;
  for (auto* family :
       {functions::NumberFunctions, functions::StringFunctions, functions::RegexFunctions,
        functions::FormatFunctions, functions::SequenceFunctions, functions::MappingFunctions,
        functions::SetFunctions, functions::TypeFunctions, functions::EncodingFunctions,
        functions::YamlFunctions, functions::HashFunctions, functions::IdFunctions,
        functions::NetworkFunctions, functions::TimeFunctions, functions::FilesystemFunctions}) {
    std::vector<Function> members = family();
    std::move(members.begin(), members.end(), std::back_inserter(table));
  }
  std::sort(table.begin(), table.end(),
            [](const Function& a, const Function& b) { return a.name < b.name; });
  return table;
}

}  // namespace

std::span<const Function> AllFunctions() {
  static const std::vector<Function> table = MakeTable();
  return table;
}

const Function* FindFunction(std::string_view name) {
  const std::span<const Function> table = AllFunctions();
  const auto found = std::lower_bound(
      table.begin(), table.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

}  // namespace nmgr::hcl
