// What becomes of a file, in the form that `patch` and `git apply` read.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nmgr/report/reporter.h"

namespace nmgr::report {

// "--- PATH", "+++ PATH", and each changed place with three lines around it; "" where both texts
// are equal. `hide` makes of a text its lines, with their ends, without what nobody should see.
std::string UnifiedDiff(std::string_view path, std::string_view before, std::string_view after,
                        const Painter& paint,
                        const std::function<std::vector<std::string>(std::string_view text)>& hide);

}  // namespace nmgr::report
