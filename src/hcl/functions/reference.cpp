// The page docs/functions.md, made from the table.
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "nmgr/hcl/functions/table.h"

namespace nmgr::hcl {
namespace {

std::string Signature(const Function& function) {
  std::string parameters;
  for (const Parameter& parameter : function.parameters) {
    if (!parameters.empty()) parameters += ", ";
    parameters += parameter.name;
  }
  if (function.variadic) {
    if (!parameters.empty()) parameters += ", ";
    parameters += fmt::format("{}...", function.variadic->name);
  }
  return fmt::format("{}({})", function.name, parameters);
}

std::string Notes(const Function& function) {
  if (function.filesystem && function.pure) return " Not available on the server.";
  if (function.filesystem) return " Reads the machine it runs on; not available on the server.";
  if (!function.pure) return " Gives another result at every call.";
  return "";
}

}  // namespace

std::string FunctionReference() {
  std::map<std::string_view, std::vector<const Function*>> families;
  for (const Function& function : AllFunctions()) families[function.family].push_back(&function);

  std::string page = fmt::format(
      "# Functions\n"
      "\n"
      "The {} functions that a spec may call, those of Nomad 2.0. Arguments are converted to the "
      "type a\n"
      "parameter has; null is an error unless the function says otherwise. `nmgr` evaluates them "
      "all\n"
      "itself. This page is made from the table of functions; a test keeps it up to date.\n",
      AllFunctions().size());
  for (const auto& [family, members] : families) {
    page += fmt::format("\n## {}\n\n", family);
    for (const Function* function : members) {
      page +=
          fmt::format("- `{}`: {}{}\n", Signature(*function), function->summary, Notes(*function));
    }
  }
  return page;
}

}  // namespace nmgr::hcl
