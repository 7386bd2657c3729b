// Lines that a person looks for.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace nmgr {

using LineMatcher = std::function<bool(std::string_view line)>;

// Lines that hold a match of the regular expression (RE2's), which came of what was
// `typed`. kUsage where it is none.
Expected<LineMatcher> MakeLineMatcher(const std::string& expression, const std::string& typed,
                                      bool case_sensitive = true);

}  // namespace nmgr
