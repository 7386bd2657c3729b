// Content filters: targets that select jobs by what their files hold (`nas`: "/mnt/nas").
#pragma once

#include <string>
#include <vector>

namespace nmgr::repo {

// One filter as data. A job is selected when one of the keywords stands in the text of its spec;
// with `search_configs` in that of a config file beside it; in the evaluated spec; or in a file
// that the evaluation read (with `search_configs` or `search_inputs`). Looked for in this order
// (filter/condition.h). Texts are searched as they are, so that a spec which does not parse is
// found too; it is judged by its text alone.
struct FilterSpec {
  std::string name;
  std::vector<std::string> keywords;
  bool search_configs = false;  // `extended_search` of the config file
  bool exclude_infra = true;    // infra jobs that it matches are named and left out
  bool search_inputs = false;   // the built-in ones do
};

// db, nas, jfs, crypt.
std::vector<FilterSpec> BuiltInFilters();

// `configured` before those built in that it does not redefine: the order in which names are looked
// up.
std::vector<FilterSpec> AllFilters(std::vector<FilterSpec> configured);

}  // namespace nmgr::repo
