// What people type by habit of other tools, and what serves them here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nmgr::cli {

// "nmgr has no ps: nmgr list -l web" for a verb of another tool; `words` are those that
// followed it. Nothing for a word that is no such verb.
std::optional<std::string> SuggestionFor(std::string_view verb,
                                         const std::vector<std::string>& words);

}  // namespace nmgr::cli
