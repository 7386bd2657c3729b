// Jobs that no selection has named: of a record, or of Nomad's lists.
#pragma once

#include <string>
#include <vector>

#include "nmgr/nomad/types.h"

namespace nmgr::actions {

// One for each of `jobs`: its ID, or namespace/ID where that ID stands in a further namespace among
// them and the `others`.
std::vector<std::string> ShownNames(const std::vector<nomad::JobRef>& jobs,
                                    const std::vector<nomad::JobRef>& others = {});

}  // namespace nmgr::actions
