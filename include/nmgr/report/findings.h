// Findings for tools, one a line, each with its place: what editors jump to, and what GitHub's
// runners show beside the lines of a change.
#pragma once

#include <cstddef>
#include <string>

#include "nmgr/base/path.h"
#include "nmgr/hcl/syntax/diagnostics.h"

namespace nmgr::report {

enum class Weight { kError, kWarning, kNotice };

struct Finding {
  Weight weight = Weight::kError;
  Path path;  // "": of no file
  std::size_t line = 1;
  std::size_t column = 1;
  std::string text;
};

// "Summary; detail". A file without a place in it stands for its first character.
Finding ToFinding(const hcl::Diagnostic& diagnostic);

// "web.hcl:3:17: error: text" without its line's end; line breaks of the text are blanks.
std::string FindingLine(const Finding& finding);

// "::error file=web.hcl,line=3,col=17::text" as a workflow command takes it: % and line breaks are
// written %25, %0D, %0A, and in a path , and : too.
std::string FindingAnnotation(const Finding& finding);

}  // namespace nmgr::report
