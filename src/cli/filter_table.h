// [filter.NAME] of the config file: what its keys mean.
//
//   keywords = ["/dev/dri"]          one of them stands in what the filter looks at
//   pattern = "1543[23]"             or this regular expression (RE2) matches there
//   image = "*/postgres:*"           a value of the evaluated spec; a list: one of several patterns
//   "meta.tier" = "/^(db|cache)$/"   (repo/filter/spec_key.h)
//   any = [{...}, {...}]             tables of the same keys: one of them holds
//   all = [{...}, {...}]             all of them hold
//   not = {...}                      none of them holds (also a list)
//   extended_search, exclude_infra   see repo/filter.h
//
// What stands side by side must all hold; keywords and pattern are one thing.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/base/path.h"
#include "nmgr/repo/filter.h"

namespace nmgr::cli {

struct FilterTable {
  repo::FilterSpec filter;
  std::vector<std::string> warnings;  // unknown keys
};

// kConfig, with the place, for a wrong type, pattern or empty condition. `file` names the place.
// `old`: as the original 1.0 means it (config_file.h).
Expected<FilterTable> ReadFilterTable(const Path& file, std::string name, const toml::table& table,
                                      bool old);

}  // namespace nmgr::cli
