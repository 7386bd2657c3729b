#include "nmgr/base/line_matcher.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <memory>

namespace nmgr {

Expected<std::shared_ptr<const RE2>> CompileExpression(const std::string& expression,
                                                       std::string_view typed,
                                                       bool case_sensitive) {
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(case_sensitive);
  auto compiled = std::make_shared<const RE2>(expression, options);
  if (!compiled->ok()) {
    return Error{ErrorCode::kUsage,
                 fmt::format("\"{}\" is not a regular expression: {}", typed, compiled->error()),
                 "the dialect is RE2's: https://github.com/google/re2/wiki/Syntax"};
  }
  return compiled;
}

Expected<LineMatcher> MakeLineMatcher(const std::string& expression, std::string_view typed,
                                      bool case_sensitive) {
  TRY_ASSIGN(const auto compiled, CompileExpression(expression, typed, case_sensitive));
  return LineMatcher([compiled](std::string_view line) {
    return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *compiled);
  });
}

}  // namespace nmgr
