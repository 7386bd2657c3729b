// Content filters: targets that select jobs by what their files hold (`nas`: "/mnt/nas").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmgr/repo/filter/pattern.h"
#include "nmgr/repo/filter/spec_key.h"

namespace nmgr::repo {

// One of the values of `key` matches one of the patterns.
struct KeyCondition {
  SpecKey key;
  std::vector<Pattern> patterns;
};

// What a spec has to be like: every part that is given must hold.
struct ConditionSpec {
  // One of the keywords, or the pattern, stands in what the filter looks at.
  std::vector<std::string> keywords = {};
  std::optional<Pattern> pattern = {};
  std::vector<KeyCondition> keys = {};  // each
  std::vector<ConditionSpec> all = {};  // each
  std::vector<ConditionSpec> any = {};  // one, where there are any
  std::vector<ConditionSpec> none = {};

  bool looks_at_text() const { return !keywords.empty() || pattern.has_value(); }
  bool empty() const {
    return !looks_at_text() && keys.empty() && all.empty() && any.empty() && none.empty();
  }
};

// `keywords "a" "b", image */postgres:*, any of (type batch | type sysbatch)`, for people.
std::string ToText(const ConditionSpec& condition);

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
  // What else must hold. Keywords of parts of it are looked for in the same places.
  ConditionSpec more = {};

  // Nothing to look for: it selects no job.
  bool empty() const { return keywords.empty() && more.empty(); }
};

// db, nas, jfs, crypt.
std::vector<FilterSpec> BuiltInFilters();

// `configured` before those built in that it does not redefine: the order in which names are looked
// up.
std::vector<FilterSpec> AllFilters(std::vector<FilterSpec> configured);

}  // namespace nmgr::repo
