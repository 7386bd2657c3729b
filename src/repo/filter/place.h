// Where in a spec an evaluated value comes from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::repo {

struct Sought;

struct Place {
  std::string name;      // "config.volumes": the attribute and the block it stands in; "" unknown
  std::size_t line = 0;  // of it in the author's text; 0 for JSON syntax
};

// The first attribute of the evaluated spec whose name or value holds what is sought, or the block
// of which a label does. Text that only the flat form has (it writes numbers, too) has no name.
std::optional<Place> FindPlace(const jobspec::JobSpec& spec, const Sought& sought);

}  // namespace nmgr::repo
