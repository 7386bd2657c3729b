// Regular expressions that a person typed, and the lines that he looks for by them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "nmgr/base/expected.h"

namespace re2 {
class RE2;
}

namespace nmgr {

// What was `typed` compiled as `expression`. kUsage where it is no regular expression of RE2's.
Expected<std::shared_ptr<const re2::RE2>> CompileExpression(const std::string& expression,
                                                            std::string_view typed,
                                                            bool case_sensitive = true);

using LineMatcher = std::function<bool(std::string_view line)>;

// Lines that hold a match of the expression.
Expected<LineMatcher> MakeLineMatcher(const std::string& expression, std::string_view typed,
                                      bool case_sensitive = true);

}  // namespace nmgr
