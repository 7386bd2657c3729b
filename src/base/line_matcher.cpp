#include "nmgr/base/line_matcher.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <memory>

namespace nmgr {

Expected<LineMatcher> MakeLineMatcher(const std::string& expression, const std::string& typed,
                                      bool case_sensitive) {
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(case_sensitive);
  const auto compiled = std::make_shared<RE2>(expression, options);
  if (!compiled->ok()) {
    return Error{ErrorCode::kUsage,
                 fmt::format("\"{}\" is not a regular expression: {}", typed, compiled->error()),
                 "the dialect is RE2's: https://github.com/google/re2/wiki/Syntax"};
  }
  return LineMatcher([compiled](std::string_view line) {
    return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *compiled);
  });
}

}  // namespace nmgr
