// Content filters: targets that select jobs by what their files hold (`nas`: "/mnt/nas").
#pragma once

#include <string>
#include <vector>

namespace nmgr::repo {

// One filter as data. A job is selected when its spec's text, or with `search_configs` a neighbour
// config file's, holds one of the keywords. Texts are searched as they are, so that a spec which
// does not parse is found too.
struct FilterSpec {
  std::string name;
  std::vector<std::string> keywords;
  bool search_configs = false;  // `extended_search` of the config file
  bool exclude_infra = true;
};

// db, nas, jfs, crypt.
std::vector<FilterSpec> BuiltInFilters();

// `configured` before those built in that it does not redefine: the order in which names are looked
// up.
std::vector<FilterSpec> AllFilters(std::vector<FilterSpec> configured);

}  // namespace nmgr::repo
