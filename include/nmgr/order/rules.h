// The order that the config file sets: `[order]` with lines like `"web" = ["postgres",
// "filter:nas"]`.
#pragma once

#include <string>
#include <vector>

#include "nmgr/base/expected.h"
#include "nmgr/order/edges.h"
#include "nmgr/repo/filter.h"
#include "nmgr/repo/repo.h"
#include "nmgr/repo/selection.h"

namespace nmgr::order {

// `job` comes after each of `after`. Both name jobs: an ID, NAMESPACE/ID, a glob of these, or
// `filter:NAME`, a content filter.
struct Rule {
  std::string job;
  std::vector<std::string> after;
  std::string place;  // "/home/me/.config/nmgr/config.toml:12"
};

// The edges of these rules among `jobs`, in their order; positions are those of `jobs`. A job that
// a rule names on both sides does not come after itself, unless it is named by its own ID. kConfig
// for a cycle, which the message shows, and for a filter that there is not.
Expected<std::vector<Edge>> ConfiguredEdges(const std::vector<Rule>& rules,
                                            const std::vector<repo::SelectedJob>& jobs,
                                            const std::vector<repo::FilterSpec>& filters,
                                            const repo::Repo& repo);

// A message for each name in the rules, globs included, that is that of none of `specs`, which are
// all that there are; not for filters, which may well take nothing.
std::vector<std::string> UnmatchedNames(const std::vector<Rule>& rules,
                                        const std::vector<repo::SpecPtr>& specs,
                                        const repo::RepoOptions& options);

// kConfig for a cycle that the IDs of the rules make by themselves, whatever jobs there are.
Expected<void> CheckCycles(const std::vector<Rule>& rules);

}  // namespace nmgr::order
