#include "nmgr/repo/filter.h"

#include <algorithm>
#include <utility>

namespace nmgr::repo {

std::vector<FilterSpec> BuiltInFilters() {
  return {
      {"db", {"15432"}, true, true, true},
      {"nas", {"/mnt/nas"}, false, true, true},
      {"jfs", {"/mnt/jfs"}, false, true, true},
      {"crypt", {"/mnt/crypt"}, false, true, true},
  };
}

std::vector<FilterSpec> AllFilters(std::vector<FilterSpec> configured) {
  for (FilterSpec& filter : BuiltInFilters()) {
    const bool redefined =
        std::any_of(configured.begin(), configured.end(),
                    [&](const FilterSpec& other) { return other.name == filter.name; });
    if (!redefined) configured.push_back(std::move(filter));
  }
  return configured;
}

}  // namespace nmgr::repo
