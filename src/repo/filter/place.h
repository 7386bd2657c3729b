// Where in a spec an evaluated value comes from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "nmgr/jobspec/jobspec.h"

namespace nmgr::repo {

struct Place {
  std::string name;      // "config.volumes": the attribute and the block it stands in; "" unknown
  std::size_t line = 0;  // of the attribute in the author's text, else of a block around it;
                         // 0 for JSON syntax
};

// The first attribute of the evaluated spec whose name or value holds `text`, or the block of which
// a label does. Text that only the flat form has (it writes numbers, too) has no name.
std::optional<Place> FindPlace(const jobspec::JobSpec& spec, const jobspec::ParsedSpec& parsed,
                               std::string_view text);

}  // namespace nmgr::repo
